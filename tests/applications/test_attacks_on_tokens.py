"""What the security best current practice for OAuth warns of (RFC 9700), tried against us one by one: with tokens."""

import secrets

import pytest
from authlib.integrations.base_client.errors import OAuthError
from django.conf import settings

from applications import policy
from applications.models import Application, Visit
from tests.applications.rp import BACK, Party, changed, registered, said, went
from tests.factories import desk
from tests.stories.ways import events


def ask(party, back, **fields):
    """The token endpoint, asked by hand with what the browser brought back."""
    given = {"grant_type": "authorization_code", "code": said(back)["code"], "redirect_uri": party.redirect_uri}
    given |= {"code_verifier": party.verifier, **fields}
    secret = (party.application.client_id, getattr(party.application, "secret", ""))
    sent = {name: value for name, value in given.items() if value is not None}
    return party.web.post(party.knows["token_endpoint"], data=sent, auth=secret)


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
