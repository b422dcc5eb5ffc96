"""The help: every article in both languages, what it needs before everything else, and no link that leads nowhere."""

import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import urldefrag

import pytest
from django.conf import settings

TEMPLATES = settings.BASE_DIR / "templates"
ARTICLES = sorted(path.stem for path in (TEMPLATES / "help" / "en").glob("*.html"))
NEEDS = {"en": "What you need", "zh-hant": "事前準備"}
PLATFORMS = {"android", "ios", "desktop"}
INTO_THE_HELP = re.compile(r'\{% url "help-article" "([\w-]+)" %\}(?:#([\w-]+))?')

pytestmark = pytest.mark.django_db
both_languages = pytest.mark.parametrize("language", NEEDS)
every_article = pytest.mark.parametrize("slug", ARTICLES)


class Parts(HTMLParser):
    """Of one page: its tags in their order, where its links lead, its ids, and what scripts are told."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def every(self, attribute: str) -> list[str]:
        return [value for _tag, attributes in self.tags if (value := attributes.get(attribute))]


def read(browser, slug: str, language: str = "en") -> str:
    """What stands in an article, without the frame of the page."""
    response = browser.get(f"/help/{slug}/", headers={"accept-language": language})
    assert response.status_code == 200
    page = response.content.decode()
    return page[page.index("<article") : page.index("</article>")]


def contents(browser, language: str = "en") -> list[tuple[str, str]]:
    """The list of articles: slug and title, in the order of the page."""
    page = browser.get("/help/", headers={"accept-language": language}).content.decode()
    return re.findall(r'<li><a href="/help/([\w-]+)/">([^<]+)</a></li>', page)


@cache
def trials() -> set[str]:
    """The names of what the scripts can try in a browser."""
    source = (settings.BASE_DIR / "static/js/lib/abilities.js").read_text(encoding="utf-8")
    table = source[source.index("const TRIALS = {") : source.index("\n};")]
    return set(re.findall(r"^  (\w+):", table, re.MULTILINE))


@both_languages
def test_the_list_has_every_article_once(here, language):
    assert sorted(slug for slug, _title in contents(here, language)) == ARTICLES


@both_languages
def test_an_article_is_called_what_the_list_calls_it(here, language):
    for slug, title in contents(here, language):
        assert re.findall(r"<h1[^>]*>([^<]+)</h1>", read(here, slug, language)) == [title]


def test_no_title_was_left_in_english(here):
    english = dict(contents(here))
    assert [slug for slug, title in contents(here, "zh-hant") if title == english[slug]] == []


@both_languages
@every_article
def test_an_article_begins_with_what_it_needs(here, slug, language):
    """F17."""
    page = read(here, slug, language)
    beginning = rf'</h1>\s*<section class="needs">\s*<h2 id="needs">{NEEDS[language]}</h2>\s*<ul>\s*<li'
    assert re.search(beginning, page)
    assert page.count('class="needs"') == 1


@both_languages
@every_article
def test_every_section_can_be_led_to_and_leads_to_itself(here, slug, language):
    page = read(here, slug, language)
    assert "<h2>" not in page
    places = re.findall(r'<h2 id="([\w-]+)"', page)
    assert len(set(places)) == len(places)
    assert re.findall(r'<h2 id="([\w-]+)"><a class="here" href="#\1">', page) == [
        each for each in places if each != "needs"
    ]


@both_languages
@every_article
def test_no_link_of_an_article_is_dead(here, slug, language):
    for address in Parts(read(here, slug, language)).every("href"):
        path, place = urldefrag(address)
        if re.match(r"/static/|https?:", path):
            continue
        target = here.get(path or f"/help/{slug}/", headers={"accept-language": language})
        assert target.status_code == 200, address
        assert not place or place in Parts(target.content.decode()).every("id"), address


def test_no_page_leads_to_an_article_that_is_not_there(here):
    led = {found for path in TEMPLATES.rglob("*.html") for found in INTO_THE_HELP.findall(path.read_text())}
    assert {slug for slug, _place in led} <= set(ARTICLES)
    missing = [(slug, place) for slug, place in led if place and place not in Parts(read(here, slug)).every("id")]
    assert missing == []


@every_article
def test_every_article_is_led_to_by_another_one(here, slug):
    others = [other for other in ARTICLES if other != slug]
    assert any(f'href="/help/{slug}/' in read(here, other) for other in others)


@both_languages
@every_article
def test_scripts_are_told_only_what_they_know(here, slug, language):
    told = Parts(read(here, slug, language))
    assert set(told.every("data-check")) <= trials()
    assert set(told.every("data-platform")) <= PLATFORMS


@every_article
def test_both_languages_have_the_same_places_and_checks(here, slug):
    english, chinese = (Parts(read(here, slug, each).replace(f"/help/{each}/", "/")) for each in NEEDS)
    for attribute in ("id", "href", "data-check", "data-platform", "data-step", "type"):
        assert chinese.every(attribute) == english.every(attribute), attribute


@both_languages
def test_the_repair_has_nine_steps_and_can_be_gone_to_at_once(here, language):
    """E8, E9: from a to i, and a link that skips what stands before them."""
    page = read(here, "notifications", language)
    skip, instructions, repair = (page.index(mark) for mark in ('href="#repair"', "data-platform=", 'id="repair"'))
    assert skip < instructions < repair
    steps = page[repair:].split('<ol type="a">')[1].split("</ol>")[0]
    assert steps.count("<li ") == 9


def test_the_repair_follows_the_road_of_the_pages(here):
    """E9: the words of each step, in the order in which the pages show them."""
    words = ["Log in", "Select second factor device", "Click here if you do not receive the notification"]
    words += ["Authenticate", "Generate response", "OK"]
    page = read(here, "notifications")
    steps = page[page.index('id="repair"') :]
    places = [steps.index(f"<strong>{word}</strong>") for word in words]
    assert places == sorted(places)


def test_notifications_are_explained_before_they_are_switched_on(here):
    """E1, E2, E5, E6, E7, E12."""
    page = read(here, "notifications")
    headings = ["What a notification is", "Switching them on", "Perhaps it is only overlooked", "Repair", "can never"]
    places = [page.index(heading) for heading in headings]
    assert places == sorted(places)
    for recommended in ("Lock Screen", "Notification Centre", "Banners", "Persistent", "Badges", "Always"):
        assert f"“{recommended}”" in page
    assert "Sound &amp; notification" in page
    assert "differs from maker to maker" in page


def test_who_cannot_use_the_camera_finds_the_cures_in_their_order(here):
    """H4 to H7."""
    page = read(here, "scanning")
    cures = [
        page.index(words) for words in ("“Scan QR codes”", "camera at the front", "nearer or farther", "Typing al")
    ]
    assert cures == sorted(cures)


def test_who_has_lost_the_phone_reads_first_what_to_do_now(here):
    """H9, H11."""
    page = read(here, "lost-phone")
    steps = page[page.index('id="now"') :].split("<ol>")[1].split("</ol>")[0]
    words = ["I can't use my phone", "Move</strong>", "Show the code", "block the SIM card", "choose a new one"]
    places = [steps.index(each) for each in words]
    assert places == sorted(places)
    ids = [place for place in Parts(page).every("id") if place]
    assert ids == ["needs", "now", "ways", "hold", "desk", "found", "before"]


def test_every_way_in_without_the_phone_is_explained(here):
    """What recovery/lost.html offers, and what each of it leads to."""
    offered = (TEMPLATES / "recovery" / "lost.html").read_text()
    page = read(here, "lost-phone")
    explained = re.findall(r"<strong>([^<]+)\.</strong>", page[page.index('id="ways"') : page.index('id="hold"')])
    assert len(explained) == 4
    assert [way for way in explained if f'{{% translate "{way}" %}}' not in offered] == []


@pytest.mark.parametrize("slug", ["pin", "installing", "lost-phone"])
def test_nobody_is_told_to_have_the_key_removed(here, slug):
    """H10: without a key the password alone would open the account; who cannot answer moves."""
    page = read(here, slug)
    assert "remove the key" not in page
    assert f'href="/help/{"lost-phone" if slug == "pin" else "new-phone"}/' in page


@pytest.mark.parametrize(
    ("template", "article"),
    [
        ("recovery/lost.html", "lost-phone"),
        ("recovery/sheet.html", "recovery-codes"),
        ("recovery/desk.html", "support-desk"),
        ("security/move.html", "new-phone"),
        ("security/sessions.html", "activity"),
        ("security/not_me.html", "activity"),
        ("security/proposal.html", "support-desk"),
        ("accounts/forgotten.html", "passwords"),
        ("accounts/password.html", "passwords"),
    ],
)
def test_a_page_of_somebody_in_trouble_leads_to_its_article(template, article):
    assert article in dict(INTO_THE_HELP.findall((TEMPLATES / template).read_text()))
