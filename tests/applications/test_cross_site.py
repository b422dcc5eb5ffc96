"""What a hostile page can do to the browser that has it open: nothing that its person would notice later."""

import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from applications import policy
from tests.applications.devices import trading
from tests.applications.rp import FORM, went
from tests.factories import host
from tests.given import FIREFOX
from tests.stories.ways import sign_in, sign_out

# It leads its reader here, who sees where they are.
SHOWN = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


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
    answer = page.post("/oauth/authorize/", form_of(stranger), content_type=FORM, headers=SHOWN)
    assert answer.status_code == 303
    assert settings.BROWSER_COOKIE_NAME not in answer.cookies
    # It goes on as a page, and a browser brings its cookies to that.
    before = here.cookies[settings.BROWSER_COOKIE_NAME].value
    secret = before.partition(":")[0]
    after = here.get(answer["Location"]).cookies[settings.BROWSER_COOKIE_NAME].value
    assert after.partition(":")[0] == secret


@pytest.mark.parametrize("door", ["/oauth/authorize/", "/oauth/logout/"])
def test_a_form_that_no_page_could_be_is_none(db, door):
    answer = hostile().post(door, f"state={'x' * 5000}", content_type=FORM, headers=SHOWN)
    assert answer.status_code == 400
    assert not answer.cookies


def test_no_form_of_another_site_sets_a_cookie(stranger):
    """A page that refuses has forms of its own, and a new cookie for them would close all others that are open."""
    found = list(doors())
    assert {"/sign-in/", "/oauth/authorize/", "/oauth/token/", "/oauth/device/", "/api/actions/"} <= set(found)
    asked = form_of(stranger)
    for door in found:
        assert not hostile(enforce_csrf_checks=True).post(door, asked, content_type=FORM, headers=SHOWN).cookies, door


def test_a_form_of_an_applications_page_signs_its_person_in(party, inside):
    answer = hostile().post("/oauth/authorize/", form_of(party), content_type=FORM, headers=SHOWN)
    assert party.told(party.tokens(went(inside.get(answer["Location"]))))


# --- What it asks for behind its back ---


@pytest.fixture
def counted_soon(monkeypatch):
    for name in ("ARRIVALS", "STRANGERS"):
        monkeypatch.setattr(policy, name, (replace(getattr(policy, name)[0], count=2),))


OUT_OF_SIGHT = [
    {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
    {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
    {},
]


@pytest.mark.parametrize("how", OUT_OF_SIGHT)
def test_pictures_of_a_page_close_no_door_to_its_reader(party, inside, counted_soon, how):
    page, asked = hostile(), party.address()
    for door in (asked, "/oauth/logout/"):
        for _each in range(5):
            assert page.get(door, headers=how).status_code == 403
            assert page.post(door, "", content_type=FORM, headers=how).status_code == 403
    assert inside.get(asked).status_code == 302


def test_a_page_that_leads_its_reader_here_is_counted(party, counted_soon):
    page = hostile()
    answers = [page.get(party.address(), headers=SHOWN).status_code for _each in range(3)]
    assert answers == [302, 302, 429]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_scripts_of_a_page_close_no_door_to_the_programs_beside_it(party, inside, counted_soon, site):
    tokens = party.enter(inside)
    page = hostile(REMOTE_ADDR="203.0.113.80")
    for _each in range(5):
        for door in ("/oauth/token/", "/oauth/revoke/", "/oauth/device/", "/api/actions/"):
            answer = page.post(door, "client_id=x&token=x", content_type=FORM, headers={"sec-fetch-site": site})
            assert (answer.status_code, answer.json()) == (403, {"error": "invalid_request"})
        assert page.get("/api/actions/x/", headers={"sec-fetch-site": site}).status_code == 403
    assert party.person(tokens).status_code == 200
    assert party.refresh(tokens)


def test_pages_that_staff_have_written_down_ask_and_are_counted(party, counted_soon):
    party.application.allowed_origins = "https://evil.example"
    party.application.save()
    page = hostile()
    answers = [page.post("/oauth/device/", "client_id=x", content_type=FORM).status_code for _each in range(3)]
    assert answers == [401, 401, 429]


def test_one_customer_does_not_use_up_what_all_devices_share(db):
    """Whoever has a /48 has 65,536 networks of their own."""
    application = trading()

    def begin(address):
        given = f"client_id={application.client_id}"
        return Client(headers={"host": host()}, REMOTE_ADDR=address).post("/oauth/device/", given, content_type=FORM)

    most = policy.DEVICE_NEIGHBOURS[0].count
    answers = [begin(f"2001:db8:0:{number:x}::1").status_code for number in range(most + 1)]
    assert answers == [200] * most + [429]
    assert begin("2001:db8:1::1").status_code == 200
    assert most * 10 < policy.DEVICE_APPLICATION[0].count
