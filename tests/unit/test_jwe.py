"""Sealed messages: the published derivation, our own published vector, and that nothing altered or misplaced opens."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from tests.known import PROTOCOL, unb64
from tests.pocket import public, unseal
from twofactor.protocol import jwe
from twofactor.protocol.errors import Refused

SEALED = PROTOCOL["sealed"]
PLACE = {"sender": SEALED["sender"], "recipient": SEALED["recipient"]}


def key_of(jwk):
    return ec.derive_private_key(int.from_bytes(unb64(jwk["d"]), "big"), ec.SECP256R1())


@pytest.fixture
def theirs():
    """The sealing key of a phone."""
    return ec.generate_private_key(ec.SECP256R1())


def test_the_key_is_derived_as_rfc_7518_publishes_it():
    """Appendix C: Alice seals for Bob."""
    alice = key_of({"d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"})
    bob = key_of({"d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"})
    derived = jwe.agreed_key(alice, bob.public_key(), "A128GCM", 128, b"Alice", b"Bob")
    assert derived == unb64("VqqN6vgjbSBcIijNcacQGg")
    assert derived == jwe.agreed_key(bob, alice.public_key(), "A128GCM", 128, b"Alice", b"Bob")


def test_the_published_message_is_made_and_opened():
    theirs, ours, iv = key_of(SEALED["sealing_jwk"]), key_of(SEALED["ephemeral_jwk"]), unb64(SEALED["iv"])
    made = jwe.seal(SEALED["plaintext"].encode(), public(theirs), **PLACE, ephemeral=ours, randomness=lambda _size: iv)
    assert made == SEALED["jwe"]
    assert unseal(theirs, made, **PLACE).decode() == SEALED["plaintext"]


def test_every_message_has_a_key_and_a_nonce_of_its_own(theirs):
    one, other = (jwe.seal(b"the same", public(theirs), **PLACE).split(".") for _ in range(2))
    assert all(one[at] != other[at] for at in (0, 2, 3, 4))
    assert one[1] == other[1] == ""


def test_no_part_of_it_can_be_altered(theirs):
    parts = jwe.seal(b"a temporary password", public(theirs), **PLACE).split(".")
    opened = 0
    for at, part in enumerate(parts):
        for byte in range(len(unb64(part))):
            changed = bytearray(unb64(part))
            changed[byte] ^= 1
            text = base64.urlsafe_b64encode(changed).decode().rstrip("=")
            # Whatever it trips over first: the header's JSON, its members, the curve, or the tag.
            with pytest.raises((InvalidTag, ValueError, KeyError, TypeError)):
                unseal(theirs, ".".join([*parts[:at], text, *parts[at + 1 :]]), **PLACE)
            opened += 1
    assert opened > 200


@pytest.mark.parametrize("wrong", [{"sender": "https://portal.exampl"}, {"recipient": "k.m2"}])
def test_it_opens_in_no_other_place(theirs, wrong):
    """R-40: another portal, another key, another message."""
    sealed = jwe.seal(b"a temporary password", public(theirs), **PLACE)
    with pytest.raises(ValueError, match="another place"):
        unseal(theirs, sealed, **{**PLACE, **wrong})
    # Nor with a header that says so: the header is sealed with it.
    head, *rest = sealed.split(".")
    lie = {**json.loads(unb64(head)), "apu": "eA", "apv": "eQ"}
    forged = base64.urlsafe_b64encode(json.dumps(lie).encode()).decode().rstrip("=")
    with pytest.raises(InvalidTag):
        unseal(theirs, ".".join([forged, *rest]), "x", "y")


def test_nobody_else_opens_it(theirs):
    sealed = jwe.seal(b"a temporary password", public(theirs), **PLACE)
    with pytest.raises(InvalidTag):
        unseal(ec.generate_private_key(ec.SECP256R1()), sealed, **PLACE)


@pytest.mark.parametrize("jwk", [{}, {"x": "AA", "y": "AA"}, {"x": "A" * 43, "y": "A" * 43}])
def test_what_is_no_key_is_refused(jwk):
    with pytest.raises(Refused):
        jwe.seal(b"a temporary password", jwk, **PLACE)
