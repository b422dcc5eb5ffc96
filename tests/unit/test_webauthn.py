"""What browsers say for their passkeys, read strictly: what does not hold is refused and nothing else happens."""

import json
import struct

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from fido2 import cbor
from fido2.cose import RS256, EdDSA
from hypothesis import given
from hypothesis import strategies as some

from tests.stories.webauthn import BACKED_UP, MADE, PRESENT, VERIFIED, Keyholder
from twofactor.protocol import webauthn
from twofactor.protocol.encoding import b64url, unb64url
from twofactor.protocol.errors import Refused

CHALLENGE, HANDLE = bytes(range(32)), b"whose it is"
CREATE = {"rp": {"id": "localhost"}, "user": {"id": b64url(HANDLE)}, "challenge": b64url(CHALLENGE)}
GET = {"rpId": "localhost", "challenge": b64url(CHALLENGE)}


@pytest.fixture
def place(settings):
    return webauthn.Place("localhost", settings.PORTAL_BASE_URL)


def made(place, said):
    return webauthn.made(json.dumps(said), place=place, challenge=CHALLENGE)


def used(place, said, key):
    return webauthn.used(json.dumps(said), place=place, challenge=CHALLENGE, public_key=key, handle=HANDLE)


def test_what_was_made_can_be_used(place):
    holder = Keyholder()
    kept = made(place, holder.make(CREATE))
    assert kept.credential_id == holder.credential_id
    assert kept.transports == ("usb", "internal")
    assert used(place, holder.use(GET), kept.public_key) == webauthn.Used(1, False)
    assert webauthn.named(json.dumps(holder.use(GET))) == b64url(holder.credential_id)


