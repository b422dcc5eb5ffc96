"""The token of each form: what Django makes of it, in one draw and without a search for each sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.middleware import csrf

from accounts.drawing import word

_SIGNS: Final = csrf.CSRF_ALLOWED_CHARS
_PLACES: Final = bytes.maketrans(_SIGNS.encode("ascii"), bytes(range(len(_SIGNS))))
# Where the sum of two places leads, which goes round.
_SUMS: Final = 2 * _SIGNS


def begin() -> None:
    """SECURITY: the same 32 of 62 signs as before, and the same mask around them, anew on each page (BREACH)."""
    csrf._get_new_csrf_string = _secret  # noqa: SLF001
    csrf._mask_cipher_secret = _masked  # type: ignore[attr-defined] # noqa: SLF001
    csrf._unmask_cipher_token = _unmasked  # type: ignore[attr-defined] # noqa: SLF001


def _secret() -> str:
    return word(csrf.CSRF_SECRET_LENGTH, _SIGNS)


def _masked(secret: str) -> str:
    mask = _secret()
    return mask + "".join([_SUMS[one + other] for one, other in _places(secret, mask)])


def _unmasked(token: str) -> str:
    mask, masked = token[: csrf.CSRF_SECRET_LENGTH], token[csrf.CSRF_SECRET_LENGTH :]
    # Below the first sign they are counted from the last.
    return "".join([_SIGNS[one - other] for one, other in _places(masked, mask)])


def _places(one: str, other: str) -> Iterator[tuple[int, int]]:
    return zip(one.encode("ascii").translate(_PLACES), other.encode("ascii").translate(_PLACES), strict=True)
