"""What the security best current practice for OAuth warns of (RFC 9700), tried against us one by one."""

import re
import secrets

import pytest
from authlib.integrations.base_client.errors import OAuthError
from django.conf import settings
from django.test import Client

from applications import policy
from applications.models import Application, Visit
from tests.applications.rp import BACK, Party, registered, said, went
from tests.factories import desk, host
from tests.given import FIREFOX
from tests.stories.ways import events, is_in, text

FORM = "application/x-www-form-urlencoded"


def changed(address, **fields):
    """The same request with some of it other; None: without it."""
    for name, value in fields.items():
        address = re.sub(rf"&?\b{name}=[^&]*", "", address)
        if value is not None:
            address += f"&{name}={value}"
    return address.replace("?&", "?")


def ask(party, back, **fields):
    """The token endpoint, asked by hand with what the browser brought back."""
    given = {"grant_type": "authorization_code", "code": said(back)["code"], "redirect_uri": party.redirect_uri}
    given |= {"code_verifier": party.verifier, **fields}
    secret = (party.application.client_id, getattr(party.application, "secret", ""))
    sent = {name: value for name, value in given.items() if value is not None}
    return party.web.post(party.knows["token_endpoint"], data=sent, auth=secret)


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


# --- Whose answer it is (2.1, 4.4) ------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["", "none", "none login", "oddly"])
def test_every_answer_says_whose_it_is(party, inside, here, prompt):
    for browser in (inside, desk()):
        answer = said(went(browser.get(party.address(prompt=prompt))))
        if "next" not in answer:
            assert (answer["iss"], answer["state"]) == (settings.PORTAL_BASE_URL, party.state)


def test_a_code_that_was_given_to_another_application_is_worth_nothing(party, inside):
    other = Party(registered("Other Web"))
    back = went(inside.get(party.address()))
    answer = ask(other, back, code_verifier=party.verifier)
    assert answer.json()["error"] == "invalid_grant"
    assert party.tokens(back)


def test_a_code_is_only_good_with_the_address_that_it_was_sent_to(party, inside):
    party.application.redirect_uris = f"{BACK} https://trading.example/other"
    party.application.save()
    back = went(inside.get(party.address()))
    assert ask(party, back, redirect_uri="https://trading.example/other").json()["error"] != ""
    assert ask(party, back, redirect_uri=None).status_code == 400
    assert party.tokens(back)


# --- PKCE (2.1.1, 4.5, 4.8) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
    ],
)
@pytest.mark.parametrize("kind", ["party", "stranger"])
def test_no_application_goes_without_pkce(request, inside, change, kind):
    it = request.getfixturevalue(kind)
    answer = said(went(inside.get(changed(it.address(), **change))))
    assert answer["error"] == "invalid_request"
    assert Visit.objects.count() == 0


@pytest.mark.parametrize("verifier", [None, "", "x" * 43])
def test_a_code_that_was_injected_is_worth_nothing(party, inside, verifier):
    """Whoever has the code of somebody else has not what it was asked with."""
    back = went(inside.get(party.address()))
    assert ask(party, back, code_verifier=verifier).status_code == 400
    assert party.tokens(back)


# --- Who asks (2.5) ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 43])
def test_who_has_not_the_secret_is_not_the_application(party, inside, secret):
    back = went(inside.get(party.address()))
    true = party.application.secret
    party.application.secret = secret
    answer = ask(party, back)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert ask(party, back, client_id=party.application.client_id).status_code == 401
    assert events("application.client")[0] == ("refused", "secret")
    party.application.secret = true
    assert party.tokens(back)


def test_the_digest_that_stands_in_the_database_is_no_secret(party, inside):
    back = went(inside.get(party.address()))
    party.application.secret = Application.objects.get().client_secret
    assert ask(party, back).status_code == 401


