"""What a browser says for its passkeys: WebAuthn level 3, sections 7.1 (made) and 7.2 (used), attestation none.

The keys themselves are read by fido2; everything that decides stands here.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.webauthn import AttestationObject

from .encoding import b64url, json_object, unb64url
from .errors import Refused

# The algorithms that are offered, the one that every authenticator knows first: ES256, EdDSA, RS256 (COSE, RFC 9053).
ALGORITHMS = (ES256.ALGORITHM, EdDSA.ALGORITHM, RS256.ALGORITHM)
TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")

_LONGEST = 16 * 1024
_LONGEST_PART = 4 * 1024
_LONGEST_ID = 1023
_PRESENT, _VERIFIED, _ELIGIBLE, _BACKED_UP = 0x01, 0x04, 0x08, 0x10
# SHA-256 of the relying party's id, flags, counter (section 6.1).
_HEADER = struct.Struct(">32sBI")
_RSA_BYTES = range(256, 513)
_RSA_EXPONENT = b"\x01\x00\x01"
# What the readers of CBOR and COSE raise at something that is none.
_UNREADABLE = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError),
    *(struct.error, UnsupportedAlgorithm),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a passkey belongs to: `rp_id` is a host, `origin` the one page's origin from which it may be used."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey as it was made: its id, its public key (COSE), its counter, and whether it lives in a keychain."""

    credential_id: bytes
    public_key: bytes
    counter: int
    backed_up: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """What an assertion says of the passkey, once its signature has been found right."""

    counter: int
    backed_up: bool


def made(sent: str, *, place: Place, challenge: bytes) -> Made:
    """Read what `navigator.credentials.create` gave, as JSON. Raises Refused for anything that does not hold."""
    said = _read(sent)
    _check_client(_part(said, "clientDataJSON"), "webauthn.create", place, challenge)
    try:
        data = AttestationObject(_part(said, "attestationObject")).auth_data
        kept = data.credential_data
        if kept is None:
            raise Refused("malformed", "no passkey in what was made")
        credential_id, public_key = kept.credential_id, cbor.encode(dict(kept.public_key))
        _check_key(kept.public_key)
    except _UNREADABLE as problem:
        raise Refused("malformed", "not what an authenticator makes") from problem
    counter, backed_up = _check_header(bytes(data), place)
    if not 0 < len(credential_id) <= _LONGEST_ID or not hmac.compare_digest(credential_id, _part(said, "id")):
        raise Refused("malformed", "another id than that of the passkey")
    told = said.get("transports")
    known = tuple(each for each in TRANSPORTS if each in told) if isinstance(told, list) else ()
    return Made(credential_id, public_key, counter, backed_up, known)


def named(sent: str) -> str:
    """Return which passkey an assertion claims to be of: its id in base64url. Raises Refused."""
    return b64url(_part(_read(sent), "id"))


def used(sent: str, *, place: Place, challenge: bytes, public_key: bytes, handle: bytes) -> Used:
    """Check what `navigator.credentials.get` gave, as JSON. Raises Refused for anything that does not hold.

    Args: `public_key` (COSE) and `handle` (whose passkey it is) come from our own row, never from the message.
    """
    said = _read(sent)
    client, data = _part(said, "clientDataJSON"), _part(said, "authenticatorData")
    _check_client(client, "webauthn.get", place, challenge)
    counter, backed_up = _check_header(data, place)
    if said.get("userHandle") is not None and not hmac.compare_digest(_part(said, "userHandle"), handle):
        raise Refused("bad-signature", "a passkey of somebody else")
    signed = data + hashlib.sha256(client).digest()
    try:
        CoseKey.parse(cbor.decode(public_key)).verify(signed, _part(said, "signature"))  # type: ignore[arg-type]
    except (InvalidSignature, *_UNREADABLE) as problem:
        raise Refused("bad-signature", "not signed by this passkey") from problem
    return Used(counter, backed_up)


def _read(sent: str) -> dict[str, Any]:
    if len(sent) > _LONGEST:
        raise Refused("malformed", "longer than any authenticator's answer")
    return json_object(sent.encode("utf-8", "replace"))


def _part(said: dict[str, Any], name: str) -> bytes:
    part = unb64url(said.get(name))
    if len(part) > _LONGEST_PART:
        raise Refused("malformed", f"{name} is too long")
    return part


def _check_client(client: bytes, typ: str, place: Place, challenge: bytes) -> None:
    """What the browser itself has signed: for what, where, and which challenge (section 5.8.1)."""
    said = json_object(client)
    if said.get("type") != typ:
        raise Refused("bad-signature", "made for something else")
    if not hmac.compare_digest(unb64url(said.get("challenge")), challenge):
        raise Refused("bad-signature", "an answer to another challenge")
    # SECURITY: the whole origin, and no frame of another one: this is what makes a passkey useless to a look-alike.
    if said.get("origin") != place.origin or said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise Refused("bad-signature", "from another page")


def _check_header(data: bytes, place: Place) -> tuple[int, bool]:
    """What the authenticator has signed: for whom, and that it has seen and recognised its person (section 6.1)."""
    if len(data) < _HEADER.size:
        raise Refused("malformed", "no authenticator data")
    whose, flags, counter = _HEADER.unpack_from(data)
    if not hmac.compare_digest(whose, hashlib.sha256(place.rp_id.encode()).digest()):
        raise Refused("bad-signature", "made for another host")
    # SECURITY: recognised, and not only there: whoever has found the device approves nothing with it.
    if not flags & _PRESENT or not flags & _VERIFIED:
        raise Refused("bad-signature", "nobody was recognised")
    if flags & _BACKED_UP and not flags & _ELIGIBLE:
        raise Refused("malformed", "backed up without being able to")
    return counter, bool(flags & _BACKED_UP)


def _check_key(key: CoseKey) -> None:
    """A key that signs nothing may not be kept: it would lock its person out. So it is tried once."""
    if key.get(3) not in ALGORITHMS:
        raise Refused("malformed", "an algorithm that was not offered")
    if key[3] == RS256.ALGORITHM and (len(key[-1]) not in _RSA_BYTES or key[-2] != _RSA_EXPONENT):
        # What it costs to check a signature is decided by whoever makes the key.
        raise Refused("malformed", "an RSA key of an unusual size")
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return
