"""The record of what happened: one function, so that nothing secret can slip in by a second way."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import GenericIPAddressField
from django.http import HttpRequest

from accounts import browser, chain, limits, vocabulary, watching
from accounts.models import AuditEvent, Login, User, new_id
from accounts.prepared import insert
from accounts.rows import new

_log = logging.getLogger("portal.audit")
_ADDRESSES = GenericIPAddressField()
# SECURITY: only these facts are ever written. A code, a response or a number has no name here, so it cannot be stored.
_FACTS = frozenset(
    {"mode", "device", "kid", "purpose", "left", "drift_minutes", "retry_at", "state", "by"}
    # Texts and calls: a prefix is shared by thousands of people; of a number, only the last two digits.
    | {"way", "carrier", "country", "prefix", "ending"}
    # Of where a phone is pushed to, whose service it is: the whole address would wake the phone.
    | {"host"}
    # What staff did and for whom, changes that two persons decide, what was signed, how a key was moved.
    | {"staff", "proposal", "receipt", "path", "until", "count", "event"}
    # At which door something broke.
    | {"door"}
    # Which application was signed in to, or asked, by its name; which action, and the digest of its receipt.
    | {"application", "action", "signed"}
    # Why staff did it, in their words.
    | {"why"}
)

_WORDS = ("by", "way", "carrier")
_TAKEN_APART = re.compile('[ "=]')


def record(
    kind: str,
    *,
    user: User | None = None,
    request: HttpRequest | None = None,
    login: Login | None = None,
    ok: bool = True,
    reason: str = "",
    **facts: Any,
) -> AuditEvent:
    """Write one event: what (`noun.verb`), whom it concerns, from where, how it ended and why. Returns it.

    Args: `request` names the browser that acted; without it the sign-in's own browser is written. `facts` are limited
    to a fixed list of names. Raises KeyError for any other, and for a `kind` that `vocabulary` does not know, so
    that a new one is a decision and not an accident.
    Its place in the chain is given right after the commit, in a short transaction of its own (`chain`).
    """
    unknown = facts.keys() - _FACTS
    if unknown:
        raise KeyError(f"facts that may not be recorded: {sorted(unknown)}")
    named = vocabulary.named(kind, ok=ok)
    if login is not None and login.application:
        facts.setdefault("application", login.application)
    if request is not None:
        where, address = browser.seen(request).label, limits.client_address(request)
    elif login is not None:
        where, address = login.browser, login.address
    else:
        where, address = "", None
    event = new(
        AuditEvent,
        name=new_id(),
        kind=kind,
        outcome="ok" if ok else "refused",
        reason=reason,
        user=user,
        # Who it was stays when the person's row goes, so it is written here once more.
        user_number=user.pk if user else None,
        username=user.username if user else "",
        login_id=login.pk if login else "",
        browser=where,
        # In the spelling in which it is stored: what is sealed is what will be read.
        address=_ADDRESSES.to_python(address),
        facts={name: _cut(name, value) for name, value in facts.items()},
    )
    # SECURITY: sealed by this process before it is written: a row that another hand inserts is never linked.
    event.mac = chain.seal(event)
    insert(event)
    alone = not transaction.get_connection().in_atomic_block
    transaction.on_commit(chain.link_new if alone else chain.link, robust=True)
    transaction.on_commit(lambda: _tell(event), robust=True)
    _log_it(event, named)
    return event


def _tell(event: AuditEvent) -> None:
    """Whoever counts learns what happened, and to nobody by name: `_WORDS` alone of its facts."""
    words = {name: str(event.facts[name]) for name in _WORDS if name in event.facts}
    watching.tell("event", kind=event.kind, outcome=event.outcome, reason=event.reason, **words)


def _log_it(event: AuditEvent, named: str) -> None:
    """The same as a line of the log, under the name that log collectors know (R-79)."""
    said = {
        "kind": event.kind,
        "outcome": event.outcome,
        "reason": event.reason,
        "name": event.name,
        "user": event.user_number,
        "login": event.login_id,
        "address": event.address,
    }
    # What it was about, in the same words as in the record; but not what staff wrote.
    facts = {name: value for name, value in event.facts.items() if name != "why"}
    words = " ".join(f"{name}={_word(value)}" for name, value in (said | facts).items() if value not in (None, ""))
    called = f"{named}:{event.user_number or ''}"
    _log.info("%s %s", called, words, extra={"event": called, "record": {**said, "facts": facts}})


def _word(value: Any) -> str:
    """SECURITY: in quotes where it could pass for another word of the line: people name their own phones (AT-126)."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if _TAKEN_APART.search(text) else text


def _cut(name: str, value: Any) -> Any:
    """A fact as it is kept. What staff give as their reason stays whole: no page of theirs takes more characters."""
    return value if isinstance(value, int) else str(value)[: 500 if name == "why" else 64]


def by_staff(staff: User) -> dict[str, Any]:
    """The facts that say who of the staff it was: their number, and the name that they had then."""
    return {"by": f"staff-{staff.pk} {staff.get_username()}", "staff": staff.pk}


def staff_name(event: AuditEvent) -> str:
    """Who of the staff did this, by name; nothing for what nobody of them did."""
    by = str(event.facts.get("by", ""))
    return by.partition(" ")[2] if by.startswith("staff-") else ""


def alert(kind: str, *, user: User | None = None, request: HttpRequest | None = None, **facts: Any) -> None:
    """Something that staff must see soon: in the record, and a line of its own in the log."""
    record(kind, user=user, request=request, ok=False, reason="alert", **facts)
    _log.error("ALERT %s user=%s %s", kind, user and user.pk, facts)


def accident(request: HttpRequest, problem: Exception) -> None:
    """Something broke while this was asked for: at which door, and what kind of error; nothing of its words (R-88).

    SECURITY: it has been refused before this is written, and whatever broke may break the writing, too.
    """
    match = request.resolver_match
    door, what = (match.view_name if match else ""), type(problem).__name__
    _log.error("ALERT portal.accident door=%s reason=%s", door, what)
    if isinstance(problem, DatabaseError):
        # Nobody waits a second time for a database that does not answer.
        return
    try:
        user = request.user if isinstance(request.user, User) else None
        record("portal.accident", user=user, request=request, ok=False, reason=what[:48], door=door)
    except Exception:  # noqa: BLE001 - the refusal stands, and this must not take its place
        _log.exception("an accident could not be recorded")
