"""What no program means to send is refused in the protocol's words: nothing breaks, and nothing of it is kept."""

import base64
import json

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent
from applications.models import Grant, Visit
from tests.applications.rp import FORM, changed, said, went
from tests.factories import host

BY_BROWSER = ["/oauth/authorize/", "/oauth/logout/"]
BY_FORM = ["/oauth/token/", "/oauth/revoke/", "/oauth/device/", "/oauth/backchannel/"]
BY_PROGRAMS = [*BY_FORM, "/oauth/userinfo/", "/api/actions/", "/api/actions/x/cancel/"]


@pytest.fixture
def somebody(db):
    """Nobody knows who it is. The record and what PostgreSQL is asked are looked at after each question."""
    return Client(headers={"host": host(), "authorization": "Bearer x"})


@pytest.fixture(autouse=True)
def no_nul():
    """PostgreSQL refuses a statement with a NUL in it, and SQLite does not: so none may leave for either."""

    def carry(execute, statement, values, many, context):
        assert not [value for value in values or () if isinstance(value, str) and "\0" in value], statement
        return execute(statement, values, many, context)

    with connection.execute_wrapper(carry):
        yield


def header(**fields):
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def essential(values):
    return json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})


@pytest.mark.parametrize("query", ["a=%zz", "%", "a=%00", "client_id=%00&client_secret=x", "access_token=x"])
def test_nothing_is_read_from_the_address_of_a_door_for_programs(somebody, query):
    for door in (*BY_PROGRAMS, "/api/actions/x/"):
        method = somebody.get if door in ("/oauth/userinfo/", "/api/actions/x/") else somebody.post
        answer = method(f"{door}?{query}", content_type=FORM)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("body", ["client_id=%00&token=x", "client_id=a%00b&client_secret=x", "%00=x"])
def test_no_form_brings_what_no_database_takes(somebody, body):
    for door in BY_PROGRAMS:
        answer = somebody.post(door, f"grant_type=refresh_token&{body}", content_type=FORM)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("basic", [b"\0:\0", b"a\0b:x", b"\xed\xa0\x80:x", b":", b"a", b"%00:x"])
def test_no_header_does(somebody, basic):
    named = {"authorization": "Basic " + base64.b64encode(basic).decode()}
    for door in BY_FORM:
        answer = somebody.post(
            door, "grant_type=refresh_token&refresh_token=x&token=x", content_type=FORM, headers=named
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("charset", ["hex", "utf-16", "rot13", "undefined"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
def test_forms_have_one_encoding(somebody, kind, charset):
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'
    for door in BY_PROGRAMS:
        answer = somebody.generic("POST", door, body, content_type=f"{kind}; charset={charset}")
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    for door in BY_BROWSER:
        assert somebody.generic("POST", door, body, content_type=f"{kind}; charset={charset}").status_code == 400


HINTS = [
    '{"payload":"e30","signatures":[]}',
    '{"payload":"e30","signatures":[{"protected":"e30","signature":"AA"},{"protected":"e30","signature":"AA"}]}',
    '{"payload":"e30","header":5,"signature":"AA"}',
    header(alg="RS256", typ="JWT", kid="\0") + ".e30.AA",
    header(alg="RS256", typ="JWT", kid={"a": 1}) + ".e30.AA",
    header(alg="RS256", typ="JWT", kid="\ud800") + ".e30.AA",
    header(alg="RS256", crit=["b64"], b64=False) + ".e30.AA",
    base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.AA",
    "W10.e30.AA",
    "MQ.e30.AA",
    "a.b.c",
    "a.b.c.d.e",
    "\u00e9.e30.AA",
    "null",
    "\0",
]


@pytest.mark.parametrize("hint", HINTS)
def test_what_is_no_id_token_is_none(party, somebody, hint):
    assert somebody.get("/oauth/logout/", {"id_token_hint": hint}).status_code in (302, 400)
    answer = somebody.get(party.address(id_token_hint=hint, prompt="none"))
    assert answer.status_code == 400 or said(answer["Location"])["error"] == "invalid_request"
    assert AuditEvent.objects.filter(kind="portal.accident").count() == 0


def test_levels_are_a_list_of_names(party, inside, somebody):
    for values in (5, True, "phr", {"phr": 1}, [5], [["phr"]], [None]):
        for browser in (inside, somebody):
            assert said(went(browser.get(party.address(claims=essential(values)))))["error"] == "invalid_request"


@pytest.mark.parametrize("claims", ["5", "null", "[]", '{"id_token":[1]}', '{"id_token":{"acr":[1]}}', "[" * 1000, "x"])
def test_claims_that_cannot_be_read_are_none(party, somebody, claims):
    assert said(went(somebody.get(party.address(claims=claims))))["error"] == "invalid_request"


def test_a_nonce_has_a_length(party, inside):
    assert said(went(inside.get(changed(party.address(), nonce="x" * 256))))["error"] == "invalid_request"
    assert "code" in said(went(inside.get(changed(party.address(), nonce="x" * 255))))
    assert Grant.objects.get().nonce == "x" * 255


def test_a_scope_that_stands_there_often_is_asked_for_once(party, inside):
    assert "code" in said(went(inside.get(party.address(scope=" ".join(["openid", "email"] * 60)))))
    assert Visit.objects.get().scope == "openid email"


def test_nobody_is_sent_on_with_what_no_database_takes(party, inside, somebody):
    for name in ("client_id", "redirect_uri", "nonce", "state", "scope", "login_hint", "unknown"):
        for browser in (inside, somebody):
            assert browser.get(changed(party.address(), **{name: "%00"})).status_code == 400
    assert Visit.objects.count() == 0


def test_nobody_signs_out_with_it_either(somebody):
    for given in ("client_id=%00", "id_token_hint=%00", "state=%00"):
        assert somebody.get(f"/oauth/logout/?{given}").status_code == 400
        assert somebody.post("/oauth/logout/confirm/", {"given": given}).status_code == 400
