"""The record of what happened: one function, so that nothing secret can slip in by a second way."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest

from accounts import browser, limits
from accounts.models import AuditEvent, Login, User

_log = logging.getLogger("portal.audit")
# SECURITY: only these facts are ever written. A code, a response or a number has no name here, so it cannot be stored.
_FACTS = frozenset(
    {"mode", "device", "kid", "purpose", "left", "drift_minutes", "retry_at", "state", "by"}
    # Texts and calls: a prefix is shared by thousands of people; of a number, only the last two digits.
    | {"way", "carrier", "country", "prefix", "ending"}
    # Of where a phone is pushed to, whose service it is: the whole address would wake the phone.
    | {"host"}
)


def record(
    kind: str,
    *,
    user: User | None = None,
    request: HttpRequest | None = None,
    login: Login | None = None,
    ok: bool = True,
    reason: str = "",
    **facts: Any,
) -> None:
    """Write one event: what (`noun.verb`), whom it concerns, from where, how it ended and why.

    Args: `request` names the browser that acted; without it the sign-in's own browser is written. `facts` are limited
    to a fixed list of names. Raises KeyError for any other, so that a new fact is a decision and not an accident.
    """
    unknown = facts.keys() - _FACTS
    if unknown:
        raise KeyError(f"facts that may not be recorded: {sorted(unknown)}")
    if request is not None:
        where, address = browser.seen(request).label, limits.client_address(request)
    elif login is not None:
        where, address = login.browser, login.address
    else:
        where, address = "", None
    AuditEvent.objects.create(
        kind=kind,
        outcome="ok" if ok else "refused",
        reason=reason,
        user=user,
        login_id=login.pk if login else "",
        browser=where,
        address=address,
        facts={name: value if isinstance(value, int) else str(value)[:64] for name, value in facts.items()},
    )
    _log.info(
        "%s %s %s user=%s login=%s", kind, "ok" if ok else "refused", reason, user and user.pk, login and login.pk
    )


def alert(kind: str, **facts: Any) -> None:
    """Something that staff must see soon: in the record, and a line of its own in the log."""
    record(kind, ok=False, reason="alert", **facts)
    _log.error("ALERT %s %s", kind, facts)
