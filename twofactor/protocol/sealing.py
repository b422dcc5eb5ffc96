"""Secrets at rest, bound to the row they belong to: AES-256-GCM (NIST SP 800-38D) under a ring of keys."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .deriving import derive, digits, fingerprint, joined
from .encoding import b64url, unb64url
from .errors import Misused, Refused, Unsealable

__all__ = ["Keyring", "Unsealable", "derive", "digits", "fingerprint"]

_VERSION = "v1"
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that seal fields of the database: the current one seals, all of them open.

    A sealed value is ``v1.<key id>.<base64url of nonce and ciphertext>``. Its context (table, row, field, say) is
    authenticated with it, so a value copied to another row does not open there. Nonces are 96 random bits: fewer
    than 2^32 values are to be sealed under one key (SP 800-38D section 8.3).
    """

    current: str
    _ciphers: Mapping[str, AESGCM]
    _randomness: Callable[[int], bytes] = field(default=os.urandom)

    @classmethod
    def parse(cls, text: str, randomness: Callable[[int], bytes] = os.urandom) -> "Keyring":
        """Read ``id:base64url of 32 bytes,...``; the first key is the current one. Raises `Misused`."""
        ciphers: dict[str, AESGCM] = {}
        for entry in text.split(","):
            key_id, colon, encoded = entry.strip().partition(":")
            # SECURITY: what has no colon after it may be a key, and is not named below.
            if not colon or not _KEY_ID.fullmatch(key_id) or key_id in ciphers:
                raise Misused("a field key needs an id of its own, of letters, digits, _ and -")
            try:
                ciphers[key_id] = AESGCM(unb64url(encoded, _KEY_BYTES))
            except Refused:
                # SECURITY: the message names the key, never its bytes; nor does the cause.
                raise Misused(f"field key {key_id} is not base64url of 32 bytes") from None
        return cls(next(iter(ciphers)), ciphers, randomness)

    def seal(self, plaintext: bytes, *context: str) -> str:
        """Seal `plaintext` under the current key for `context`, which must name where it belongs."""
        nonce = self._randomness(_NONCE_BYTES)
        sealed = self._ciphers[self.current].encrypt(nonce, plaintext, _bound(self.current, context))
        return f"{_VERSION}.{self.current}.{b64url(nonce + sealed)}"

    def open(self, sealed: str, *context: str) -> bytes:
        """Return what `sealed` holds; `Unsealable` if it was altered, is from another `context`, or its key is gone."""
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        cipher = self._ciphers.get(key_id)
        if version != _VERSION or cipher is None:
            raise Unsealable("of another version, or under a key that is not on the ring")
        try:
            data = unb64url(encoded)
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound(key_id, context))
        except (Refused, InvalidTag, ValueError):
            raise Unsealable("altered, or sealed for another place") from None

    @property
    def prefix(self) -> str:
        """How everything begins that is sealed under the current key."""
        return f"{_VERSION}.{self.current}."

    def needs_reseal(self, sealed: str) -> bool:
        """Tell whether `sealed` is under another key than the current one."""
        return not sealed.startswith(self.prefix)

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._ciphers)}, current {self.current}>"


def _bound(key_id: str, context: tuple[str, ...]) -> bytes:
    if not context:
        raise Misused("a sealed value is bound to the place it belongs to")
    return joined(_VERSION, key_id, *context)
