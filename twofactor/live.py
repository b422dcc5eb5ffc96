"""The bell: who watches what, and "look again" to all of them, after commit.

A message of the channel layer carries nothing and may be lost; the rows are the truth, and every page also asks again
by itself. So a dead layer makes the portal slower and never wrong (R-70, R-89).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets

from asgiref.sync import SyncToAsync, async_to_sync
from channels.layers import BaseChannelLayer, get_channel_layer
from django.core import signing
from django.db import DatabaseError, transaction

from accounts import limits
from accounts.limits import RateLimited
from twofactor import policy

_log = logging.getLogger("portal.live")
_SALT = "twofactor.live"

# The event loop in which this process serves sockets.
_home: asyncio.AbstractEventLoop | None = None

DESK = "desk"
PERSON = "person"


def desk_group(login_id: str) -> str:
    return f"desk.{login_id}"


def key_group(kid: str) -> str:
    return f"key.{kid}"


def person_group(user_id: int) -> str:
    return f"person.{user_id}"


def tell_desk(login_id: str | None) -> None:
    """The sign-in's page should look again."""
    if login_id:
        ring(desk_group(login_id))


def tell_key(kid: str) -> None:
    """The authenticator that holds this key should look into its inbox again."""
    ring(key_group(kid))


def tell_person(user_id: int) -> None:
    """The open pages about this person's key should look again."""
    ring(person_group(user_id))


def ring(group: str) -> None:
    """Let whoever is in this group look again, once what happened is committed."""
    transaction.on_commit(lambda: _send(group))


def serve_here() -> None:
    """A socket has opened in the running event loop: bells that are rung by other threads are rung in it."""
    global _home
    _home = asyncio.get_running_loop()


def _send(group: str) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    # A page has the server's loop at hand. A thread of our own takes the one that serves sockets: the layer in memory
    # belongs to it, and only wakes there.
    loop = getattr(SyncToAsync.threadlocal, "main_event_loop", None) or _home
    try:
        if loop is not None and loop.is_running():
            # Nobody waits for it, so a layer that hangs keeps no page and no thread that carries.
            asyncio.run_coroutine_threadsafe(_push(layer, group), loop)
        else:
            async_to_sync(_push)(layer, group)
    except RuntimeError:
        # The process ends, or this thread is inside a loop that it keeps busy.
        _log.warning("there is no event loop to ring a bell in")


async def _push(layer: BaseChannelLayer, group: str) -> None:
    try:
        # A layer that hangs instead of dying never refuses: this ends, and gives back the lock of its connection.
        async with asyncio.timeout(policy.BELL_WAIT):
            await layer.group_send(group, {"type": "look"})
    except Exception:  # noqa: BLE001
        # A bell that does not ring is no reason to fail what has already been decided and committed.
        _log.warning("the channel layer did not take a message", exc_info=True)


def ticket(kind: str, name: object) -> str:
    """A signed pass for one socket: what may be watched, for TICKET_LIFE and once. It tells, it never decides."""
    # With a number of its own: two that are made in the same second are still two.
    return signing.dumps([kind, str(name), secrets.token_urlsafe(9)], salt=_SALT)


def read_ticket(kind: str, given: str) -> str | None:
    """The name inside a ticket of this kind, or None for anything forged, of another kind or too old."""
    try:
        found, name, _own = signing.loads(given, salt=_SALT, max_age=policy.TICKET_LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(name) if found == kind else None


def use_up(given: str) -> bool:
    """Whether this ticket opens its socket now: the first time it is shown, on whichever process (R-65)."""
    try:
        limits.charge(policy.TICKET_ONCE, hashlib.sha256(given.encode()).hexdigest())
    except (RateLimited, DatabaseError):
        # SECURITY: what cannot be counted is refused. The page asks by itself, and gets another ticket.
        return False
    return True
