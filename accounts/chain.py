"""The chain of the record: each event is linked to the one before it, so no change, deletion or order stays unseen.

A link is HMAC-SHA-256 (RFC 2104) over the event's number, the link before it and the canonical JSON (RFC 8785) of all
its columns. SECURITY: its key is derived from PORTAL_PEPPER: who can only write the database makes no link.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.crypto import constant_time_compare

from accounts.canonical import canonical
from accounts.models import AuditEvent, ChainMark, new_id
from accounts.prepared import Prepared, PreparedUpdate

HEAD: Final = "head"
START: Final = "start"
# The link before the first event; and of an event that could not be linked to the one before it.
NOTHING: Final = "0" * 64
LOST: Final = ""
_log = logging.getLogger("portal.audit")
_HEAD = Prepared(lambda: ChainMark.objects.select_for_update(skip_locked=True).filter(pk=HEAD))
_WAITING = Prepared(lambda after: AuditEvent.objects.filter(seq=None, pk__gt=after))
_BEHIND = Prepared(
    # By a sum, and so not in the order of the table: a database would walk through all of it to find the last few.
    lambda after, seq: AuditEvent.objects.filter(Q(seq=None, pk__gt=after) | Q(seq__gt=seq)).order_by(F("pk") + 0)[
        :_AT_ONCE
    ]
)
_AT_ONCE = 200
# Who links goes on for those that came meanwhile, but not for ever: the next one does.
_ROUNDS = 20


# How an event gets its place, and the head another one.
_PLACE = PreparedUpdate(lambda pk: AuditEvent.objects.filter(pk=pk), seq=None, before=None, mac=None)
_END = PreparedUpdate(lambda name: ChainMark.objects.filter(pk=name), seq=None, mac=None, seal=None)


def _mac(purpose: str, said: Any, pepper: bytes = b"") -> str:
    key = _key_under(pepper or settings.PORTAL_PEPPER)
    return hmac.digest(key, canonical([purpose, said]), "sha256").hex()


@lru_cache(8)
def _key_under(pepper: bytes) -> bytes:
    return hmac.digest(pepper, b"accounts.chain", "sha256")


def _is_ours(mac: str, purpose: str, said: Any) -> bool:
    """Whether this portal has written that, under its pepper or under one that it had before."""
    peppers = (settings.PORTAL_PEPPER, *settings.PORTAL_PEPPER_FALLBACKS)
    return any(constant_time_compare(mac, _mac(purpose, said, pepper)) for pepper in peppers)


def _recorded(event: AuditEvent) -> dict[str, Any]:
    """All that was recorded, as it is sealed and linked: every column but its number in the table and its place."""
    return {
        "name": event.name,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": event.kind,
        "outcome": event.outcome,
        "reason": event.reason,
        "user": event.user_number,
        "username": event.username,
        "login": event.login_id,
        "browser": event.browser,
        "address": event.address,
        "facts": event.facts,
    }


def as_json(event: AuditEvent) -> dict[str, Any]:
    """An event as it leaves the portal: what was recorded, and its link."""
    return {"seq": event.seq, "id": event.pk, **_recorded(event), "before": event.before, "mac": event.mac}


def seal(event: AuditEvent) -> str:
    """What an event carries until it has its place. It shows that this portal recorded it."""
    return _mac("event", _recorded(event))


def is_sealed(event: AuditEvent) -> bool:
    return event.name is not None and _is_ours(event.mac, "event", _recorded(event))


def link_of(event: AuditEvent, seq: int, before: str) -> str:
    """The link of this event at the place `seq`, after the link `before`."""
    return _mac("link", _linked(event, seq, before))


def _linked(event: AuditEvent, seq: int, before: str) -> dict[str, Any]:
    return {"id": event.pk, "seq": seq, "before": before, **_recorded(event)}


def holds(event: AuditEvent) -> bool:
    """Whether the event is what was linked at its place. Says nothing about the events around it."""
    return event.seq is not None and is_link(event, event.seq)


def is_link(event: AuditEvent, seq: int) -> bool:
    """Whether the event was linked at the place `seq`, after the link that it names."""
    return _is_ours(event.mac, "link", _linked(event, seq, event.before))


def end_holds(mark: ChainMark) -> bool:
    return _is_ours(mark.seal, "end", [mark.name, mark.seq, mark.mac])


def _end(name: str, seq: int, mac: str) -> dict[str, Any]:
    return {"seq": seq, "mac": mac, "seal": _mac("end", [name, seq, mac])}


# Whether what is linked in here waits for the end of `at_its_end`, and whether something does.
_waits: ContextVar[list[bool] | None] = ContextVar("waits", default=None)


@contextmanager
def at_its_end() -> Iterator[None]:
    """What is recorded within this block is linked at its end, in one go: a page records several events."""
    waiting: list[bool] = []
    token = _waits.set(waiting)
    try:
        yield
    finally:
        _waits.reset(token)
        # Nobody waits a second time for a database that does not answer: then the sweep links it.
        if waiting and not connection.errors_occurred:
            try:
                link()
            except Exception:  # noqa: BLE001
                # What happened has happened, and is told of; the sweep links it.
                _log.exception("the record could not be linked")


def _is_later() -> bool:
    waiting = _waits.get()
    if waiting is None:
        return False
    waiting.append(True)
    return True


def link() -> int:
    """Give every event that has none its place, in the order in which they came. Returns how many.

    Nobody waits: while another one links there is nothing to do, because whoever links looks again after its commit.
    """
    if _is_later():
        return 0
    done = after = 0
    for _round in range(_ROUNDS):
        # Asked before anything is locked: most of the time the one before has linked what came with it.
        if not _WAITING.any(after=after):
            break
        linked, last = _link_some(after)
        done += linked
        if last is None:
            break
        after = 0 if linked else last
    return done


def link_new() -> None:
    """The same right after an event was recorded: so there is one, and only where others may have passed, more."""
    if _is_later():
        return
    if _link_some(0)[1] is not None:
        link()


def sweep() -> None:
    """Link what a process has left that died before it could."""
    link()


def _link_some(after: int) -> tuple[int, int | None]:
    """Link what waits behind the row `after`. Returns how many, and the last row that was looked at.

    None instead of it where nothing can be left: on SQLite nobody passes by whoever links.
    """
    with transaction.atomic():
        head = _locked_head()
        if head is None:
            return 0, None
        found = _BEHIND.all(after=after, seq=head.seq)
        # What another hand has inserted is not linked, and its places are stepped over: the check tells of it.
        waiting = [event for event in found if event.seq is None]
        ours = [event for event in waiting if is_sealed(event)]
        taken = {event.seq for event in found}
        seq, before = head.seq, head.mac
        for event in ours:
            seq += 1
            while seq in taken:
                seq += 1
            mac = link_of(event, seq, before)
            _PLACE.run(pk=event.pk, seq=seq, before=before, mac=mac)
            before = mac
        if ours:
            _END.run(name=HEAD, **_end(HEAD, seq, before))
    may_be_more = len(found) == _AT_ONCE or connection.features.has_select_for_update_skip_locked
    return len(ours), waiting[-1].pk if waiting and may_be_more else None


def _locked_head() -> ChainMark | None:
    """The head, locked, or None while another one links."""
    head = _HEAD.first()
    if head is None and ChainMark.objects.filter(pk=HEAD).exists():
        return None
    if head is not None and end_holds(head):
        return head
    last = AuditEvent.objects.exclude(seq=None).order_by("-seq").first()
    if head is None and last is None:
        ChainMark.objects.get_or_create(pk=HEAD, defaults=_end(HEAD, 0, NOTHING))
        return _HEAD.first()
    # SECURITY: somebody has taken or changed the head, perhaps together with the last events. What comes now is linked
    # to nothing, so that the check tells of it for as long as the events are kept.
    _log.error("ALERT the head of the record is %s", "missing" if head is None else "changed")
    ends = _end(HEAD, last.seq or 0 if last else 0, LOST)
    return ChainMark.objects.update_or_create(pk=HEAD, defaults=ends)[0]


def adopt() -> int:
    """Take the events that are older than the chain into it, as they stand. Returns how many."""
    older = AuditEvent.objects.filter(name=None, seq=None, mac="").order_by("pk").select_related("user")
    count = 0
    while rows := list(older[:_AT_ONCE]):
        with transaction.atomic():
            for event in rows:
                event.name, event.user_number = new_id(), event.user_id
                event.username = event.user.username if event.user else ""
                changes = {"name": event.name, "user_number": event.user_number, "username": event.username}
                AuditEvent._base_manager.filter(pk=event.pk).update(**changes, mac=seal(event))
        count += len(rows)
    while link():
        pass
    return count


class Broken(Exception):
    """The chain does not hold at `event`, or at the mark itself (None): nothing is pruned that was not checked."""

    def __init__(self, event: AuditEvent | None) -> None:
        super().__init__("the chain does not hold")
        self.event = event


def prune(older_than: datetime, progress: Callable[[int], None] = lambda done: None) -> int:
    """Remove the oldest events, up to the first that is not `older_than`. The check goes on from the mark that is left.

    Each step is a transaction of its own, so it may be stopped and started again. `progress` is told how many are gone.
    Raises Broken at the first event that does not hold, before anything of its step is removed.
    """
    done = 0
    while step := _prune_some(older_than):
        done += step
        progress(done)
    return done


def _prune_some(older_than: datetime) -> int:
    with transaction.atomic():
        ChainMark.objects.get_or_create(pk=START, defaults=_end(START, 0, NOTHING))
        start = ChainMark.objects.select_for_update().get(pk=START)
        if not end_holds(start):
            raise Broken(None)
        before, oldest = start.mac, []
        for event in AuditEvent.objects.exclude(seq=None).order_by("seq")[:_AT_ONCE]:
            if event.at >= older_than:
                break
            if not holds(event) or event.before != before:
                raise Broken(event)
            before = event.mac
            oldest.append(event)
        if oldest:
            # What hangs on them, such as receipts, goes with them.
            AuditEvent._base_manager.filter(pk__in=[event.pk for event in oldest]).delete()
            ChainMark.objects.filter(pk=START).update(**_end(START, oldest[-1].seq or 0, before))
    return len(oldest)


def ends() -> tuple[ChainMark | None, ChainMark]:
    """The head as it stands, if there is one, and the start: of an event that never was while nothing is pruned."""
    marks = ChainMark.objects.in_bulk([HEAD, START])
    return marks.get(HEAD), marks.get(START) or beginning()


def beginning() -> ChainMark:
    """The start of a chain from which nothing was pruned."""
    return ChainMark(name=START, **_end(START, 0, NOTHING))
