"""Checking the chain of the record: what was changed, is missing, was moved, or is of another hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import chain
from accounts.models import AuditEvent, ChainMark, User

# An event is linked within moments; one that still waits after this long was left behind.
PATIENCE = timedelta(minutes=1)
_AT_ONCE = 500
# Of so many broken events it is found out whether they stood elsewhere; with more, somebody has rewritten the record.
_TRACED = 300
# So many events in a row that do not hold, all others on one side of them: perhaps their pepper is missing.
_A_TIME = 10
# What hangs on events and is checked with them. The rooms above put it here: it gives the events whose part is broken.
also: list[Callable[[], Iterator[AuditEvent]]] = []


@dataclass(frozen=True)
class Finding:
    """What is wrong, and with which event.

    `changed`; `missing`: the event at this place and as many `more`; `moved`: from the place `more`, if that is known;
    `unknown`: not recorded by this portal; `lost`: the head was taken before it came; `unlinked`: still waits; `older`:
    from before there was a chain; `receipt`: what was signed was changed or taken; `end`: the mark `kind` was taken or
    changed; `noted`: the given head is not in here.
    """

    what: str
    id: int | None = None
    seq: int | None = None
    at: datetime | None = None
    kind: str = ""
    more: int = 0


@dataclass
class Checked:
    """How the record stands: the linked events, those that wait for their place, the head, and all findings.

    `of_a_time`: how many do not hold because of their pepper, perhaps. SECURITY: or because of whoever wrote all of
    them, so it takes none of the findings back.
    """

    count: int = 0
    waiting: int = 0
    head: ChainMark | None = None
    findings: list[Finding] = field(default_factory=list)
    of_a_time: int = 0


@dataclass(frozen=True)
class _Row:
    """A row as far as it can be read: of a table that somebody else has written to, nothing is certain."""

    id: int
    seq: int | None
    event: AuditEvent | None

    def found(self, what: str, more: int = 0) -> Finding:
        event = self.event
        seq = self.seq if isinstance(self.seq, int) else None
        return Finding(what, self.id, seq, event.at if event else None, event.kind if event else "", more)


def check(noted: tuple[int, str] | None = None) -> Checked:
    """Check every event and every link, also while others are added. `noted` is a head (number and link) of before."""
    return _Check().run(noted)


class _Check:
    """One walk along the chain: where it has come to, and what it has found."""

    def __init__(self) -> None:
        self.result = Checked()
        self._start = chain.ends()[1]
        if not chain.end_holds(self._start):
            self.result.findings.append(Finding("end", seq=self._start.seq, kind=chain.START))
            self._start = chain.beginning()
        self._seq = self._start.seq
        # The last event that holds, its place and its link, and those after it that do not.
        self._good_seq, self._good = self._start.seq, self._start.mac
        self._doubtful: list[_Row] = []
        # Whether events hold, and how many do alike, as often as it changes along the walk.
        self._alike: list[tuple[bool, int]] = []
        self._broken: list[tuple[_Row, str]] = []
        self._gaps: list[range] = []
        self._people: dict[int, bool] = {}

    def run(self, noted: tuple[int, str] | None) -> Checked:
        # Nothing of ours stands there: the first place is one, and what was pruned is gone.
        before = AuditEvent.objects.filter(seq__lte=self._start.seq).values_list("pk", "seq")
        events = _read([pk for pk, _seq in before])
        self._broken += [(_Row(pk, seq, events.get(pk)), "unknown") for pk, seq in before]
        self._judge_the_head(self._walk_to_the_head())
        self._tell()
        self._tell_of_a_time()
        self._look_at_the_waiting()
        for part in also:
            self.result.findings += [_Row(event.pk, event.seq, event).found("receipt") for event in part()]
        if noted is not None and not self._stands(*noted):
            self.result.findings.append(Finding("noted", seq=noted[0]))
        return self.result

    def _walk_to_the_head(self) -> ChainMark | None:
        """To the end, and once more while others go on linking."""
        while True:
            head = chain.ends()[0]
            for row in _rows(after=self._seq):
                self._step(row)
            now = chain.ends()[0]
            if (now and now.seq) == (head and head.seq):
                return now

    def _step(self, row: _Row) -> None:
        event = row.event
        if not isinstance(row.seq, int):
            self._broken.append((row, "unknown"))
            return
        self._seq = row.seq
        self.result.count += 1
        holds = event is not None and _holds(event)
        _before, count = self._alike.pop() if self._alike and self._alike[-1][0] == holds else (holds, 0)
        self._alike.append((holds, count + 1))
        if event is None or not holds:
            self._doubtful.append(row)
            return
        if constant_time_compare(event.before, self._good):
            # What stands between the two was never linked: numbers may be stepped over, links are not.
            self._settle("unknown", row.seq)
        elif self._doubtful or row.seq > self._good_seq + 1:
            self._settle("changed", row.seq)
        else:
            self._broken.append((row, "lost" if event.before == chain.LOST else "moved"))
        if not self._is_whose(event):
            self._broken.append((row, "changed"))
        self._good_seq, self._good = row.seq, event.mac

    def _settle(self, what: str, until: int) -> None:
        """Say what the doubtful events before the place `until` are; if not `unknown`, others may be missing there."""
        places = [row.seq for row in self._doubtful if isinstance(row.seq, int)]
        if what != "unknown":
            steps = zip([self._good_seq, *places], [*places, until], strict=True)
            self._gaps += [range(one + 1, next_one) for one, next_one in steps if next_one - one > 1]
        self._broken += [(row, what) for row in self._doubtful]
        self._doubtful = []

    def _is_whose(self, event: AuditEvent) -> bool:
        """Whether the row still hangs on the person whom it was recorded of, or on nobody once they have gone."""
        number = event.user_number
        if event.user_id is not None or number is None:
            return event.user_id == number
        if number not in self._people:
            self._people[number] = User.objects.filter(pk=number).exists()
        return not self._people[number]

    def _judge_the_head(self, head: ChainMark | None) -> None:
        self.result.head = head
        if head is None or not chain.end_holds(head):
            self._settle("changed", self._seq + 1)
            if head is not None or self._seq > self._start.seq:
                self.result.findings.append(Finding("end", seq=head.seq if head else None, kind=chain.HEAD))
        elif constant_time_compare(head.mac, self._good):
            self._settle("unknown", head.seq)
        elif head.seq >= self._seq:
            self._settle("changed", head.seq + 1)
        else:
            # Events that hold stand behind it: it was put back to where it once was.
            self._settle("changed", self._seq + 1)
            self.result.findings.append(Finding("end", seq=head.seq, kind=chain.HEAD))

    def _tell(self) -> None:
        """Name what was found. What is broken may have stood at another place that is broken or empty."""
        places = {row.seq for row, _what in self._broken if isinstance(row.seq, int)}
        places |= {seq for gap in self._gaps for seq in gap[:_TRACED]}
        found, homes = [], set()
        for row, what in self._broken:
            home = _home(row, places) if len(self._broken) <= _TRACED >= len(places) else None
            homes.add(home)
            found.append(row.found(what) if home is None else row.found("moved", home))
        # What was pruned while we walked is not missing.
        start = chain.ends()[1]
        pruned = start.seq if chain.end_holds(start) else 0
        for gap in self._gaps:
            lost = [seq for seq in gap if seq not in homes and seq > pruned] if len(gap) <= _TRACED else gap
            if lost:
                found.append(Finding("missing", seq=lost[0], more=len(lost) - 1))
        self.result.findings += sorted(found, key=lambda finding: finding.seq or 0)

    def _tell_of_a_time(self) -> None:
        """Whether whatever does not hold is the whole record, or all of it before or after one moment."""
        broken = [count for holds, count in self._alike if not holds]
        least = {1: 2, 2: _A_TIME}.get(len(self._alike))
        if broken and least and broken[0] >= least:
            self.result.of_a_time = broken[0]

    def _look_at_the_waiting(self) -> None:
        late = timezone.now() - PATIENCE
        for row in _rows(after=None):
            event = row.event
            if event is not None and event.name is None and event.mac == "":
                self.result.findings.append(row.found("older"))
            elif event is None or not _is_sealed(event):
                self.result.findings.append(row.found("unknown"))
            else:
                self.result.waiting += 1
                if event.at < late:
                    self.result.findings.append(row.found("unlinked"))

    def _stands(self, seq: int, mac: str) -> bool:
        """Whether the head that was noted before is still a part of the chain."""
        start = chain.ends()[1]
        if seq == start.seq:
            return constant_time_compare(start.mac, mac)
        event = AuditEvent.objects.filter(seq=seq).first()
        return event is not None and constant_time_compare(event.mac, mac) and _holds(event)


def _rows(after: int | None) -> Iterator[_Row]:
    """The linked events behind the place `after` in their order; with None, those that wait for theirs."""
    waiting, last = after is None, after or 0
    rows = AuditEvent.objects.filter(seq=None).order_by("pk") if waiting else AuditEvent.objects.order_by("seq")
    while True:
        behind = rows.filter(pk__gt=last) if waiting else rows.filter(seq__gt=last)
        found = list(behind.values_list("pk", "seq")[:_AT_ONCE])
        events = _read([pk for pk, _seq in found])
        for pk, seq in found:
            yield _Row(pk, seq, events.get(pk))
        end: object = found[-1][0 if waiting else 1] if found else None
        if not isinstance(end, int):
            # Nothing is left, or somebody has written places that are no numbers: they stand behind all others.
            return
        last = end


def _read(ids: list[int]) -> dict[int, AuditEvent]:
    """These events, without those that cannot be read any more."""
    try:
        return AuditEvent.objects.in_bulk(ids)
    except Exception:  # noqa: BLE001 - a column may hold what the portal never writes, and each converter has its own
        if len(ids) == 1:
            return {}
        half = len(ids) // 2
        return _read(ids[:half]) | _read(ids[half:])


def _holds(event: AuditEvent) -> bool:
    try:
        return chain.holds(event)
    except (AttributeError, TypeError, ValueError):
        return False


def _is_sealed(event: AuditEvent) -> bool:
    try:
        return chain.is_sealed(event)
    except (AttributeError, TypeError, ValueError):
        return False


def _home(row: _Row, places: set[int]) -> int | None:
    """The place at which this event was linked, if it is another one of these."""
    event = row.event
    try:
        others = (seq for seq in places if seq != row.seq)
        return next((seq for seq in others if event and chain.is_link(event, seq)), None)
    except (AttributeError, TypeError, ValueError):
        return None
