"""The authenticator's own modules, in the browser, against the published vectors and the portal's own reader."""

import pytest
from playwright.sync_api import Page

from tests.known import OCRA, PROTOCOL
from twofactor.protocol import statements

ALL_ROUNDS = True
VECTORS_OF_OCRA = OCRA["standard"] + OCRA["portal_key"]


@pytest.fixture
def page(phone) -> Page:
    """Any page of the portal will do: what counts is its origin and its content security policy."""
    phone.open("/sign-in/")
    return phone.page


def test_the_browser_computes_the_published_responses(page):
    run = """async (vectors) => {
        const { ocra } = await import("/static/authenticator/ocra.js");
        const key = (vector) => new TextEncoder().encode(vector.key_ascii);
        return Promise.all(vectors.map((vector) => ocra(vector.suite, key(vector), vector)));
    }"""
    assert len(VECTORS_OF_OCRA) == 70
    assert page.evaluate(run, VECTORS_OF_OCRA) == [vector["response"] for vector in VECTORS_OF_OCRA]


def test_the_browser_computes_the_published_response_keys_of_pins(page):
    run = """async ([{ pin, question, time }, { kid, salt, install_secret }]) => {
        const { b64url, pinBits, respond, responseKey, unb64url } = await import("/static/authenticator/protocol.js");
        const hmac = { name: "HMAC", hash: "SHA-256" };
        const secret = await crypto.subtle.importKey("raw", unb64url(install_secret), hmac, false, ["sign"]);
        const bits = await pinBits(pin, unb64url(salt));
        const key = await responseKey(secret, kid, bits);
        return [b64url(bits), b64url(key), await respond(key, question, time)];
    }"""
    for vector in PROTOCOL["pins"]:
        expected = [vector["pin_bits"], vector["response_key"], vector["response"]]
        assert page.evaluate(run, [vector, PROTOCOL]) == expected


def test_the_browser_makes_the_published_canonical_forms_and_digests(page):
    run = """async (display) => {
        const { displayDigest, jcs } = await import("/static/authenticator/protocol.js");
        return [jcs(display), await displayDigest(display)];
    }"""
    for vector in PROTOCOL["displays"]:
        assert page.evaluate(run, vector["display"]) == [vector["jcs"], vector["sha256"]]


def test_the_browser_names_a_key_as_published(page):
    run = """async (jwk) => (await import("/static/authenticator/protocol.js")).thumbprint(jwk)"""
    assert page.evaluate(run, PROTOCOL["signing_jwk"]) == PROTOCOL["kid"]


def test_the_browser_reads_codes_as_published(page):
    run = """async (typed) => (await import("/static/authenticator/protocol.js")).readActivationCode(typed)"""
    for vector in PROTOCOL["activation_codes"]:
        assert page.evaluate(run, vector["typed"]) == vector["means"]


def test_an_answer_made_in_the_browser_is_accepted_by_the_portals_reader(page):
    run = """async ([vectors, challenge, at, proof]) => {
        const { answerStatement } = await import("/static/authenticator/protocol.js");
        const curve = { name: "ECDSA", namedCurve: "P-256" };
        const signing = await crypto.subtle.importKey("jwk", vectors.signing_jwk, curve, false, ["sign"]);
        return answerStatement({ kid: vectors.kid, signing }, at, challenge, "approve", proof);
    }"""
    shown = PROTOCOL["displays"][1]
    challenge = {"id": "c1", "nonce": "bm9uY2U", "display": shown["display"]}
    at = {"aud": "https://portal.example", "iat": 1764000000}
    proof = {"number": "483920", "response": "25846082"}
    statement = page.evaluate(run, [PROTOCOL, challenge, at, proof])
    assert statements.read_kid(statement) == PROTOCOL["kid"]
    claims = statements.verify(
        statement,
        jwk=PROTOCOL["statement"]["public_jwk"],
        typ=statements.ANSWER,
        audience=at["aud"],
        now=at["iat"],
        nonce=challenge["nonce"],
        required=("challenge", "verdict", "display", "number", "response"),
    )
    assert claims == {
        **at,
        **proof,
        "nonce": "bm9uY2U",
        "challenge": "c1",
        "verdict": "approve",
        "display": shown["sha256"],
    }


def test_the_browser_opens_the_published_message_and_nothing_that_was_altered_or_moved(page):
    """Protocol, section 8: as the private half is kept on the phone, not extractable and for one use."""
    run = """async ([sealed, places]) => {
        const { unseal } = await import("/static/authenticator/jwe.js");
        const curve = { name: "ECDH", namedCurve: "P-256" };
        const key = await crypto.subtle.importKey("jwk", sealed.sealing_jwk, curve, false, ["deriveBits"]);
        return Promise.all(places.map((place) => unseal(key, ...place).catch(() => null)));
    }"""
    sealed = PROTOCOL["sealed"]
    jwe, place = sealed["jwe"], [sealed["sender"], sealed["recipient"]]
    parts = jwe.split(".")
    altered = [[".".join([*parts[:at], flipped(part), *parts[at + 1 :]]), *place] for at, part in enumerate(parts)]
    # The tag cut short, with what was cut off left in the text.
    altered.append([".".join([*parts[:3], parts[3] + parts[4][:4], parts[4][4:]]), *place])
    moved = [[jwe, "https://portal.exampl", place[1]], [jwe, place[0], place[1] + "2"]]
    said = page.evaluate(run, [sealed, [[jwe, *place], *altered, *moved]])
    assert said == [sealed["plaintext"], *[None] * 8]


def flipped(part: str) -> str:
    """Another first character; something where nothing was."""
    return ("B" if part[:1] == "A" else "A") + (part[1:] or "AAA")


@pytest.mark.parametrize(
    "typed", ["４８３９２０", "４８３　９２０", " 483-920 ", "483－920", "\ufeff483\u2009920\u200b", "48 39\u201320"]
)
def test_the_browser_reads_digits_however_a_keyboard_writes_them(page, typed):
    run = """async (typed) => (await import("/static/authenticator/protocol.js")).readDigits(typed)"""
    assert page.evaluate(run, typed) == "483920"
