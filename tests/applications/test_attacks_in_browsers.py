"""What the security best current practice for OAuth warns of (RFC 9700), tried against us one by one: in browsers."""

import pytest
from django.conf import settings
from django.test import Client

from applications import policy
from applications.models import Visit
from tests.applications.rp import BACK, FORM, Party, changed, registered, said, went
from tests.factories import desk, host
from tests.given import FIREFOX
from tests.stories.ways import is_in, text

# --- Where a browser is sent (2.1, 4.1, 4.11) -------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/back",
    f"{BACK}/",
    f"{BACK}/../evil",
    f"{BACK}?next=https://evil.example",
    f"{BACK}%23",
    f"{BACK}%23evil",
    "https://TRADING.example/back",
    "https://trading.example:8443/back",
    "https://trading.example/Back",
    "https://trading.example.evil.example/back",
    "https://trading.example@evil.example/back",
    "https://trading.example%5c.evil.example/back",
    "http://trading.example/back",
    "//trading.example/back",
    "javascript:alert(1)",
    "data:text/html,x",
    "",
]


@pytest.mark.parametrize("where", ELSEWHERE)
@pytest.mark.parametrize("prompt", ["login", "none"])
def test_nobody_is_sent_where_nobody_has_registered(party, inside, where, prompt):
    """AT-277."""
    answer = inside.get(changed(party.address(prompt=prompt), redirect_uri=where))
    assert answer.status_code == 400
    assert "This sign-in cannot go on" in text(answer)
    assert "Location" not in answer
    assert 'href="http' not in answer.content.decode()
    assert Visit.objects.count() == 0


@pytest.mark.parametrize("client_id", [None, "", "nobody", "a%00b", "x" * 300])
def test_nobody_is_sent_anywhere_for_who_is_unknown(party, inside, here, client_id):
    """AT-277."""
    for browser in (inside, desk()):
        assert browser.get(changed(party.address(), client_id=client_id)).status_code == 400


def test_an_endless_request_is_none(party, inside):
    """AT-328."""
    assert inside.get(party.address(state="x" * 5000)).status_code == 400


def test_a_request_that_says_it_twice_is_none(party, inside):
    assert inside.get(party.address() + "&redirect_uri=https://evil.example/").status_code == 400
    assert inside.get(party.address() + "&client_id=other").status_code == 400
    twice = said(went(inside.get(party.address(prompt="none") + "&prompt=login")))
    assert twice["error"] == "invalid_request"


def test_a_program_on_this_machine_takes_the_port_that_is_free(inside, db):
    party = Party(registered("Desktop", client_type="public", redirect_uris="http://127.0.0.1/back"))
    for where in ("http://127.0.0.1:49152/back", "http://127.0.0.1:8080/back"):
        page = went(inside.get(changed(party.address(), redirect_uri=where)))
        assert went(inside.post(page, {"allow": "yes"})).startswith(f"{where}?code=")
    for where in ("http://127.0.0.1:49152/other", "http://localhost:49152/back", "https://127.0.0.1:49152/back"):
        assert inside.get(changed(party.address(), redirect_uri=where)).status_code == 400


@pytest.mark.parametrize("own", [True, False])
def test_a_program_on_this_machine_gets_no_code_behind_its_persons_back(inside, db, own):
    """RFC 8252, section 8.6: whatever runs there can say to be this program, and listen at a port."""
    fields = {"client_type": "public", "redirect_uris": "http://127.0.0.1/back", "skip_authorization": own}
    party = Party(registered("Desktop", **fields))
    for _each in range(2):
        page = went(inside.get(party.address()))
        assert "Allow it only if you have just begun this yourself." in text(inside.get(page))
        assert party.tokens(went(inside.post(page, {"allow": "yes"})))
    answer = changed(party.address(prompt="none"), redirect_uri="http://127.0.0.1:6666/back")
    assert said(went(inside.get(answer)))["error"] == "consent_required"


def test_no_form_is_sent_on_to_an_application(party, inside):
    """Section 4.12: a 307 would carry what was typed."""
    assert inside.get(party.address()).status_code == 302
    answer = inside.post("/oauth/authorize/", party.address().partition("?")[2], content_type=FORM)
    assert answer.status_code == 303


def test_a_form_of_an_applications_page_goes_on_as_a_page(party, inside):
    answer = inside.post("/oauth/authorize/", party.address().partition("?")[2], content_type=FORM)
    assert answer.status_code == 303
    assert party.told(party.tokens(went(inside.get(answer["Location"]))))


# --- In whose browser (4.7, 4.16) -------------------------------------------------------------------------------------


def test_another_browser_does_not_go_on_with_what_this_one_began(stranger, inside, mara, pocket):
    """AT-213."""
    address = went(inside.get(stranger.address()))
    other = desk()
    other.cookies = inside.cookies.__class__()
    other.post("/sign-in/", {"username": "mara", "password": "wrong"})
    assert other.get(address).status_code in (302, 410)
    session_alone = desk()
    session_alone.cookies[settings.SESSION_COOKIE_NAME] = inside.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_in(session_alone)
    assert session_alone.get(address).status_code == 410
    assert session_alone.post(address, {"allow": "yes"}).status_code == 410
    assert Visit.objects.count() == 0


def test_a_request_is_answered_once(stranger, inside):
    address = went(inside.get(stranger.address()))
    assert went(inside.post(address, {"allow": "yes"}))
    assert inside.get(address).status_code == 410
    assert inside.post(address, {"allow": "yes"}).status_code == 410


def test_a_request_waits_for_half_an_hour(stranger, inside, clock):
    address = went(inside.get(stranger.address()))
    clock.shift(policy.ARRIVAL_LIFE.total_seconds() - 300)
    inside.get("/")
    clock.shift(301)
    assert inside.get(address).status_code == 410


def test_no_page_of_another_site_says_yes(stranger, inside):
    """AT-270."""
    careful = Client(enforce_csrf_checks=True, headers={"host": host(), "user-agent": FIREFOX})
    careful.cookies = inside.cookies
    address = went(careful.get(stranger.address()))
    assert careful.post(address, {"allow": "yes"}).status_code == 403
    assert Visit.objects.count() == 0


def test_no_page_is_shown_in_a_frame(stranger, inside, here):
    """AT-272."""
    for answer in (inside.get(went(inside.get(stranger.address()))), here.get(went(here.get(stranger.address())))):
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "form-action 'self'" in answer["Content-Security-Policy"]
