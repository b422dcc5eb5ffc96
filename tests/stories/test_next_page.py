"""Where a sign-in leads afterwards: a page of this site, or the first one."""

import html
import re

import pytest

from tests.factories import PASSWORD, desk
from tests.stories.ways import approve

# AT-077 has some, and these are more ways of writing another host.
FOREIGN = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:///evil.example",
    "%2f%2fevil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "//evil.example\\@localhost",
    "http://localhost.evil.example/",
    "https://localhost@evil.example/",
    "security/",
]
# Of this host, and no page of ours.
NOWHERE = ["/%09/evil.example", "/a:b", "/%2f/evil.example", "/%5cevil.example", "/security/%00", "/security\u200b/"]
OURS = ["/", "/security/", "/security/key/?a=b", "/help/signing-in/#x", "/security/key/?a=//evil.example"]


def carried(next_page):
    """What the form of the sign-in page carries on."""
    page = desk().get("/sign-in/", {"next": next_page}).content.decode()
    (field,) = re.findall(r'<input[^>]*id="id_next"[^>]*>', page)
    value = re.search(r'value="([^"]*)"', field)
    return html.unescape(value[1]) if value else ""


def goes_to(next_page):
    """Where a sign-in leads that was sent with this."""
    return desk().post("/sign-in/", {"username": "mara", "password": PASSWORD, "next": next_page})["Location"]


@pytest.mark.parametrize("next_page", FOREIGN + NOWHERE)
def test_another_site_is_never_gone_to(mara, next_page):
    """R-73, AT-077."""
    assert carried(next_page) == ""
    assert goes_to(next_page) == "/"


@pytest.mark.parametrize("next_page", OURS)
def test_a_page_of_ours_is_gone_to(mara, next_page):
    assert carried(next_page) == next_page
    assert goes_to(next_page) == next_page


def test_an_endless_next_page_leads_to_the_first(mara):
    endless = "/" + "x" * 10_000
    assert carried(endless) == ""
    assert goes_to(endless) == "/"


def test_somebody_who_is_in_goes_on_to_ours_only(mara):
    browser = desk()
    browser.post("/sign-in/", {"username": "mara", "password": PASSWORD})
    assert browser.get("/sign-in/", {"next": "/security/"})["Location"] == "/security/"
    for next_page in FOREIGN:
        assert browser.get("/sign-in/", {"next": next_page})["Location"] == "/"


def test_the_way_survives_the_second_factor(mara, pocket):
    browser = desk()
    browser.post("/sign-in/", {"username": "mara", "password": PASSWORD, "next": "/security/"})
    approve(browser, pocket)
    assert browser.post("/sign-in/finish/", {"next": "//evil.example"})["Location"] == "/security/"


def test_choosing_a_language_leads_to_ours_only(db):
    browser = desk()
    for next_page in FOREIGN:
        assert browser.post("/language/", {"language": "en", "next": next_page})["Location"] == "/"
    assert browser.post("/language/", {"language": "en", "next": "/help/"})["Location"] == "/help/"
