"""The device's API: every refusal is a problem document with the time in it, and no message breaks it."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test import Client

from accounts.models import User
from tests.factories import ANDROID, PIN, desk, give_password, host, phone
from tests.known import signed
from tests.pocket import Problem, b64, public
from tests.stories.ways import RECORDS, code_at, dump
from twofactor import policy
from twofactor.models import PortalKey

API = "/authenticator/api"
PATHS = [
    "/activations",
    f"/activations/{'A' * 22}/complete",
    "/inbox",
    f"/challenges/{'A' * 22}/answer",
    f"/challenges/{'A' * 22}/seen",
    f"/keys/{'A' * 43}/label",
    f"/keys/{'A' * 43}/pin",
    f"/keys/{'A' * 43}/revoke",
]


@pytest.fixture
def device(db):
    """A device without any key."""
    return Client(headers={"host": host(), "user-agent": ANDROID}, REMOTE_ADDR="198.51.100.30")


def problem(response):
    """Every refusal of the API has this shape; returns its code."""
    assert 400 <= response.status_code < 500 or response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    assert isinstance(body["server_time"], int)
    assert body["detail"]
    assert body["type"] == "about:blank"
    assert body["title"]
    return body["code"]


def say(device, path, body, kind="application/json"):
    return device.post(API + path, body, content_type=kind)


NONSENSE = {
    "nothing": b"",
    "no json": b"{",
    "a number": b"1",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "empty": b"{}",
    "not utf-8": b'{"code": "\xff\xfe"}',
    "half a character": b'{"code": "\\ud800", "statement": "\\ud800", "statements": ["\\ud800"]}',
    "null character": b'{"code": "\\u0000", "statement": "\\u0000", "statements": ["\\u0000"]}',
    "other types": b'{"code": 1, "statement": {}, "statements": {}}',
    "nulls": b'{"code": null, "statement": null, "statements": [null]}',
    "no statements": b'{"statements": []}',
    "too many": json.dumps({"statements": ["a.b.c"] * 17}).encode(),
    "dots": b'{"statement": "..", "statements": [".."]}',
    "a deep one": b'{"code":' + b"[" * 8000 + b"]" * 8000 + b"}",
    "long numbers": b'{"code": ' + b"9" * 8000 + b"}",
    "not a number": b'{"code": NaN, "statement": Infinity}',
    "twice": b'{"code": "x", "code": "y"}',
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_malformed_or_unknown(device, path, body):
    assert problem(say(device, path, body)) in ("malformed", "code-unknown")


@pytest.mark.parametrize("path", PATHS)
def test_a_body_over_16_kib_is_malformed(device, path):
    padding = "x" * policy.BODY_LONGEST
    assert problem(say(device, path, json.dumps({"code": "0", "padding": padding}))) == "malformed"
    assert problem(say(device, path, b"x" * 200_000)) == "malformed"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_another_kind_of_content_is_malformed(device, path, kind):
    assert problem(say(device, path, b'{"code": "0"}', kind)) == "malformed"


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_method_is_a_problem_with_the_time(device, method):
    for path in (*PATHS, "/no/such/door", "/"):
        problem(getattr(device, method)(API + path))


def test_unknown_doors_are_not_found(device):
    for path in ("/no/such/door", "/keys", "/challenges/x", "/docs", f"/keys/{'A' * 43}", "/keys/a%0Ab/pin", "/%0A"):
        assert problem(say(device, path, b"{}")) == "not-found"


STRANGE_IDS = ["%00", "..%2f..", "' OR 1=1 --", "A" * 500, "\U0001f600", "%ff"]


@pytest.mark.parametrize("name", STRANGE_IDS, ids=range(len(STRANGE_IDS)))
def test_strange_names_in_the_address_break_nothing(device, name):
    for path in (f"/challenges/{name}/answer", f"/activations/{name}/complete", f"/keys/{name}/label"):
        response = device.post(API + path, b'{"statement": "a.b.c"}', content_type="application/json")
        assert response.status_code in (400, 404)


# --- Statements ---


@pytest.fixture
def held(mara, pocket):
    """Mara's phone and the signing key in it."""
    (key,) = pocket.keys.values()
    return pocket, key


def inbox(pocket, statement):
    with pytest.raises(Problem) as refusal:
        pocket.post("/inbox", {"statements": [statement]})
    return refusal.value.code


HEADERS = [
    ({"alg": "none"}, "bad-signature"),
    ({"alg": "HS256"}, "bad-signature"),
    ({"alg": "ES384"}, "bad-signature"),
    ({"typ": "JWT"}, "bad-signature"),
    ({"typ": "portal-key-answer+jwt"}, "bad-signature"),
    ({"typ": None}, "bad-signature"),
    ({"crit": ["exp"], "exp": 1}, "bad-signature"),
    ({"kid": "A" * 43}, "key-inactive"),
    ({"kid": "' OR 1=1 --"}, "key-inactive"),
    ({"kid": ""}, "malformed"),
    ({"kid": None}, "malformed"),
    ({"kid": ["x"]}, "malformed"),
]


