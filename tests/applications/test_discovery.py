"""The discovery document, field by field: whatever stands in it is proved by use, and nothing that works is missing."""

import base64
import json
import re

import pytest
from django.conf import settings

from applications import pinging, urls, wishes
from applications.models import Application, PhoneSignIn
from tests.applications.asked.asker import Asker
from tests.applications.rp import Party, changed, registered, said, went
from tests.factories import PIN, desk, give_password, person
from tests.stories.carried import text_in
from tests.stories.ways import is_in
from tests.stories.webauthn import by_passkey

ALL = "openid profile email offline_access"


@pytest.fixture
def asker(mara, pocket, db):
    """An application that may do everything."""
    ways = dict.fromkeys(("signs_in_devices", "asks_phones", "asks_actions"), True)
    return Asker(registered("Harbour Bank", **ways))


@pytest.fixture
def stage(request, db):
    """Everybody whom a proof may want, made when it wants them."""
    return request.getfixturevalue


def refused(browser, address):
    """The word in which an application is refused."""
    return said(went(browser.get(address))).get("error", "")


# --- Addresses ---


def is_who_signs(stage):
    party = stage("party")
    back = went(stage("inside").get(party.address()))
    assert said(back)["iss"] == party.told(party.tokens(back))["iss"] == party.knows["issuer"]
    assert party.knows == party.web.get(f"{party.knows['issuer']}/.well-known/openid-configuration").json()


def leads_to_a_person(stage):
    """The way over both is Authlib's own, from what it has read there."""
    party = stage("party")
    tokens = party.enter(stage("inside"))
    assert party.told(tokens)["sub"] == party.person(tokens).json()["sub"] == str(stage("mara").pk)


def is_given_back(stage):
    party = stage("party")
    tokens = party.enter(stage("inside"))
    party.client.revoke_token(party.knows["revocation_endpoint"], token=tokens["access_token"])
    assert party.person(tokens).status_code == 401


def signs_out(stage):
    party, browser = stage("party"), stage("inside")
    tokens = party.enter(browser)
    endpoint = party.knows["end_session_endpoint"].removeprefix(settings.PORTAL_BASE_URL)
    asked = browser.get(endpoint, {"id_token_hint": tokens["id_token"]})
    browser.post(f"{endpoint}confirm/", {"given": asked.context["given"]})
    assert not is_in(browser)


def begins_a_device(stage):
    party, asker = stage("party"), stage("asker")
    assert "user_code" in asker.web.post(party.knows["device_authorization_endpoint"], data={"scope": "openid"}).json()


def asks_a_phone(stage):
    party, asker = stage("party"), stage("asker")
    given = {"scope": "openid", "login_hint": "mara"}
    assert "auth_req_id" in asker.web.post(party.knows["backchannel_authentication_endpoint"], data=given).json()


# --- Ways ---


def by_browser(stage):
    return stage("party").enter(stage("inside"))


def by_refresh(stage):
    party = stage("party")
    return party.refresh(party.enter(stage("inside")))


def by_device(stage):
    asker, browser = stage("asker"), stage("inside")
    begun = asker.web.post("/oauth/device/", data={"scope": ALL}).json()
    page = browser.post("/device/", {"code": begun["user_code"]})["Location"]
    browser.post(page, {"act": "go"})
    stage("pocket").approve(stage("pocket").challenge(), PIN)
    given = {"grant_type": Application.GRANT_DEVICE_CODE, "device_code": begun["device_code"]}
    return asker.web.post("/oauth/token/", data=given).json()


def by_phone(stage):
    asker = stage("asker")
    asked = asker.begin(scope=ALL)
    stage("pocket").approve(stage("pocket").challenge(), PIN)
    return asker.poll(asked).json()


GRANTS = {
    "authorization_code": by_browser,
    "refresh_token": by_refresh,
    Application.GRANT_DEVICE_CODE: by_device,
    Application.GRANT_BACKCHANNEL: by_phone,
}


def gives_tokens(stage):
    """Each of them; and whatever else the library below would know is refused."""
    listed = stage("party").knows["grant_types_supported"]
    assert set(listed) == GRANTS.keys()
    assert all("access_token" in GRANTS[grant](stage) for grant in listed)
    asker = stage("asker")
    others = {*wishes.server().grant_types, "client_credentials", "password"} - set(listed)
    for grant in others:
        answer = asker.web.post("/oauth/token/", data={"grant_type": grant, "username": "mara", "password": "x"})
        assert answer.json()["error"] in ("unsupported_grant_type", "unauthorized_client", "invalid_request"), grant
    # The library spells the first one otherwise.
    ways = {way.replace("authorization-code", "authorization_code") for way in asker.application.grants}
    assert ways | {"refresh_token"} == set(listed)


