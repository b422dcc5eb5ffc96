"""Text forms of bytes and values: base64url, strict JSON, canonical JSON.

RFC 4648 section 5 (base64url, no padding), RFC 8259 (JSON), RFC 8785 (JCS).
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, cast

from accounts.canonical import canonical

from .errors import Refused

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def b64url(data: bytes) -> str:
    """Return `data` in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: object, length: int | None = None) -> bytes:
    """Return the bytes that `text` stands for, `length` of them when it is given; else `Refused` (malformed).

    Strict: no padding, no other signs, and only the one canonical spelling, so equal bytes mean equal text.
    """
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise Refused("malformed", "not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(data) != text:
        raise Refused("malformed", "base64url with stray bits")
    if length is not None and len(data) != length:
        raise Refused("malformed", f"{len(data)} bytes where {length} are wanted")
    return data


def json_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object in `data` (UTF-8); else `Refused` (malformed).

    Refused too: a member given twice, NaN and the infinities, unpaired surrogates, and the null character, which
    no name or label has and a database may not be able to keep.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_no_member_twice)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # refuses NaN and half characters
        plain = isinstance(value, dict) and not _has_null(value)
    except (ValueError, RecursionError):
        plain = False
    if not plain:
        raise Refused("malformed", "not a plain JSON object")
    return cast(dict[str, Any], value)


def display_digest(display: Mapping[str, Any]) -> str:
    """Return the base64url SHA-256 of the canonical JSON (RFC 8785) of what a challenge displays."""
    return b64url(hashlib.sha256(canonical(dict(display))).digest())


def _no_member_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _has_null(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_null(key) or _has_null(member) for key, member in value.items())
    return isinstance(value, list) and any(_has_null(item) for item in value)
