"""When a text does not arrive: the cures in their order, and whom to ask in the reader's own country (H9, B12)."""

import re

import pytest
from django.utils import timezone

from tests.factories import desk, give_password
from twofactor import numbers
from twofactor.models import FilterContact, Phone


@pytest.fixture(autouse=True)
def hong_kong(settings):
    settings.PORTAL_COUNTRY = "HK"


def texts(browser, language="en"):
    """The article as somebody with this browser reads it."""
    return browser.get("/help/texts/", headers={"accept-language": language})


def read(response):
    """What stands in the article, without the frame of the page."""
    page = response.content.decode()
    return page[page.index("<article") : page.index("</article>")]


def words(response):
    """The same without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", read(response)).split())


def countries(response):
    """The countries of the article from above, and those of them that stand open."""
    page = read(response)
    found = re.findall(r"<details( open)?>\s*<summary>([^<]+)</summary>", page)
    return [name for _open, name in found], [name for is_open, name in found if is_open]


def with_number(user, country, e164, state="verified"):
    phone = Phone.fresh(user, numbers.read(e164, country, {country}))
    if state == "verified":
        phone.move("verify", verified_at=timezone.now())


def signed_in(user):
    browser = desk()
    give_password(browser, user)
    return browser


def test_the_cures_stand_in_their_order(here):
    page = words(texts(here))
    headings = ["1. Activate Portal Key", "2. Restart the phone", "3. Let us call you", "4. Ask whether your company"]
    places = [page.index(heading) for heading in headings]
    assert places == sorted(places)
    assert page.index("Abroad") < page.index("3. Let us call you") < page.index("Call me instead")


def test_it_names_the_united_states_india_and_china_from_the_first_day(here):
    """B12."""
    assert countries(texts(here))[0] == ["Hong Kong", "China", "India", "United States"]
    assert "10086" in words(texts(here))


def test_strangers_find_the_portals_own_country_open(here, settings):
    settings.PORTAL_COUNTRY = "IN"
    names, is_open = countries(texts(here))
    assert (names[0], is_open) == ("India", ["India"])
    assert sorted(names) == ["China", "India", "United States"]


def test_a_person_finds_the_country_of_their_number_open(mara):
    with_number(mara, "US", "+12025550123")
    names, is_open = countries(texts(signed_in(mara)))
    assert (names[0], is_open) == ("United States", ["United States"])


def test_a_number_that_is_not_confirmed_tells_nothing_of_its_country(mara):
    with_number(mara, "US", "+12025550123", state="unverified")
    assert countries(texts(signed_in(mara)))[1] == ["Hong Kong"]


def test_a_country_without_contacts_has_advice_all_the_same(here):
    page = texts(here).content.decode()
    (first,) = re.findall(r"<details open>.*?</details>", page, re.DOTALL)
    assert "Ask the company with which you have the contract for your phone." in first


def test_a_portal_without_a_country_leaves_all_of_them_folded(here, settings):
    settings.PORTAL_COUNTRY = ""
    assert countries(texts(here)) == (["China", "India", "United States"], [])


def test_it_is_read_in_chinese(here):
    """All but what only English words were kept for."""
    FilterContact.objects.create(country="HK", service="Some Company", how="Call 12345.")
    names, is_open = countries(texts(here, "zh-hant"))
    assert (names[0], is_open) == ("香港", ["香港"])
    page = words(texts(here, "zh-hant"))
    assert "中國移動（10086）" in page
    assert "China Mobile" not in page
    assert "Call 12345." in page
    places = [page.index(heading) for heading in ("1. 啟用", "2. 重新啟動", "3. 改為接聽", "4. 查詢")]
    assert places == sorted(places)


def test_what_staff_wrote_is_shown_and_never_run(here):
    FilterContact.objects.create(country="HK", service="<b>Bold</b>", how="<script>alert(1)</script>")
    page = texts(here).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>Bold" not in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("article", "leads_to"),
    [
        ("not-received", "texts"),
        ("signing-in", "texts"),
        ("lost-phone", "phone-number"),
        ("phone-number", "texts"),
        ("texts", "phone-number"),
        ("texts", "activation"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_articles_lead_to_each_other(here, article, leads_to, language):
    page = here.get(f"/help/{article}/", headers={"accept-language": language}).content.decode()
    assert f'href="/help/{leads_to}/"' in page[page.index("<article") : page.index("</article>")]


def test_the_list_of_articles_has_both(here):
    page = here.get("/help/").content.decode()
    assert 'href="/help/texts/"' in page
    assert 'href="/help/phone-number/"' in page


def test_other_articles_ask_for_no_contacts(here, django_assert_num_queries):
    with django_assert_num_queries(0):
        here.get("/help/phone-number/")