def is_a_code(stage):
    party, browser = stage("party"), stage("inside")
    for kind in party.knows["response_types_supported"]:
        assert "code" in said(went(browser.get(changed(party.address(), response_type=kind))))
    for kind in ("token", "id_token", "none"):
        assert refused(browser, changed(party.address(), response_type=kind)) != ""


def is_in_the_query(stage):
    party, browser = stage("party"), stage("inside")
    for mode in party.knows["response_modes_supported"]:
        assert "code" in said(went(browser.get(party.address(response_mode=mode))))
    for mode in ("fragment", "form_post", "query.jwt"):
        assert refused(browser, party.address(response_mode=mode)) == "invalid_request"


def proves_who_began(stage):
    party, browser = stage("party"), stage("inside")
    assert party.knows["code_challenge_methods_supported"] == ["S256"]
    assert party.enter(browser)
    assert refused(browser, changed(party.address(), code_challenge_method="plain")) == "invalid_request"


def says_who_it_is(stage):
    """At both endpoints, by each of them; by no other."""
    browser = stage("inside")
    knows = stage("party").knows
    for method in knows["token_endpoint_auth_methods_supported"]:
        party = Party(registered(method, client_type="public" if method == "none" else "confidential"), method)
        tokens = party.enter(browser)
        answer = party.client.revoke_token(knows["revocation_endpoint"], token=tokens["access_token"])
        assert (answer.status_code, party.person(tokens).status_code) == (200, 401), method
    signed = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "x",
    }
    answer = party.web.post(
        knows["token_endpoint"], data={"grant_type": "refresh_token", "refresh_token": "x", **signed}
    )
    assert answer.json()["error"] == "invalid_client"
    assert knows["revocation_endpoint_auth_methods_supported"] == knows["token_endpoint_auth_methods_supported"]


# --- What is said ---


def tells_each(stage):
    """Every claim that stands there is told on some way, and none is told that does not stand there."""
    party = stage("party")
    tokens = party.enter(stage("inside"), scope=ALL)
    told = set(party.told(tokens)) | set(party.person(tokens).json())
    for way in (by_device, by_phone):
        told |= set(stage("asker").claims(way(stage)))
    assert told == set(party.knows["claims_supported"])


def tells_itself(stage):
    party = stage("party")
    tokens = party.enter(stage("inside"))
    assert not {"_claim_names", "_claim_sources"} & {*party.told(tokens), *party.person(tokens).json()}


def gives_each_scope(stage):
    party, browser = stage("party"), stage("inside")
    listed = party.knows["scopes_supported"]
    assert set(party.enter(browser, scope=" ".join(listed))["scope"].split()) == set(listed)
    for scope in ("address", "phone", "openid2"):
        assert refused(browser, party.address(scope=f"openid {scope}")) == "invalid_scope"


def is_the_same_for_all(stage):
    party, other = stage("party"), Party(registered("Other Web"))
    browser = stage("inside")
    assert party.told(party.enter(browser))["sub"] == other.told(other.enter(browser))["sub"]


def signs_by_it(stage):
    party = stage("party")
    head = party.enter(stage("inside"))["id_token"].partition(".")[0]
    used = json.loads(base64.urlsafe_b64decode(head + "=="))["alg"]
    keys = party.web.get(party.knows["jwks_uri"]).json()["keys"]
    assert party.knows["id_token_signing_alg_values_supported"] == [used] == [key["alg"] for key in keys]


def by_password_alone(stage):
    browser = desk()
    give_password(browser, person("nokey"))
    return browser


def by_a_text(stage):
    browser = desk()
    text_in(browser, stage("eli"))
    return browser


def by_a_passkey(stage):
    # On the way to it she is signed out.
    holder = stage("laptop")
    by_passkey(stage("here"), stage("mara"), holder)
    return stage("here")


def by_her_key(stage):
    return stage("inside")


LEVELS = {"password": by_password_alone, "mfa": by_a_text, "key": by_her_key, "phr": by_a_passkey}


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_told_of_whoever_has_signed_in_so(stage, level):
    party = stage("party")
    assert list(LEVELS) == party.knows["acr_values_supported"]
    assert party.told(party.enter(LEVELS[level](stage), acr_values=level))["acr"] == level


def is_proved_above(stage):
    assert set(stage("party").knows["acr_values_supported"]) == LEVELS.keys()


