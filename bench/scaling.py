"""`python -m bench.scaling [--write] [--waits 25 ...]`: what so many people need, computed from what one of each costs.

A model and no measurement: the units stand in `bench/units.py`, with their runs, and every assumption below is an
argument. People are divided into cells, each a whole portal with a database and a Redis of its own, because nothing of
one person ever concerns another: a cell is as large as the tightest of its bounds allows.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from accounts.policy import KNOWN_BROWSER_LIFE, RECORD_KEPT
from bench.broken import Broken
from bench.figures import Table, number
from bench.server import ROOT
from bench.units import ROWS, UNITS
from twofactor.policy import QUESTION_REST

PAGE = ROOT / "docs" / "scaling.md"
BEGIN, END = "<!-- tables: written by python -m bench.scaling --write -->", "<!-- end of the tables -->"
SIZES = (1_000_000, 10_000_000, 100_000_000)
_GIB = 2**30
# How long the rows of a sign-in are kept, in days; those that are not named here go with the record.
_KEPT = {
    "accounts_login": KNOWN_BROWSER_LIFE.days,
    "twofactor_challenge": KNOWN_BROWSER_LIFE.days,
    "twofactor_askedquestion": QUESTION_REST.days,
}


def _assumed(value: float, words: str) -> float:
    return field(default=value, metadata={"words": words})  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Assumed:
    """What no measurement says."""

    sign_ins: float = _assumed(10, "sign-ins a person, a month")
    busiest: float = _assumed(0.10, "share of a day's sign-ins in its busiest hour")
    burst: float = _assumed(2, "busiest second over the mean of that hour")
    waits: float = _assumed(25, "seconds from the password to the answer: a desk waits by a socket")
    phone: float = _assumed(40, "seconds that an authenticator is open for it: a phone waits by a socket")
    use: float = _assumed(0.6, "share of a core, a Redis or a thread that is used at that second")
    others: float = _assumed(1.3, "events of the record for each that a sign-in leaves")
    browsers: float = _assumed(2, "known browsers a person")
    moves: float = _assumed(0.04, "activations a person, a month")
    threads: float = _assumed(6, "database connections a process, at its busiest")
    carried: float = _assumed(150, "milliseconds that a push service takes for a push")
    redis: float = _assumed(100_000, "messages a second that one Redis hands out")
    cores: float = _assumed(32, "cores of one database server")
    disk: float = _assumed(4, "TiB of rows on one database server")
    partition: float = _assumed(100, "GiB of one partition of the record, at most")


@dataclass(frozen=True)
class Need:
    """What this many people need in one cell, at its busiest second."""

    users: float
    assumed: Assumed

    @property
    def a_day(self) -> float:
        return self.users * self.assumed.sign_ins / 30

    @property
    def peak(self) -> float:
        """Sign-ins in the busiest second."""
        return self.a_day * self.assumed.busiest / 3600 * self.assumed.burst

    @property
    def sockets(self) -> float:
        return self.peak * (self.assumed.waits + self.assumed.phone)

    @property
    def processes(self) -> int:
        """Server processes: one uses one core."""
        a_sign_in = _unit("hash") + _unit("sign_in") + 2 * _unit("let_in")
        busy = self.peak * a_sign_in / 1000 + self.sockets * _unit("idle") / 1000
        return max(2, math.ceil(busy / self.assumed.use))

    @property
    def memory(self) -> float:
        """Bytes of all server processes."""
        return self.processes * _unit("process") * 2**20 + self.sockets * _unit("socket") * 2**10

    @property
    def database(self) -> float:
        """Cores of the database."""
        a_sign_in = _unit("database") + 2 * _unit("let_in_database")
        busy = self.peak * a_sign_in / 1000 + self.sockets * _unit("idle_database") / 1000
        return busy / self.assumed.use

    @property
    def heard(self) -> float:
        """Messages a second that Redis hands out: every process hears every bell."""
        return self.peak * _unit("published") * self.processes

    @property
    def redis(self) -> float:
        """Share of what one Redis can hand out."""
        return self.heard / (self.assumed.redis * self.assumed.use)

    @property
    def events(self) -> float:
        """Events of the record in the busiest second: each is linked to the one before it, one after the other."""
        return self.peak * ROWS[_RECORD][2] * self.assumed.others

    @property
    def errands(self) -> float:
        """Texts and pushes a second."""
        return self.peak

    @property
    def workers(self) -> int:
        return max(1, math.ceil(self.errands * _unit("errand") / 1000 / self.assumed.use))

    @property
    def senders(self) -> int:
        """Requests to push services and carriers that are on their way at the same time."""
        return max(1, math.ceil(self.errands * self.assumed.carried / 1000 / self.assumed.use))

    @property
    def connections(self) -> int:
        return math.ceil(self.processes * self.assumed.threads) + self.senders

    def rows(self) -> dict[str, float]:
        """How many rows each table comes to hold."""
        assumed = self.assumed
        persons = {
            "accounts_user": 1.0,
            "twofactor_portalkey": 1.0 + assumed.moves * 12,  # those before it stay, replaced
            "twofactor_activation": assumed.moves,
            "accounts_knownbrowser": assumed.browsers,
        }
        found = {name: self.users * many for name, many in persons.items()}
        # A session lasts for half a day, the counters of a sign-in for one.
        found |= dict.fromkeys(("accounts_opensession", "django_session"), self.a_day / 2)
        found["accounts_tally"] = self.a_day * 3
        for name, (_row, _indexes, many) in ROWS.items():
            if many:
                days = _KEPT.get(name, RECORD_KEPT.days)
                found[name] = self.a_day * days * many * (assumed.others if name == _RECORD else 1)
        return found

    def bytes(self) -> dict[str, float]:
        return {name: rows * (ROWS[name][0] + ROWS[name][1]) for name, rows in self.rows().items()}

    @property
    def partitions(self) -> int:
        """Of the record: one a month while a month fits into one."""
        months = RECORD_KEPT.days / 30
        a_month = sum(self.bytes()[name] for name in (_RECORD, _RECEIPTS)) / months
        return math.ceil(months) * math.ceil(a_month / (self.assumed.partition * _GIB))

    def bounds(self) -> dict[str, float]:
        """How much of each bound of a cell is used: above 1 it does not fit."""
        return {
            "cores of the database": self.database / self.assumed.cores,
            "rows on its disk": sum(self.bytes().values()) / (self.assumed.disk * 2**40),
            "bells through one Redis": self.redis,
            "links of one record": self.events / (_unit("linked") * self.assumed.use),
        }


_RECORD, _RECEIPTS = "accounts_auditevent", "twofactor_receipt"


def _unit(name: str) -> float:
    return UNITS[name].value


def cells(users: int, assumed: Assumed) -> tuple[int, Need]:
    """Into how many cells so many people are divided, and what one of them needs."""
    count = 1
    while max(Need(users / count, assumed).bounds().values()) > 1:
        count += 1
    return count, Need(users / count, assumed)


def tables(assumed: Assumed) -> list[Table]:
    divided = [cells(users, assumed) for users in SIZES]
    return [_needs(divided), _rows(divided), _units(), _assumptions(assumed)]


def _heads() -> tuple[str, ...]:
    return ("", *(f"{users // 10**6} million" for users in SIZES))


def _needs(divided: list[tuple[int, Need]]) -> Table:
    table = Table("At the busiest second", _heads())

    def add(name: str, value: Callable[[int, Need], str]) -> None:
        table.add(name, *(value(count, need) for count, need in divided))

    add("sign-ins a second", lambda count, need: number(count * need.peak))
    add("sockets that wait", lambda count, need: f"{count * need.sockets:,.0f}")
    add("cells", lambda count, need: f"{count:,}")
    add("what bounds a cell", lambda count, need: _tightest(need))
    add("people a cell", lambda count, need: f"{need.users:,.0f}")
    add("in one cell: server processes (cores)", lambda count, need: f"{need.processes:,}")
    add("memory of these, GiB", lambda count, need: number(need.memory / _GIB))
    add("cores of the database", lambda count, need: number(need.database))
    add("connections to it", lambda count, need: f"{need.connections:,}")
    add("bells heard a second, all processes", lambda count, need: f"{need.heard:,.0f}")
    add("events of the record a second", lambda count, need: f"{need.events:,.0f}")
    add("pushes and texts a second", lambda count, need: number(need.errands))
    add("workers (cores), and requests on their way", lambda count, need: f"{need.workers}, {need.senders}")
    add("in all: server processes", lambda count, need: f"{count * need.processes:,}")
    add("databases, each with a standby", lambda count, need: f"{count:,}")
    return table


def _tightest(need: Need) -> str:
    name, share = max(need.bounds().items(), key=lambda each: each[1])
    return f"{name} ({share:.0%})"


def _rows(divided: list[tuple[int, Need]]) -> Table:
    table = Table("Rows, and GiB with their indexes, all cells together", _heads())
    for name in sorted(ROWS, key=lambda each: -divided[0][1].bytes()[each]):
        table.add(
            name,
            *(
                f"{_short(count * need.rows()[name])} / {number(count * need.bytes()[name] / _GIB)}"
                for count, need in divided
            ),
        )
    table.add("all of them", *(f"{number(count * sum(need.bytes().values()) / _GIB)}" for count, need in divided))
    table.add("partitions of the record, a cell", *(str(need.partitions) for _count, need in divided))
    return table


def _short(rows: float) -> str:
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if rows >= size:
            return f"{number(rows / size)} {letter}"
    return number(rows)


def _units() -> Table:
    table = Table("Measured: what one of each costs", ("", "", "by"))
    for name, unit in UNITS.items():
        table.add(f"{name}: {unit.of}", f"{unit.value:,g}", unit.run)
    return table


def _assumptions(assumed: Assumed) -> Table:
    table = Table("Assumed: each is an argument", ("", "", ""))
    for each in fields(assumed):
        table.add(f"--{each.name}", f"{getattr(assumed, each.name):,g}", each.metadata["words"])
    return table


def page(text: str, assumed: Assumed) -> str:
    """The page with the tables of today between its marks."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise Broken(f"{PAGE.name} has lost the lines between which the tables stand")
    middle = "\n\n".join(table.markdown() for table in tables(assumed))
    return f"{before}{BEGIN}\n\n{middle}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description="What so many people need.")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scaling.md")
    for each in fields(Assumed):
        parser.add_argument(f"--{each.name}", type=float, default=each.default, help=each.metadata["words"])
    given = vars(parser.parse_args(arguments))
    writes = given.pop("write")
    assumed = Assumed(**given)
    if writes and assumed != Assumed():
        parser.error("the page keeps the model as it stands: --write alone")
    if writes:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), assumed), encoding="utf-8")
    else:
        print("\n\n".join(table.text() for table in tables(assumed)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
