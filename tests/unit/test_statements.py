"""What a key signs: only the right algorithm, type, key, audience, time and nonce, and nothing that is misshapen."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.known import PROTOCOL, b64, published_key, signed, unb64
from twofactor.protocol import statements
from twofactor.protocol.errors import ProtocolError
from twofactor.protocol.statements import Refused

GOOD = PROTOCOL["statement"]["good"]
JWK = PROTOCOL["statement"]["public_jwk"]
KID = PROTOCOL["kid"]
NOW = 1_764_000_000
AUDIENCE = "https://portal.example"
NONCE = "bm9uY2U"
ANSWER_CLAIMS = ("challenge", "verdict", "display", "number", "response")

HEADER = {"alg": "ES256", "typ": statements.ANSWER, "kid": KID}
CLAIMS = {"aud": AUDIENCE, "iat": NOW, "nonce": NONCE, "challenge": "c1", "verdict": "cancel"}


def verify(statement, **changed):
    asked = {"jwk": JWK, "typ": statements.ANSWER, "audience": AUDIENCE, "now": NOW, "nonce": NONCE} | changed
    return statements.verify(statement, **asked)


def statement(header=None, claims=None, key=None):
    return signed(HEADER if header is None else header, CLAIMS if claims is None else claims, key or published_key())


def refusal(act, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return refused.value.code


def test_the_published_statement_is_accepted():
    claims = verify(GOOD, required=ANSWER_CLAIMS)
    assert claims["verdict"] == "approve"
    assert claims["response"] == PROTOCOL["pins"][0]["response"]
    assert statements.read_kid(GOOD) == KID == statements.thumbprint(JWK)


@pytest.mark.parametrize("bad", PROTOCOL["statement"]["bad"], ids=lambda bad: bad["why"])
def test_the_published_bad_statements_are_refused(bad):
    assert refusal(verify, bad["statement"], required=ANSWER_CLAIMS) == "bad-signature"


@pytest.mark.parametrize("vector", PROTOCOL["displays"], ids=lambda v: v["display"]["lang"])
def test_a_display_has_the_published_digest(vector):
    assert statements.display_digest(vector["display"]) == vector["sha256"]
    assert statements.display_digest(dict(reversed(vector["display"].items()))) == vector["sha256"]


def test_its_own_signer_agrees_with_it():
    assert verify(statement()) == CLAIMS


@pytest.mark.parametrize("part", [0, 1, 2])
def test_no_character_of_any_part_can_be_altered(part):
    parts = GOOD.split(".")
    for at in range(0, len(parts[part]), 7):
        was = parts[part][at]
        altered = parts[part][:at] + ("A" if was != "A" else "Q") + parts[part][at + 1 :]
        tampered = ".".join([*parts[:part], altered, *parts[part + 1 :]])
        assert refusal(verify, tampered) in {"malformed", "bad-signature"}


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"alg": "es256"},
        {"alg": ["ES256"]},
        {"alg": None},
        {"typ": statements.SEEN},
        {"typ": "JWT"},
        {"typ": None},
        {"typ": statements.ANSWER.upper()},
        {"crit": ["exp"], "exp": NOW + 60},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
    ],
    ids=json.dumps,
)
def test_only_es256_of_the_asked_type_without_extensions_is_accepted(header):
    assert refusal(verify, statement(HEADER | header)) == "bad-signature"


@pytest.mark.parametrize("name", ["alg", "typ"])
def test_a_header_without_algorithm_or_type_is_refused(name):
    assert refusal(verify, statement({k: v for k, v in HEADER.items() if k != name})) == "bad-signature"


def test_a_key_in_the_header_is_not_trusted():
    stranger = ec.generate_private_key(ec.SECP256R1())
    numbers = stranger.public_key().public_numbers()
    own = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.y.to_bytes(32, "big")),
    }
    forged = statement(HEADER | {"jwk": own}, key=stranger)
    assert verify(forged, jwk=own) == CLAIMS
    assert refusal(verify, forged) == "bad-signature"


@pytest.mark.parametrize("name", ["aud", "iat", "nonce", *ANSWER_CLAIMS])
def test_a_missing_claim_is_refused(name):
    full = CLAIMS | dict.fromkeys(ANSWER_CLAIMS, "x")
    assert verify(statement(claims=full), required=ANSWER_CLAIMS) == full
    del full[name]
    assert refusal(verify, statement(claims=full), required=ANSWER_CLAIMS) == "malformed"


@pytest.mark.parametrize("wrong", [None, 1, True, ["c1"], {"id": "c1"}])
@pytest.mark.parametrize("name", ["aud", "nonce", "challenge"])
def test_a_claim_of_another_kind_is_refused(name, wrong):
    assert refusal(verify, statement(claims=CLAIMS | {name: wrong}), required=("challenge",)) == "malformed"


@pytest.mark.parametrize("name", ["enc", "companion"])
def test_the_two_claims_that_are_objects_are_read_as_objects(name):
    assert verify(statement(claims=CLAIMS | {name: {}}), required=(name,))[name] == {}
    assert refusal(verify, statement(claims=CLAIMS | {name: "text"}), required=(name,)) == "malformed"


@pytest.mark.parametrize(
    "iat", ["null", "true", f'"{NOW}"', f"{NOW}.0", f"[{NOW}]", "1e9", "9" * 5000], ids=lambda iat: iat[:12]
)
def test_a_time_that_is_not_a_whole_number_is_refused(iat):
    payload = json.dumps(CLAIMS | {"iat": "IAT"}).replace('"IAT"', iat)
    assert refusal(verify, statement(claims=payload)) == "malformed"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-180, None), (180, None), (-181, "bad-signature"), (181, "bad-signature"), (10**400, "bad-signature")],
)
def test_a_statement_is_good_for_three_minutes_either_way(seconds, code):
    made = statement(claims=CLAIMS | {"iat": NOW + seconds})
    if code is None:
        assert verify(made)["iat"] == NOW + seconds
    else:
        assert refusal(verify, made, now=float(NOW)) == code


@pytest.mark.parametrize(
    "changed",
    [
        {"audience": "http://portal.example"},
        {"audience": AUDIENCE + "/"},
        {"audience": AUDIENCE + ":443"},
        {"nonce": "bm9uY2V"},
        {"nonce": ""},
        {"nonce": "nönce"},
        {"typ": statements.OPEN},
    ],
    ids=str,
)
def test_a_statement_for_another_portal_act_or_type_is_refused(changed):
    assert refusal(verify, GOOD, **changed) == "bad-signature"


def test_a_nonce_in_any_script_is_compared():
    assert refusal(verify, statement(claims=CLAIMS | {"nonce": "ノンス"})) == "bad-signature"


def test_unknown_claims_are_ignored_and_a_nonce_is_not_asked_where_there_is_none():
    claims = {"aud": AUDIENCE, "iat": NOW, "jti": "1", "later": {"version": [2]}}
    assert verify(statement(claims=claims), nonce=None, required=("jti",)) == claims


@pytest.mark.parametrize("whole", [b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 5000])
def test_a_payload_or_header_that_is_no_json_object_is_malformed(whole):
    assert refusal(verify, statement(claims=whole)) == "malformed"
    assert refusal(verify, statement(header=whole)) == "malformed"


@pytest.mark.parametrize(
    "member",
    [
        '"twice": 1, "twice": 1',
        '"number": NaN',
        '"number": -Infinity',
        '"number": 1e999',
        '"label": "\\ud800"',
        '"la\\ud800": ""',
        '"label": "nul\\u0000"',
        '"deep": [{"nul\\u0000": 1}]',
        '"raw": "\x01"',
        '"deep": ' + "[" * 5000 + "]" * 5000,
        '"deep": ' + '{"a":' * 900 + "1" + "}" * 900,
        '"digits": ' + "9" * 5000,
    ],
    ids=lambda member: ascii(member[:24]),
)
def test_one_member_that_is_not_plain_json_refuses_the_whole(member):
    def spoiled(part):
        return json.dumps(part)[:-1] + ", " + member + "}"

    assert refusal(verify, statement(claims=spoiled(CLAIMS))) == "malformed"
    assert refusal(verify, statement(header=spoiled(HEADER))) == "malformed"
    assert refusal(statements.read_kid, statement(header=spoiled(HEADER))) == "malformed"


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        b"bytes",
        [GOOD],
        {"statement": GOOD},
        "",
        "a.b",
        "a.b.c.d",
        "..",
        GOOD + ".",
        GOOD.rpartition(".")[0],
        " " + GOOD,
        GOOD + "\n",
        GOOD + "=",
        GOOD.replace("-", "+"),
        "é.é.é",
        "\ud800.a.a",
        GOOD + "A" * 16_384,
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_what_is_not_a_compact_statement_is_malformed(value):
    assert refusal(statements.read_kid, value) == "malformed"
    assert refusal(statements.introduced, value) == "malformed"
    assert refusal(verify, value) == "malformed"


def test_a_statement_may_be_sixteen_kibibytes_long_and_no_longer():
    padding = "p" * ((16_384 - len(statement(claims=CLAIMS | {"pad": ""}))) // 4 * 3)
    longest = statement(claims=CLAIMS | {"pad": padding})
    assert 16_380 <= len(longest) <= 16_384
    assert verify(longest)["pad"] == padding
    assert refusal(verify, statement(claims=CLAIMS | {"pad": padding + "p" * 4})) == "malformed"


@pytest.mark.parametrize("kid", [None, "", 7, ["a"], "k" * 129])
def test_a_kid_is_a_short_text(kid):
    assert refusal(statements.read_kid, statement(HEADER | {"kid": kid})) == "malformed"


def test_a_signature_with_stray_bits_is_refused():
    last = GOOD[-1]
    twin = GOOD[:-1] + {"Q": "R", "g": "h", "w": "x", "A": "B"}[last]
    assert unb64(twin.split(".")[2]) == unb64(GOOD.split(".")[2])
    assert refusal(verify, twin) == "malformed"


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(63), bytes(65), b""])
def test_a_signature_that_is_no_number_pair_is_refused(signature):
    assert refusal(verify, GOOD.rpartition(".")[0] + "." + b64(signature)) == "bad-signature"


def test_a_signature_with_a_zero_put_between_its_numbers_is_refused():
    body, _, signature = GOOD.rpartition(".")
    both = unb64(signature)
    assert refusal(verify, f"{body}.{b64(both[:32] + bytes(1) + both[32:])}") == "bad-signature"


def activation_header(**changed):
    return {"alg": "ES256", "typ": statements.ACTIVATION, "jwk": JWK | changed}


def test_an_activation_introduces_its_key():
    made = signed(activation_header(ext=True, key_ops=["verify"]), CLAIMS, published_key())
    jwk = statements.introduced(made)
    assert jwk == JWK
    assert verify(made, jwk=jwk, typ=statements.ACTIVATION) == CLAIMS


OFF_CURVE = b64((5).to_bytes(32, "big"))
BEYOND = b64(b"\xff" * 32)
BAD_KEYS = [
    {"d": PROTOCOL["signing_jwk"]["d"]},
    {"d": None},
    {"kty": "RSA"},
    {"kty": "OKP"},
    {"crv": "P-384"},
    {"crv": "secp256k1"},
    {"x": OFF_CURVE},
    {"x": BEYOND},
    {"x": b64(bytes(32)), "y": b64(bytes(32))},
    {"y": JWK["y"] + "="},
    {"y": None},
    {"x": 5},
    {"x": b64(b"short")},
    {"x": b64(b"\0" + unb64(JWK["x"]))},
    {"use": "enc"},
]


@pytest.mark.parametrize("changed", BAD_KEYS, ids=str)
def test_a_key_that_is_not_a_public_point_of_the_curve_is_not_introduced(changed):
    assert refusal(statements.introduced, signed(activation_header(**changed), CLAIMS, published_key())) == "malformed"


@pytest.mark.parametrize("value", [None, [], "jwk", 5])
def test_a_sealing_key_is_an_object(value):
    assert refusal(statements.public_jwk, value, "enc") == "malformed"


def test_a_sealing_key_is_cut_to_what_matters_and_is_for_sealing():
    assert statements.public_jwk(JWK | {"use": "enc", "alg": "ECDH-ES", "label": "x"}, "enc") == JWK
    assert refusal(statements.public_jwk, JWK | {"use": "sig"}, "enc") == "malformed"


def test_a_thumbprint_is_of_the_key_alone():
    # RFC 7638 section 3.2: only the required members, in order.
    assert statements.thumbprint(JWK | {"kid": "other", "use": "sig"}) == KID


@given(st.binary(max_size=100))
def test_base64url_goes_there_and_back(data):
    text = statements.b64url(data)
    assert "=" not in text
    assert statements.unb64url(text, len(data)) == data


@pytest.mark.parametrize("end", range(64))
def test_base64url_keeps_whatever_letter_its_text_ends_with(end):
    """Only the filling goes, and no letter with it."""
    assert len(statements.b64url(bytes([0, 0, end]))) == 4


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A A", "+/", "AAA\n", "ＡＡ", None, 5, b"AA"])
def test_base64url_has_one_spelling(text):
    assert refusal(statements.unb64url, text) == "malformed"


def test_base64url_of_another_length_is_refused():
    assert refusal(statements.unb64url, b64(bytes(31)), 32) == "malformed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def outcome(act, value):
    """The code of the refusal, or None; any other exception goes through and fails the test."""
    try:
        act(value)
    except ProtocolError as refused:
        return refused.code
    return None


@given(st.text() | st.lists(st.text(alphabet="AQgw-_.="), min_size=3, max_size=3).map(".".join))
def test_reading_any_text_raises_nothing_but_the_refusal(text):
    for act in (statements.read_kid, statements.introduced, verify):
        assert outcome(act, text) in {"malformed", "bad-signature"}


@given(JSON, JSON)
def test_judging_any_signed_json_raises_nothing_but_the_refusal(header, payload):
    made = signed(HEADER | {"kid": header, "jwk": header}, payload, published_key())
    assert outcome(statements.read_kid, made) in {None, "malformed"}
    assert outcome(statements.introduced, made) == "malformed"
    assert outcome(verify, made) == "malformed"
