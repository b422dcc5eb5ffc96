"""Where one step further would be another answer: lengths and counts at their limit, as the mutants found them."""

import hmac

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.known import PROTOCOL, b64, published_key, signed, unb64
from tests.pocket import public
from twofactor.protocol import deriving, jwe, ocra, rfc6287, sealing, statements, typed, webpush
from twofactor.protocol.errors import Misused, Refused


def test_a_pepper_of_sixteen_bytes_is_one_and_of_fifteen_is_none():
    assert len(deriving.derive(bytes(16), "purpose")) == 32
    with pytest.raises(Misused):
        deriving.derive(bytes(15), "purpose")


def test_sixty_four_characters_are_read_and_sixty_five_are_not():
    """AT-128: the first that is too long is not cut, it is nothing."""
    assert typed.bare("1" * 64) == "1" * 64
    assert typed.bare("1" * 65) is None
    assert typed.readable("1" * 7, 7) == "1" * 7
    assert typed.readable("1" * 8, 7) is None


def test_a_sealed_message_has_a_nonce_of_ninety_six_bits():
    """RFC 7518 section 5.3: any other length is no A256GCM."""
    theirs = public(ec.generate_private_key(ec.SECP256R1()))
    sealed = jwe.seal(b"words", theirs, sender="https://portal.example", recipient="key:1")
    assert len(unb64(sealed.split(".")[2])) == 12


def test_a_clock_that_is_a_day_off_is_named_and_one_that_is_a_minute_more_is_not():
    """P-12, AT-037."""
    key, now, day = bytes(32), 1_764_000_000, 24 * 60
    for minutes in (-day, day):
        far, farther = (ocra.respond(key, "483920", now + 60 * each) for each in (minutes, minutes + minutes // day))
        assert ocra.check(key, "483920", far, now) == ocra.Match(ok=False, off_by=minutes)
        assert ocra.check(key, "483920", farther, now) == ocra.Match(ok=False)


def test_of_two_minutes_that_fit_the_nearer_one_is_named(monkeypatch):
    ours = 1_764_000_000 // 60
    right = {ours - 900: "12345678", ours + 7: "12345678"}
    monkeypatch.setattr(ocra, "by_step", lambda *_given: lambda step: right.get(step, "00000000"))
    assert ocra.check(bytes(32), "483920", "12345678", 60.0 * ours).off_by == 7


def test_the_message_of_a_suite_with_everything_is_put_together_as_the_standard_says():
    """RFC 6287 section 5.1: suite, zero, counter, question, hash of the PIN, session, step, one after another."""
    suite, session = "OCRA-1:HOTP-SHA256-8:C-QA08-PSHA1-S064-T1M", b"from here"
    given = {"counter": 7, "pin": "1234", "session": session, "step": 5}
    message = suite.encode() + b"\0" + (7).to_bytes(8) + b"SIG10000".ljust(128, b"\0")
    message += bytes.fromhex("7110eda4d09e062aa5e4a390b0a572ac0d2c0220") + session.rjust(64, b"\0") + (5).to_bytes(8)
    expected = rfc6287._truncated(hmac.digest(b"k" * 32, message, "sha256"), 8)
    assert rfc6287.compute(suite, b"k" * 32, "SIG10000", **given) == expected


def test_every_statement_has_the_type_that_the_protocol_gives_it():
    """R-10: one for each use. Phones that are out there sign under these names."""
    uses = ["ACTIVATION", "ATTACH", "INBOX", "ANSWER", "SEEN", "OPEN", "PIN", "PUSH", "TEST", "LABEL", "REVOKE"]
    assert {use: getattr(statements, use) for use in uses} == {use: f"portal-key-{use.lower()}+jwt" for use in uses}


@pytest.mark.parametrize("length", [1, 128])
def test_a_kid_of_one_character_is_one_and_so_is_one_of_128(length):
    named = signed({"kid": "k" * length}, {}, published_key())
    assert statements.read_kid(named) == "k" * length


def test_a_key_that_says_it_is_for_signing_is_introduced():
    jwk = PROTOCOL["statement"]["public_jwk"]
    told = {name: jwk[name] for name in ("kty", "crv", "x", "y")} | {"use": "sig"}
    introducing = signed({"alg": "ES256", "typ": statements.ACTIVATION, "jwk": told}, {}, published_key())
    assert statements.introduced(introducing)["x"] == jwk["x"]


def test_what_is_sealed_is_bound_to_the_version_the_key_and_the_place():
    """R-76: read by hand, as NIST SP 800-38D would have it."""
    ring = sealing.Keyring.parse(f"k1:{b64(bytes(32))}", randomness=bytes)
    data = unb64(ring.seal(b"words", "key", "1").split(".")[2])
    place = b"".join(len(part).to_bytes(4) + part for part in (b"v1", b"k1", b"key", b"1"))
    assert AESGCM(bytes(32)).decrypt(data[:12], data[12:], place) == b"words"


def test_a_question_of_128_bytes_is_one_and_a_longer_one_is_none():
    """RFC 6287 section 5.1."""
    assert len(rfc6287.compute("OCRA-1:HOTP-SHA256-8:QA08", b"k" * 32, "q" * 128)) == 8
    with pytest.raises(Misused):
        rfc6287.compute("OCRA-1:HOTP-SHA256-8:QA08", b"k" * 32, "q" * 129)


def test_an_address_of_2048_characters_is_read_and_a_key_in_its_short_form_is_not():
    """AT-120. A browser's key is 65 bytes (Push API): the 33 of the compressed form would be the same point."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    long, short = (
        point.public_bytes(serialization.Encoding.X962, form)
        for form in (
            serialization.PublicFormat.UncompressedPoint,
            serialization.PublicFormat.CompressedPoint,
        )
    )
    given = {"endpoint": "https://push.example/".ljust(2048, "a"), "p256dh": b64(long), "auth": b64(bytes(16))}
    assert webpush.Subscription.read(given).endpoint == given["endpoint"]
    for wrong in ({"endpoint": given["endpoint"] + "a"}, {"p256dh": b64(short)}):
        with pytest.raises(Refused):
            webpush.Subscription.read(given | wrong)


@pytest.mark.parametrize("size", [31, 33])
def test_the_key_of_a_sender_is_of_32_bytes(size):
    """RFC 8292: a shorter number would be a key as well, and not the one that the operator has made."""
    with pytest.raises(ValueError, match="not 32 bytes"):
        webpush.Sender(b64(bytes(size - 1) + b"\1"))
