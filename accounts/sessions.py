"""Where a person is signed in: the list they see, kept in step with the sessions themselves (R-56, R-57, P-43).

A session that is ended is gone from the database under the lock of its person, so nobody who holds a copy writes it
back: its browser is out when it asks next. Its open sockets look for the row of the list at the bell, and close.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import logout as close_session
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from accounts import limits, policy
from accounts.browser import seen
from accounts.models import OpenSession, User, tell_sessions_ended
from accounts.places import unused_since
from accounts.prepared import Prepared, ask, insert, update
from accounts.rows import new

_NAMED = Prepared(lambda session_key: OpenSession.objects.filter(session_key=session_key))
_ALIVE = Prepared(
    lambda user, clients, staff: (
        OpenSession.objects.used_since(clients, staff).filter(user=user).order_by("-weaker", "since", "pk")
    )
)
_DELETE = "DELETE FROM accounts_opensession WHERE session_key = %s"


def note(request: HttpRequest, user: User, *, factor: str, weaker: bool) -> list[OpenSession]:
    """Write down the session that was just opened. Returns those that it has ended because there were too many (P-43).

    The caller holds the lock of the person. The oldest one goes. SECURITY: but one that a weaker factor opened goes
    first, and one that is `weaker` itself ends no other: whoever signs in by text drives out no session of the key.
    """
    others = _ALIVE.all(user=user.pk, **unused_since())
    too_many = max(0, len(others) + 1 - policy.SESSIONS_AT_ONCE)
    ended = [row for row in others[:too_many] if row.weaker or not weaker]
    for row in ended:
        _close(row)
    opened = new(
        OpenSession,
        user=user,
        session_key=request.session.session_key or "",
        browser=seen(request).label,
        address=limits.client_address(request),
        factor=factor,
        weaker=weaker,
    )
    insert(opened)
    return ended


def here(request: HttpRequest) -> OpenSession | None:
    """The row of the session that asks."""
    return _NAMED.first(session_key=request.session.session_key or "-")


def note_use(request: HttpRequest, now: datetime) -> None:
    update(OpenSession, Q(session_key=request.session.session_key or "-"), used=now)


def leave(request: HttpRequest) -> None:
    """Another session takes the place of this browser's, whoever was signed in with it."""
    row = here(request) if SESSION_KEY in request.session else None
    if row is not None:
        row.delete()
        tell_sessions_ended(row.user_id)
    request.session.flush()


def rename(session: SessionBase) -> None:
    """A new id for this session (R-55), also in the list of open ones. The caller saves what is in it."""
    before = session.session_key
    session.cycle_key()
    update(OpenSession, Q(session_key=before), session_key=session.session_key)


def end(user: User, pk: int) -> OpenSession | None:
    """End this one of the person's sessions. Returns what it was; None: it has ended before, or is not theirs."""
    with transaction.atomic():
        User.objects.locked(user.pk)
        row = OpenSession.objects.filter(user=user, pk=pk).first()
        if row is None:
            return None
        _close(row)
    return row


def end_here(request: HttpRequest, user: User) -> None:
    """Sign out here, under the person's lock: whoever renews this session at the same moment does not revive it."""
    with transaction.atomic():
        User.objects.locked(user.pk)
        ask(_DELETE, [request.session.session_key])
        close_session(request)
    tell_sessions_ended(user.pk)


def forgotten(response: HttpResponse) -> HttpResponse:
    """Let the browser forget the pages of a session that has ended here (R-71).

    Not "storage", where the keys of an authenticator on this host lie; nor "cookies", which takes those of every host
    of the same site, and with them by what this browser is known.
    """
    response["Clear-Site-Data"] = '"cache"'
    return response


def _close(row: OpenSession) -> None:
    SessionStore(session_key=row.session_key).delete()
    OpenSession.objects.filter(pk=row.pk).delete()
    tell_sessions_ended(row.user_id)


def has_ended(request: HttpRequest) -> bool:
    """Whether this browser still shows the cookie of a session that is no more: it was ended from elsewhere."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and bool(request.session.is_empty())
