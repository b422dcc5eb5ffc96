"""The phone in Python keeps to the published vectors and knows nothing of the portal's own code."""

import ast
import hashlib
from pathlib import Path

import pytest

from tests import pocket
from tests.known import PROTOCOL, b64, published_key, unb64
from tests.pocket import Pocket, Problem
from twofactor.protocol import statements

BASE = "https://portal.example"


def silent(path, body):
    raise AssertionError(f"nothing was to be sent to {path}")


@pytest.fixture
def phone():
    phone = Pocket(BASE, silent, clock=lambda: 1_764_000_000.0, salt=unb64(PROTOCOL["salt"]))
    phone.secret = unb64(PROTOCOL["install_secret"])
    phone.keys[PROTOCOL["kid"]] = pocket.Key(published_key(), published_key(), PROTOCOL["kid"], {}, "active")
    return phone


def test_it_imports_nothing_of_the_portals():
    tree = ast.parse(Path(pocket.__file__).read_text("utf-8"))
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            roots.add((node.module or "").partition(".")[0])
    assert roots
    assert not roots & {"accounts", "twofactor", "portal", "tests", "django"}


@pytest.mark.parametrize("vector", PROTOCOL["pins"], ids=lambda v: ascii(v["pin"]))
def test_it_computes_what_is_published_for_a_pin(phone, vector):
    assert Pocket.iterations == PROTOCOL["iterations"]
    assert b64(phone.pin_bits(vector["pin"])) == vector["pin_bits"]
    assert b64(phone.response_key(PROTOCOL["kid"], vector["pin"])) == vector["response_key"]
    shown = phone.respond(vector["question"], vector["pin"])
    assert shown == f"{vector['response'][:4]} {vector['response'][4:]}"
    assert phone.respond(vector["question"], vector["pin"], now=vector["time"] + 3600) != shown


@pytest.mark.parametrize("vector", PROTOCOL["displays"], ids=lambda v: v["display"]["lang"])
def test_it_makes_the_published_canonical_form(vector):
    assert pocket.canonical(vector["display"]).decode() == vector["jcs"]
    assert b64(hashlib.sha256(pocket.canonical(vector["display"])).digest()) == vector["sha256"]


def test_it_names_a_key_as_published():
    assert pocket.public(published_key()) == PROTOCOL["statement"]["public_jwk"]
    assert pocket.thumbprint(PROTOCOL["statement"]["public_jwk"]) == PROTOCOL["kid"]


@pytest.mark.parametrize(
    "vector", [v for v in PROTOCOL["activation_codes"] if v["means"]], ids=lambda v: ascii(v["typed"])
)
def test_it_reads_a_code_as_published(vector):
    assert pocket.read_code(vector["typed"]) == vector["means"]


def test_its_answer_is_accepted_by_the_portals_own_reader(phone):
    sent = []
    phone._post = lambda path, body: sent.append((path, body)) or (200, {"state": "approved"}, {})
    display = PROTOCOL["displays"][1]
    challenge = {"id": "c1", "kid": PROTOCOL["kid"], "nonce": "n", "question": "483920", "display": display["display"]}
    assert phone.approve(challenge, "24x7") == {"state": "approved"}
    ((path, body),) = sent
    claims = statements.verify(
        body["statement"],
        jwk=PROTOCOL["statement"]["public_jwk"],
        typ=statements.ANSWER,
        audience=BASE,
        now=phone.now(),
        nonce="n",
        required=("challenge", "verdict", "display", "number", "response"),
    )
    assert path == "/authenticator/api/challenges/c1/answer"
    assert claims["display"] == display["sha256"]
    assert (claims["number"], claims["response"]) == ("483920", PROTOCOL["pins"][0]["response"])


def test_it_corrects_its_clock_by_the_servers(phone):
    phone.ahead = 3600
    phone._post = lambda path, body: (200, {"challenges": [], "server_time": 1_764_000_000}, {})
    assert phone.now() == 1_764_003_600
    phone.inbox()
    assert phone.now() == 1_764_000_000
    phone.learns, phone._correction = False, 0
    phone.inbox()
    assert phone.now() == 1_764_003_600


def test_a_refusal_is_an_exception_with_the_problems_code(phone):
    phone._post = lambda path, body: (404, {"code": "code-unknown", "server_time": 1_764_000_000}, {})
    with pytest.raises(Problem) as problem:
        phone.claim("K7QF-9M2X-4TBD")
    assert (problem.value.status, problem.value.code) == (404, "code-unknown")
