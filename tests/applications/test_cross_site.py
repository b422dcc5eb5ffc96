"""What a hostile page can do to the browser that has it open: nothing that its person would notice later."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.applications.rp import went
from tests.applications.test_attacks import FORM
from tests.factories import host
from tests.given import FIREFOX
from tests.stories.ways import sign_in, sign_out


def doors(patterns=None, before=""):
    """An address of every door."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(each.pattern)
        if not isinstance(each, URLPattern):
            yield from doors(each.url_patterns, path)
        else:
            yield "/" + re.sub(r"<[^>]+>", "1", path)


def hostile(**how):
    """Another site's page, opened in a browser of somebody here: `SameSite` keeps all cookies away from its forms."""
    says = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    return Client(headers={"host": host(), "user-agent": FIREFOX, **says}, **how)


def form_of(party):
    return party.address().partition("?")[2]


def test_a_form_of_another_site_takes_no_browser_its_name(stranger, here, mara, pocket):
    """Otherwise its owner would be a stranger at their own browser, and locked out by whoever guesses passwords."""
    sign_in(here, mara, pocket)
    sign_out(here)
    page = hostile()
    answer = page.post("/oauth/authorize/", form_of(stranger), content_type=FORM)
    assert answer.status_code == 303
    assert settings.BROWSER_COOKIE_NAME not in answer.cookies
    # It goes on as a page, and a browser brings its cookies to that.
    before = here.cookies[settings.BROWSER_COOKIE_NAME].value
    secret = before.partition(":")[0]
    after = here.get(answer["Location"]).cookies[settings.BROWSER_COOKIE_NAME].value
    assert after.partition(":")[0] == secret


@pytest.mark.parametrize("door", ["/oauth/authorize/", "/oauth/logout/"])
def test_a_form_that_no_page_could_be_is_none(db, door):
    answer = hostile().post(door, f"state={'x' * 5000}", content_type=FORM)
    assert answer.status_code == 400
    assert not answer.cookies


def test_no_form_of_another_site_sets_a_cookie(stranger):
    """A page that refuses has forms of its own, and a new cookie for them would close all others that are open."""
    found = list(doors())
    assert {"/sign-in/", "/oauth/authorize/", "/oauth/token/", "/oauth/device/", "/api/actions/"} <= set(found)
    asked = form_of(stranger)
    for door in found:
        assert not hostile(enforce_csrf_checks=True).post(door, asked, content_type=FORM).cookies, door


def test_a_form_of_an_applications_page_signs_its_person_in(party, inside):
    answer = hostile().post("/oauth/authorize/", form_of(party), content_type=FORM)
    assert party.told(party.tokens(went(inside.get(answer["Location"]))))