def leads_elsewhere(stage):
    """Each prompt does something of its own."""
    party, stranger, browser = stage("party"), stage("stranger"), stage("inside")
    leads = {
        "none": lambda: "code=" in went(browser.get(party.address(prompt="none"))),
        "login": lambda: went(browser.get(party.address(prompt="login"))).startswith("/sign-in/"),
        "select_account": lambda: went(browser.get(party.address(prompt="select_account"))).startswith("/sign-in/"),
        "consent": lambda: went(browser.get(stranger.address(prompt="consent"))).startswith("/oauth/authorize/"),
    }
    assert set(party.knows["prompt_values_supported"]) == leads.keys()
    assert all(lead() for lead in leads.values())
    assert refused(browser, party.address(prompt="create")) == "invalid_request"


def shows_a_page(stage):
    party = stage("party")
    assert party.knows["display_values_supported"] == ["page"]
    page = stage("here").get(went(stage("here").get(party.address(display="page"))))
    assert page.status_code == 200


def speaks_it(stage):
    """To a browser that has chosen none: what the application says counts."""
    party = stage("party")
    for code in party.knows["ui_locales_supported"]:
        browser = desk()
        page = browser.get(went(browser.get(party.address(ui_locales=f"xx {code}")))).content.decode()
        assert re.search(rf'<html[^>]* lang="{code}"', page, re.IGNORECASE), code


def reads_levels(stage):
    party, browser = stage("party"), stage("inside")
    wanted = {"id_token": {"acr": {"essential": True, "values": ["key"]}}}
    assert party.told(party.enter(browser, claims=json.dumps(wanted)))["acr"] == "key"


def refuses(name, error):
    def proof(stage):
        assert refused(stage("inside"), stage("party").address(**{name: "x"})) == error

    return proof


def is_told(stage):
    asker, party = stage("asker"), stage("party")
    assert party.knows["backchannel_token_delivery_modes_supported"] == Application.Delivery.values
    assert "access_token" in by_phone(stage)
    Application.objects.update(delivery="ping", notified_at_url="https://bank.example/told")
    assert asker.ask(login_hint="mara").json()["error"] == "invalid_request"
    asker.begin(client_notification_token="8d67dc78-7faa-4d41-aabd")
    stage("pocket").approve(stage("pocket").challenge(), PIN)
    assert pinging._due()[0] == [PhoneSignIn.objects.latest("created").pk]


def takes_no_code(stage):
    assert stage("asker").ask(login_hint="mara", user_code="1234").json()["error"] == "invalid_request"


PROOFS = {
    "issuer": is_who_signs,
    "authorization_endpoint": leads_to_a_person,
    "token_endpoint": leads_to_a_person,
    "userinfo_endpoint": leads_to_a_person,
    "jwks_uri": leads_to_a_person,
    "revocation_endpoint": is_given_back,
    "end_session_endpoint": signs_out,
    "device_authorization_endpoint": begins_a_device,
    "backchannel_authentication_endpoint": asks_a_phone,
    "response_types_supported": is_a_code,
    "response_modes_supported": is_in_the_query,
    "grant_types_supported": gives_tokens,
    "code_challenge_methods_supported": proves_who_began,
    "token_endpoint_auth_methods_supported": says_who_it_is,
    "revocation_endpoint_auth_methods_supported": says_who_it_is,
    "authorization_response_iss_parameter_supported": is_who_signs,
    "subject_types_supported": is_the_same_for_all,
    "id_token_signing_alg_values_supported": signs_by_it,
    "scopes_supported": gives_each_scope,
    "claims_supported": tells_each,
    "claim_types_supported": tells_itself,
    "acr_values_supported": is_proved_above,
    "prompt_values_supported": leads_elsewhere,
    "display_values_supported": shows_a_page,
    "ui_locales_supported": speaks_it,
    "claims_parameter_supported": reads_levels,
    "request_parameter_supported": refuses("request", "request_not_supported"),
    "request_uri_parameter_supported": refuses("request_uri", "request_uri_not_supported"),
    "backchannel_token_delivery_modes_supported": is_told,
    "backchannel_user_code_parameter_supported": takes_no_code,
}


@pytest.mark.parametrize("field", PROOFS)
def test_what_discovery_says_is_so(stage, field):
    assert stage("party").knows[field] is not None
    PROOFS[field](stage)


def test_every_field_has_its_proof(party):
    assert party.knows.keys() == PROOFS.keys()
    assert party.knows == party.web.get("/.well-known/oauth-authorization-server").json()


def test_no_address_for_programs_is_missing(party):
    """Those of people follow from these; approvals of actions are no part of OpenID Connect."""
    ours = {f"{settings.PORTAL_BASE_URL}/{each.pattern}" for each in urls.urlpatterns}
    served = {address for address in ours if "/oauth/" in address and "<" not in address}
    told = {value for name, value in party.knows.items() if name.endswith(("_endpoint", "_uri"))}
    assert served - {f"{settings.PORTAL_BASE_URL}/oauth/logout/confirm/"} == told
