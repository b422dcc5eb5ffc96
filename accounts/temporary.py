"""Temporary passwords as text: 16 characters of base32 (80 bits, P-34), made by the server and typed once."""

from __future__ import annotations

import secrets
import unicodedata

from accounts.policy import TEMPORARY_LENGTH

# No 0 and O, no 1 and I: nothing in it can be taken for something else, so nothing has to be guessed when it is read.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUP = 4
# With the blanks and dashes that people type; nothing longer is looked at.
_LONGEST = 32
_CAPITALS = {ord(sign.lower()): sign for sign in ALPHABET}


def draw() -> str:
    """A new one, in groups: "K7QF-9M2X-4TBD-W3HN"."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(TEMPORARY_LENGTH))
    return "-".join(signs[at : at + _GROUP] for at in range(0, TEMPORARY_LENGTH, _GROUP))


def read(typed: str) -> str | None:
    """The temporary password that was typed, as `draw` writes it, or None for anything of another form.

    Case, blanks and dashes do not matter.
    """
    if len(typed) > _LONGEST:
        return None
    kept = (sign for sign in unicodedata.normalize("NFKC", typed) if not _separates(sign))
    signs = "".join(kept).translate(_CAPITALS)
    if len(signs) != TEMPORARY_LENGTH or not set(signs) <= set(ALPHABET):
        return None
    return "-".join(signs[at : at + _GROUP] for at in range(0, TEMPORARY_LENGTH, _GROUP))


def _separates(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Pd"
