"""Searching the help: the best place first, in the reader's language, however it is typed."""

import re
from html import unescape

import pytest

from portal.help import search
from tests.stories.test_help import Parts

pytestmark = pytest.mark.django_db


def asked(browser, query, language="en"):
    """The page of a search, as words with their tags."""
    response = browser.get("/help/", {"q": query}, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


def addresses(page):
    return re.findall(r'<a href="(/help/[^"]+)">\s*<span', page)


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("phone lost", "/help/lost-phone/"),
        ("recovery codes", "/help/recovery-codes/"),
        ("forgot my PIN", "/help/pin/#forgotten"),
        ("forgotten password", "/help/passwords/#forgotten"),
        ("notification does not arrive", "/help/not-received/"),
        ("notifications overlooked", "/help/notifications/#overlooked"),
        ("changing phone number", "/help/phone-number/"),
        ("camera refused", "/help/scanning/#denied"),
    ],
)
def test_the_best_place_comes_first(here, query, address):
    assert addresses(asked(here, query))[0] == address


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("收不到通知", "/help/not-received/"),
        ("忘記密碼", "/help/passwords/#forgotten"),
        ("備用碼", "/help/recovery-codes/"),
        ("短信收不到", "/help/texts/"),
        ("新手機", "/help/new-phone/"),
    ],
)
def test_chinese_is_found_without_blanks(here, query, address):
    assert addresses(asked(here, query, "zh-hant"))[0] == address


@pytest.mark.parametrize("typed", ["ＰＩＮ", "pin", " Pin ", "PIN。", "“PIN”"])
def test_it_is_found_in_any_width_and_case(here, typed):
    assert addresses(asked(here, typed)) == addresses(asked(here, "PIN")) != []


def test_endings_and_other_words_for_the_same_are_understood(here):
    assert addresses(asked(here, "activate"))[0] == addresses(asked(here, "activation"))[0]
    assert addresses(asked(here, "SMS not arriving"))[0] == "/help/texts/"


def test_it_leads_to_sections_that_are_there(here):
    for query in ("phone", "code", "notification", "password"):
        for address in addresses(asked(here, query)):
            path, _, place = address.partition("#")
            assert not place or place in Parts(here.get(path).content.decode()).every("id"), address


def test_it_is_found_in_the_readers_language_alone(here):
    assert addresses(asked(here, "密碼")) == []
    assert addresses(asked(here, "overlooked", "zh-hant")) == []


def test_the_excerpt_marks_what_was_asked_for(here):
    page = asked(here, "flight mode")
    assert "<mark>flight</mark>" in page.casefold()
    assert "<mark>收不到" in asked(here, "收不到", "zh-hant")


def test_a_long_article_does_not_push_the_others_out(here):
    slugs = [address.split("/")[2] for address in addresses(asked(here, "phone"))]
    assert len(set(slugs)) >= len(slugs) / 2


@pytest.mark.parametrize("query", ["zebra", "!!!", "<quokka>", "*", "[", "a" * 500])
def test_nothing_found_says_what_to_do(here, query):
    page = asked(here, query)
    assert addresses(page) == []
    assert "Take fewer words" in page
    assert 'href="/help/support-desk/"' in page


def test_what_was_typed_is_shown_and_never_run(here):
    page = asked(here, '"><script>alert(1)</script>')
    assert "<script>alert" not in page
    assert '"><script>' in unescape(page)


def test_an_empty_search_is_the_first_page(here):
    for nothing in ("", "  "):
        assert "Signing in without a network" in asked(here, nothing)


def test_a_search_asks_the_database_for_nothing(here, django_assert_num_queries):
    with django_assert_num_queries(0):
        asked(here, "text does not arrive")


def test_the_name_of_the_key_is_the_operators(here, settings):
    settings.PORTAL_KEY_NAME = "Quokka"
    assert addresses(asked(here, "quokka"))
    settings.PORTAL_KEY_NAME = "Portal Key"
    assert not addresses(asked(here, "quokka"))


def test_no_more_of_a_query_is_read_than_a_person_types():
    assert len(search._terms("ab " * 1000)) <= search.LONGEST