def test_whoever_tries_secrets_is_told_to_wait(party, inside, monkeypatch):
    """AT-294."""
    monkeypatch.setattr(policy, "STRANGERS", policy.STRANGERS[:1])
    back = went(inside.get(party.address()))
    party.application.secret = "wrong"
    answers = [ask(party, back) for _each in range(policy.STRANGERS[0].count + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert answers[-1].status_code == 429
    assert answers[-1].json() == {"error": "temporarily_unavailable"}
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_refresh_token_is_good_for_its_own_application_alone(party, inside):
    """Section 2.2.2. And who tries it with another's ends nothing."""
    other = Party(registered("Other Web"))
    tokens = party.enter(inside)
    assert other.ask_again(tokens).json() == {"error": "invalid_grant"}
    assert party.refresh(tokens)


def test_nobody_gives_back_what_is_anothers(party, inside):
    other = Party(registered("Other Web"))
    tokens = party.enter(inside)
    answer = other.client.revoke_token(other.knows["revocation_endpoint"], token=tokens["access_token"])
    assert answer.status_code == 200
    assert party.person(tokens).status_code == 200


# --- Where a token stands (4.3, 2.6) ----------------------------------------------------------------------------------


def test_a_token_is_taken_from_the_header_alone(party, inside):
    token, endpoint = party.enter(inside)["access_token"], party.knows["userinfo_endpoint"]
    assert party.web.get(endpoint, params={"access_token": token}).status_code == 400
    assert party.web.post(endpoint, data={"access_token": token}).status_code == 401
    assert party.web.get(endpoint).headers["WWW-Authenticate"].startswith("Bearer")


def test_an_id_token_opens_nothing(party, inside):
    tokens = party.enter(inside)
    assert party.person({"access_token": tokens["id_token"]}).status_code == 401


def test_nothing_is_taken_from_the_address_of_the_token_endpoint(party, inside):
    back = went(inside.get(party.address()))
    endpoint = party.knows["token_endpoint"]
    query = {"grant_type": "authorization_code", "code": said(back)["code"], "client_secret": party.application.secret}
    assert party.web.post(endpoint, params=query).status_code == 400
    assert party.web.get(endpoint, params=query).status_code == 405
    assert party.web.post(endpoint, json=query).status_code == 400


def test_nothing_of_it_stays_behind_in_a_browser(party, stranger, inside):
    """AT-274."""
    tokens = party.web.post(party.knows["token_endpoint"], data={"grant_type": "refresh_token"})
    assert tokens.headers["Cache-Control"] == "no-store"
    page = inside.post(went(inside.get(stranger.address())), {"allow": "yes"})
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://spa.example.evil.example", "https://spa"])
def test_pages_of_others_read_no_answer(party, inside, origin):
    party.application.allowed_origins = "https://spa.example"
    party.application.save()
    answer = party.web.post(party.knows["token_endpoint"], headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_pages_of_the_application_do(party, inside):
    party.application.allowed_origins = "https://spa.example"
    party.application.save()
    for method in ("OPTIONS", "GET"):
        answer = party.web.request(method, party.knows["userinfo_endpoint"], headers={"Origin": "https://spa.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "https://spa.example"
        assert "Access-Control-Allow-Credentials" not in answer.headers


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


# --- What is not offered (2.1.2, 2.4) ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["token", "id_token", "id_token%20token", "code%20token", "code%20id_token", "none", ""]
)
def test_no_token_is_given_by_the_browser(party, inside, kind):
    answer = inside.get(changed(party.address(), response_type=kind))
    if answer.status_code != 400:
        assert said(went(answer))["error"] in ("unauthorized_client", "unsupported_response_type", "invalid_request")
    assert Visit.objects.count() == 0


@pytest.mark.parametrize("grant", ["password", "client_credentials", "implicit", "urn:other", ""])
def test_no_other_way_leads_to_a_token(party, mara, grant):
    given = {"grant_type": grant, "username": "mara", "password": "correct horse battery staple"}
    answer = party.web.post(
        party.knows["token_endpoint"], data=given, auth=(party.application.client_id, party.application.secret)
    )
    assert answer.status_code in (400, 401)
    assert "access_token" not in answer.json()


@pytest.mark.parametrize("name", ["request", "request_uri", "registration"])
def test_what_we_cannot_read_is_said(party, inside, name):
    assert said(went(inside.get(party.address(**{name: "x"}))))["error"] == f"{name}_not_supported"


def test_an_application_that_is_switched_off_is_none(party, inside):
    back = went(inside.get(party.address()))
    Application.objects.update(is_active=False)
    with pytest.raises(OAuthError, match="invalid_client"):
        party.tokens(back)
    assert inside.get(party.address()).status_code == 400


def test_an_application_that_signs_nobody_in_by_browser_is_told_so(party, inside):
    Application.objects.update(signs_in=False)
    assert said(went(inside.get(party.address())))["error"] == "unauthorized_client"


def test_what_an_application_may_not_ask_for_it_does_not_get(party, inside):
    assert said(went(inside.get(party.address(scope="openid admin"))))["error"] == "invalid_scope"
    tokens = party.enter(inside, scope="openid")
    with pytest.raises(OAuthError, match="invalid_scope"):
        party.refresh(tokens)


def test_a_visit_that_is_sent_as_text_is_none(party, inside):
    """AT-218: what the portal notes for itself while it answers is never read from what was sent."""
    back = went(inside.get(party.address() + "&visit=1&user=1"))
    answer = ask(party, back, visit="1", user="1", refresh_token_instance="1", scopes="admin")
    assert answer.status_code == 200
    assert party.told(answer.json())
    assert secrets.compare_digest(answer.json()["scope"], "openid profile email")


# --- What is said of all this -----------------------------------------------------------------------------------------


def test_every_page_may_read_what_is_of_nobody(party):
    for path in ("/.well-known/openid-configuration", "/oauth/keys/"):
        answer = party.web.get(path)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "max-age" in answer.headers["Cache-Control"]
