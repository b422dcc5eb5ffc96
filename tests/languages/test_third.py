"""A third language is a folder. The one here is English with accents, in brackets and longer, made on the fly."""

import re

import pytest
from django.conf import settings as real

from portal.settings.frame import languages
from tests.factories import desk, give_password
from tests.languages.test_mixed import NAMES, NO_WORDS, is_for_clients, pages
from tests.languages.third import CODE, FORGOTTEN, longer, spoken
from tests.stories.carried import ask_number, carry, given_number, messages
from tests.stories.ways import sign_in
from tests.unit.test_words import HELP
from twofactor import numbers

VOWEL = re.compile(r"[aeiouyAEIOUY]")


@pytest.fixture
def third(settings, tmp_path):
    """A browser that reads that language, where the portal speaks it."""
    with spoken(settings, tmp_path):
        yield desk(accept_language=CODE)


def test_a_folder_is_a_language(tmp_path):
    for name in ("zh_Hant", "de", "pt_BR"):
        (tmp_path / name / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "README").touch()
    assert languages(tmp_path) == [
        ("en", "English"),
        ("de", "Deutsch"),
        ("pt-br", "Português Brasileiro"),
        ("zh-hant", "繁體中文"),
    ]


def headings() -> set[str]:
    """Of the articles, which are in English here; pages lead to them by these words."""
    sources = [path.read_text(encoding="utf-8") for path in (HELP / "en").glob("*.html")]
    found = [heading for source in sources for heading in re.findall(r"<h2[^>]*>(.*?)</h2>", source, re.DOTALL)]
    return {heading.replace("{{ portal_key_name }}", real.PORTAL_KEY_NAME) for heading in found}


def unmarked(browser, wanted) -> dict[str, list[str]]:
    found, left_alone = {}, {FORGOTTEN, *headings()}
    for path, page in pages(browser, wanted):
        assert page.language == CODE, path
        plain = [words for language, words in page.pieces if language == CODE and words not in left_alone]
        found[path] = [word for words in plain for word in english(words)]
    assert len(found) > 10
    return {path: words for path, words in found.items() if words}


def english(words: str) -> list[str]:
    """What of it has no accent and is no name."""
    found = re.findall(r"[^\W\d_]{2,}", NO_WORDS.sub(" ", words))
    return [word for word in found if VOWEL.search(word) and word not in NAMES]


def test_a_stranger_meets_no_word_that_is_not_marked(db, third):
    assert unmarked(third, is_for_clients) == {}


def test_a_client_meets_no_word_that_is_not_marked(handset, one_clock, mara, pocket, third):
    sign_in(third, mara, pocket)
    given_number(mara)
    assert unmarked(third, lambda path: path.startswith("/security/") or path == "/") == {}


def test_what_is_not_translated_yet_is_read_in_english(db, third):
    page = third.get("/sign-in/").content.decode()
    assert FORGOTTEN in page
    assert longer("Username") in page
    article = third.get("/help/pin/").content.decode()
    assert f'<html lang="{CODE}"' in article
    assert '<article class="card prose" lang="en">' in article


def test_it_can_be_chosen_and_is_kept(mara, pocket, third):
    sign_in(third, mara, pocket)
    third.post("/language/", {"language": CODE})
    mara.refresh_from_db()
    assert mara.language == CODE
    assert f'<html lang="{CODE}"' in desk_of(third)


def desk_of(browser) -> str:
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hant"
    return browser.get("/").content.decode()


def test_the_authenticator_speaks_it(db, third):
    page = third.get("/authenticator/", {"language": CODE}).content.decode()
    assert f'<html lang="{CODE}"' in page
    assert longer("Approved") in third.get("/authenticator/screens/", {"language": CODE}).content.decode()
    assert third.get("/authenticator/manifest.webmanifest", {"language": CODE}).json()["lang"] == CODE


def test_texts_are_in_it(handset, mara, third):
    give_password(third, mara)
    ask_number(third)
    carry()
    (text,) = messages(way="text")
    assert text.language == "en-XA"
    assert text.text.startswith("⟦")


def test_countries_are_named_in_english_where_nobody_has_their_names():
    assert numbers.name("DE", "de") == "Deutschland"
    assert numbers.name("DE", "xx") == "Germany"