def test_the_signature_is_over_everything(place):
    holder = Keyholder()
    key = made(place, holder.make(CREATE)).public_key
    said = holder.use(GET)
    for name in ("authenticatorData", "clientDataJSON", "signature"):
        data = bytearray(unb64url(said[name]))
        for at in (len(data) // 2, len(data) - 1):
            changed = bytes(data[:at]) + bytes([data[at] ^ 1]) + bytes(data[at + 1 :])
            with pytest.raises(Refused):
                used(place, {**said, name: b64url(changed)}, key)
    with pytest.raises(Refused):
        used(place, said, made(place, Keyholder().make(CREATE)).public_key)


class Other(Keyholder):
    """An authenticator whose keys are of another kind."""

    def make_of(self, cose):
        return self.make(CREATE, public_key=dict(cose))


def test_the_other_algorithms_that_are_offered_work(place):
    """COSE: EdDSA, and RSA as some computers' chips have it."""
    edwards, chip = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
    for cose in (EdDSA.from_cryptography_key(edwards.public_key()), RS256.from_cryptography_key(chip.public_key())):
        kept = made(place, Other().make_of(cose))
        assert cbor.decode(kept.public_key)[3] in webauthn.ALGORITHMS


def small_rsa():
    return dict(RS256.from_cryptography_key(rsa.generate_private_key(65537, 1024).public_key()))


BAD_KEYS = {
    "not offered": {1: 2, 3: -47, -1: 8, -2: bytes(32), -3: bytes(32)},
    "no algorithm": {1: 2},
    "not on the curve": {1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x01" * 32},
    "another curve": {1: 2, 3: -7, -1: 2, -2: bytes(48), -3: bytes(48)},
    "parts missing": {1: 2, 3: -7, -1: 1},
    "RSA of 16 kB": {1: 3, 3: -257, -1: b"\xff" * 2048, -2: b"\x01\x00\x01"},
    "RSA of another exponent": {1: 3, 3: -257, -1: b"\xff" * 256, -2: b"\x03"},
    "short Edwards": {1: 1, 3: -8, -1: 6, -2: b"short"},
}


@pytest.mark.parametrize("which", [*BAD_KEYS, "RSA of 1024 bits"])
def test_a_key_that_signs_nothing_is_not_kept(place, which):
    with pytest.raises(Refused):
        made(place, Keyholder().make(CREATE, public_key=BAD_KEYS.get(which) or small_rsa()))


def test_another_id_than_the_passkeys_own_is_refused(place):
    said = Keyholder().make(CREATE)
    with pytest.raises(Refused, match="another id"):
        made(place, {**said, "id": b64url(bytes(32))})
    with pytest.raises(Refused):
        made(place, Keyholder(credential_id=b"").make(CREATE))
    with pytest.raises(Refused):
        made(place, Keyholder(credential_id=bytes(1024)).make(CREATE))


def test_flags_that_contradict_each_other_are_refused(place):
    """WebAuthn 6.1.3: what is backed up can be."""
    with pytest.raises(Refused, match="backed up"):
        made(place, Keyholder().make(CREATE, flags=PRESENT | VERIFIED | BACKED_UP | MADE))


def test_an_answer_without_a_passkey_makes_none(place):
    holder = Keyholder()
    data = holder.data("localhost", PRESENT | VERIFIED)
    attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
    said = {**holder.make(CREATE), "attestationObject": b64url(attestation)}
    with pytest.raises(Refused, match="no passkey"):
        made(place, said)


@pytest.mark.parametrize(
    "attestation", [b"", b"\x81" * 3000, cbor.encode({"fmt": "none"}), cbor.encode(7), struct.pack(">I", 7)]
)
def test_what_no_authenticator_makes_is_refused(place, attestation):
    with pytest.raises(Refused):
        made(place, {**Keyholder().make(CREATE), "attestationObject": b64url(attestation)})


def test_what_is_too_long_is_not_read(place):
    said = Keyholder().make(CREATE)
    for longer in ({**said, "more": "x" * 17_000}, {**said, "attestationObject": b64url(bytes(4097))}):
        with pytest.raises(Refused, match="long"):
            made(place, longer)


def test_a_header_that_is_cut_is_refused(place):
    holder = Keyholder()
    key = made(place, holder.make(CREATE)).public_key
    with pytest.raises(Refused, match="no authenticator data"):
        used(place, {**holder.use(GET), "authenticatorData": b64url(bytes(36))}, key)


def test_a_passkey_that_does_not_say_whose_it_is_is_judged_by_its_key(place):
    """A security key that keeps no list of accounts gives no handle."""
    holder = Keyholder()
    key = made(place, holder.make(CREATE)).public_key
    assert used(place, holder.use(GET, handle=None), key).counter == 1


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMED = some.dictionaries(
    some.sampled_from(["id", "clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]),
    some.binary(max_size=60).map(b64url) | JSON,
)


@given(said=NAMED.map(json.dumps) | JSON.map(json.dumps) | some.text(max_size=60))
def test_whatever_is_sent_it_is_read_or_refused(said):
    """AT-132: no third way out of either."""
    place = webauthn.Place("localhost", "http://localhost")
    for read in (
        lambda: webauthn.made(said, place=place, challenge=CHALLENGE),
        lambda: webauthn.used(said, place=place, challenge=CHALLENGE, public_key=b"\xa0", handle=HANDLE),
    ):
        with pytest.raises(Refused):
            read()


@given(attestation=some.binary(max_size=200))
def test_whatever_an_authenticator_makes_it_is_read_or_refused(attestation):
    holder = Keyholder()
    origin = json.loads(holder.client("webauthn.create", CREATE["challenge"]))["origin"]
    said = {**holder.make(CREATE), "attestationObject": b64url(attestation)}
    with pytest.raises(Refused):
        made(webauthn.Place("localhost", origin), said)


def test_a_signature_of_a_chip_is_checked(place):
    """RSASSA-PKCS1-v1_5, as Windows has it."""
    import hashlib

    from cryptography.hazmat.primitives.asymmetric import padding

    chip, holder = rsa.generate_private_key(65537, 2048), Keyholder()
    key = made(place, holder.make(CREATE, public_key=dict(RS256.from_cryptography_key(chip.public_key())))).public_key
    said = holder.use(GET)
    signed = unb64url(said["authenticatorData"]) + hashlib.sha256(unb64url(said["clientDataJSON"])).digest()
    said["signature"] = b64url(chip.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
    assert used(place, said, key).counter == 1
