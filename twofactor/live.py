"""The bell: who watches what, and "look again" to all of them, after commit.

A ring carries one word at most and may be lost; the rows are the truth, and every page also asks again by itself. So a
bell that is dead makes the portal slower and never wrong (R-70, R-89).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from functools import partial

from django.core import signing
from django.db import DatabaseError, transaction

from accounts import limits
from twofactor import policy
from twofactor.bell import bell

_SALT = "twofactor.live"

DESK = "desk"
PERSON = "person"
# The word for a desk whose sign-in is approved.
APPROVED = "approved"


def desk_group(login_id: str) -> str:
    return f"desk.{login_id}"


def key_group(kid: str) -> str:
    return f"key.{kid}"


def person_group(user_id: int) -> str:
    return f"person.{user_id}"


def tell_desk(login_id: str | None, word: str = "") -> None:
    """The sign-in's page should look again."""
    if login_id:
        ring(desk_group(login_id), word)


def tell_key(kid: str) -> None:
    """The authenticator that holds this key should look into its inbox again."""
    ring(key_group(kid))


def tell_person(user_id: int) -> None:
    """The open pages about this person's key should look again."""
    ring(person_group(user_id))


def ring(group: str, word: str = "") -> None:
    """Let whoever is in this group look again, once what happened is committed."""
    transaction.on_commit(partial(bell.ring, group, word))


def ticket(kind: str, name: object) -> str:
    """A signed pass for one socket: what may be watched, for TICKET_LIFE and once. It tells, it never decides."""
    # With a number of its own: two that are made in the same second are still two.
    return signing.TimestampSigner(salt=_SALT).sign(f"{kind}:{name}:{secrets.token_urlsafe(9)}")


def read_ticket(kind: str, given: str) -> str | None:
    """The name inside a ticket of this kind, or None for anything forged, of another kind or too old."""
    try:
        told = signing.TimestampSigner(salt=_SALT).unsign(given, max_age=policy.TICKET_LIFE)
    except (signing.BadSignature, ValueError):
        return None
    found, _, rest = told.partition(":")
    return rest.rpartition(":")[0] if found == kind else None


def use_up(tickets: Sequence[str]) -> list[bool]:
    """Which of these open their sockets now: those shown for the first time, on whichever process (R-65)."""
    digests = [hashlib.sha256(given.encode()).hexdigest() for given in tickets]
    try:
        fresh = limits.firsts(policy.TICKET_ONCE, digests)
    except DatabaseError:
        # SECURITY: what cannot be counted is refused. The page asks by itself, and gets another ticket.
        fresh = set()
    return [_takes(fresh, digest) for digest in digests]


def _takes(fresh: set[str], digest: str) -> bool:
    """SECURITY: of one ticket that is shown twice in the same moment the first alone finds it fresh."""
    try:
        fresh.remove(digest)
    except KeyError:
        return False
    return True