@pytest.mark.parametrize(("changed", "code"), HEADERS, ids=range(len(HEADERS)))
def test_a_statement_with_another_header_is_refused(held, changed, code):
    pocket, key = held
    header = {"alg": "ES256", "typ": "portal-key-inbox+jwt", "kid": key.kid, **changed}
    claims = {"aud": pocket.base_url, "iat": int(pocket.now()), "jti": "x"}
    assert inbox(pocket, signed(header, claims, key.signing)) == code


def test_the_key_is_the_servers_and_not_the_messages(held):
    """A statement that brings its own key is judged by the one on record."""
    pocket, key = held
    thief = ec.generate_private_key(ec.SECP256R1())
    header = {"alg": "ES256", "typ": "portal-key-inbox+jwt", "kid": key.kid, "jwk": public(thief)}
    claims = {"aud": pocket.base_url, "iat": int(pocket.now()), "jti": "x"}
    assert inbox(pocket, signed(header, claims, thief)) == "bad-signature"


def test_a_signature_is_one_of_two_numbers_of_32_bytes(held):
    pocket, key = held
    good = pocket._signed(key, "inbox", {"jti": "x"})
    head, _, signature = good.rpartition(".")
    for changed in ("", signature[:-2], signature + "AA", b64(bytes(64)), b64(b"\xff" * 64), signature + "="):
        assert inbox(pocket, f"{head}.{changed}") in ("bad-signature", "malformed")


def test_one_bad_statement_among_several_does_not_hide_the_good_ones(held):
    pocket, key = held
    good = pocket._signed(key, "inbox", {"jti": "x"})
    answer = pocket.post("/inbox", {"statements": ["a.b.c", good, good[:-4] + "AAAA"]})
    assert answer["kids"] == [key.kid]
    assert set(answer) == {"kids", "challenges", "messages", "push", "contexts", "server_time"}


def test_a_key_renames_and_revokes_only_itself(mara, pocket, held, device):
    """R-67: the address names the key, and only its own signature moves it."""
    _pocket, key = held
    other = "B" * 43
    for path, kind, claims in (("label", "label", {"label": "x"}), ("revoke", "revoke", {})):
        statement = pocket._signed(key, kind, claims)
        assert problem(say(device, f"/keys/{other}/{path}", json.dumps({"statement": statement}))) == "bad-signature"
    assert PortalKey.objects.get().state == "active"


# --- Claims of an activation ---


def test_an_activation_brings_a_public_key_and_nothing_private(mara, here):
    give_password(here, mara)
    pocket = phone()
    made = pocket.claim(code_at(here))
    signing = ec.generate_private_key(ec.SECP256R1())
    good = public(signing)
    bad = [
        {**good, "d": b64(bytes(32))},
        {**good, "crv": "P-384"},
        {**good, "kty": "oct", "k": "AAAA"},
        {**good, "x": b64(bytes(32))},
        {**good, "x": good["x"] + "="},
        {**good, "use": "enc"},
        {"kty": "EC"},
        "text",
        None,
    ]
    for jwk in bad:
        header = {"alg": "ES256", "typ": "portal-key-activation+jwt", "jwk": jwk}
        bound = {"nonce": made["nonce"], "activation": made["activation"]}
        statement = signed(header, {"aud": pocket.base_url, "iat": int(pocket.now()), **bound}, signing)
        with pytest.raises(Problem) as refusal:
            pocket.post(f"/activations/{made['activation']}/complete", {"statement": statement})
        assert refusal.value.code == "malformed"
    pocket.activate(PIN)


# --- When something is missing ---


def test_without_its_database_it_says_when_to_come_back(device):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tally RENAME TO out_of_reach")
    response = say(device, "/activations", b'{"code": "0000-0000-0000"}')
    assert problem(response) == "unavailable"
    assert int(response["Retry-After"]) > 0


def test_a_breakdown_tells_nothing(device, monkeypatch):
    def breaks(*args):
        raise RuntimeError("secret-in-the-message")

    monkeypatch.setattr("twofactor.enrolment.claim_invitation", breaks)
    device.raise_request_exception = False
    response = say(device, "/activations", b'{"code": "0000-0000-0000"}')
    assert response.status_code == 500
    assert b"secret-in-the-message" not in response.content


def test_refusals_speak_the_language_of_the_person(mara, pocket, device):
    """What is known of the person decides; else what the device asks for."""
    plain = json.loads(say(device, "/activations", b"{}").content)["detail"]
    User.objects.update(language="zh-hant")
    browser = desk()
    give_password(browser, mara)
    asked = pocket.challenge()
    assert asked["display"]["lang"] == "zh-hant"
    assert plain


def test_a_walk_through_the_api_by_a_stranger_changes_nothing(mara, pocket, device):
    before = dump(without=RECORDS | {"accounts_tally"})
    for path in PATHS:
        for body in NONSENSE.values():
            say(device, path, body)
    assert dump(without=RECORDS | {"accounts_tally"}) == before
