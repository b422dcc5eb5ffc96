"""The record: check it, show its head, write it out, remove what is old."""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts import audit, chain, checking, vocabulary
from accounts.checking import Finding
from accounts.models import AuditEvent, normal_username
from accounts.policy import RECORD_KEPT

# SECURITY: "missing" and "changed" are what somebody did who could write the database and did not have the pepper.
_WORDS = {
    "changed": "was changed after it was recorded",
    "unknown": "was not recorded by this portal",
    "lost": "came after the head of the record had been taken or changed; what stood before it may be gone",
    "unlinked": "has waited for its place for more than a minute",
    "receipt": "has lost its receipt, or that was changed",
    "older": "is from before there was a chain; `manage.py audit adopt` takes such events in",
}


def _moment(text: str) -> datetime:
    """A day or a moment, in UTC where it names no zone."""
    try:
        moment = parse_datetime(text) or datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no day such as 2026-11-21") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _head(text: str) -> tuple[int, str]:
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text):
        raise ArgumentTypeError("a head looks as `manage.py audit head` prints it: number, colon, 64 signs")
    seq, _, mac = text.partition(":")
    return int(seq), mac


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 100_000:
        raise ArgumentTypeError("days are a whole number above 0")
    return int(text)


class Command(BaseCommand):
    help = "Check the record of events, print its head, write it out as JSON lines, remove what is old."

    def add_arguments(self, parser: CommandParser) -> None:
        todo = parser.add_subparsers(dest="todo", required=True)
        verify = todo.add_parser("verify", help="check every event and every link; fails if anything is wrong")
        verify.add_argument("--head", type=_head, help="a head that was noted before: it must still be in the record")
        todo.add_parser("head", help="print the head, to be noted where nobody who writes the database can")
        export = todo.add_parser("export", help="write events to the standard output, one JSON object a line")
        export.add_argument("--since", type=_moment, help="from this day or moment on (UTC)")
        export.add_argument("--until", type=_moment, help="before this day or moment (UTC)")
        export.add_argument("--user", help="of this username alone")
        prune = todo.add_parser("prune", help="remove the oldest events; what is left can still be checked")
        prune.add_argument("--days", type=_days, default=RECORD_KEPT.days, help="keep so many days (%(default)s)")
        todo.add_parser("adopt", help="take in events that were recorded before there was a chain")

    def handle(self, *args: Any, todo: str, **options: Any) -> None:
        getattr(self, f"_{todo}")(**options)

    def _verify(self, head: tuple[int, str] | None, **options: Any) -> None:
        checked = checking.check(head)
        if checked.of_a_time:
            which = "No event" if checked.of_a_time == checked.count else f"None of {checked.of_a_time} events in a row"
            self.stdout.write(
                f"{which} holds: perhaps the pepper of their time is missing from PORTAL_PEPPER_FALLBACKS"
                " (docs/operating.md, Changing a secret). Unless the record holds with it, all of this was found:"
            )
        for finding in checked.findings:
            self.stdout.write(_sentence(finding))
        waiting = f" {checked.waiting} more wait for their place." if checked.waiting else ""
        if checked.findings:
            raise CommandError(f"The record does not hold: {len(checked.findings)} findings.{waiting}", returncode=1)
        end = f"the head is {checked.head}" if checked.head else "there is no head yet"
        self.stdout.write(f"The record holds: {checked.count} events, {end}.{waiting}")

    def _head(self, **options: Any) -> None:
        head = chain.ends()[0]
        if head is None:
            raise CommandError("Nothing is recorded yet.")
        self.stdout.write(str(head))

    def _export(self, since: datetime | None, until: datetime | None, user: str | None, **options: Any) -> None:
        events = AuditEvent.objects.order_by("pk")
        if since:
            events = events.filter(at__gte=since)
        if until:
            events = events.filter(at__lt=until)
        if user is not None:
            events = events.filter(username=normal_username(user))
        for event in events.iterator(chunk_size=500):
            self.stdout.write(json.dumps({"event": _called(event), **chain.as_json(event)}, ensure_ascii=False))

    def _prune(self, days: int, **options: Any) -> None:
        until = timezone.now() - timedelta(days=days)
        try:
            gone = chain.prune(until, lambda done: self.stdout.write(f"{done} events are removed so far."))
        except chain.Broken as broken:
            where = f"event {broken.event.pk}, place {broken.event.seq}" if broken.event else "its beginning"
            message = f"The record does not hold at {where}: nothing from there on is removed. Run `audit verify`."
            raise CommandError(message, returncode=1) from None
        if gone:
            audit.record("record.prune", count=gone, until=until.date().isoformat())
        self.stdout.write(f"{gone} events older than {days} days are removed.")

    def _adopt(self, **options: Any) -> None:
        count = chain.adopt()
        if count:
            audit.record("record.adopt", count=count)
        self.stdout.write(f"{count} events are taken into the chain.")


def _called(event: AuditEvent) -> str:
    """Its name for log collectors (R-79); empty for a kind of an earlier version that is recorded no more."""
    try:
        return vocabulary.named(event.kind, ok=event.outcome == "ok")
    except KeyError:
        return ""


def _sentence(finding: Finding) -> str:
    if finding.what == "end":
        return f"The mark of the record's {finding.kind} was taken away, changed or put back."
    if finding.what == "noted":
        return f"The noted head {finding.seq} is not in the record: events were removed or replaced, or it is pruned."
    if finding.what == "missing":
        last = (finding.seq or 0) + finding.more
        return f"Missing: the event at place {finding.seq}." if not finding.more else (
            f"Missing: {finding.more + 1} events, from place {finding.seq} to {last}."
        )  # fmt: skip
    at = f"{finding.at:%Y-%m-%d %H:%M:%S} UTC" if finding.at else "unreadable time"
    words = _WORDS.get(finding.what) or (
        f"was moved here from place {finding.more}" if finding.more else "does not follow the event before it"
    )
    return f"Event {finding.id}, place {finding.seq}, {at}, {finding.kind or 'unreadable'}: it {words}."
