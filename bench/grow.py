"""`python -m bench.grow NAME USERS EVENTS ROUNDS`: sign-ins before and after the tables have grown, as JSON.

One person signs in and looks at their pages again and again; then so many others are there, with keys, sessions and
history, the person has a long one too, and everything is walked once more. Rows are multiplied where they are: what the
walk itself has left is the pattern, so they are as the portal writes them. On PostgreSQL alone.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from bench.queries import Walker
from bench.server import PASSWORD

PAGES = ("", "key/", "activity/", "phone/", "passkeys/", "app/", "recovery-codes/")
# What a person may have left in some years: sign-ins, questions and events of their own.
HISTORY = 1_000
_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
# Numbers of rows that are made here begin far above those that the portal gives.
_FAR = 1_000_000_000


class Timed(Walker):
    """A walk that looks at every page of theirs, and writes down what the database was asked and how much it worked.

    That is the time on a core of the process that answers: how busy the machine is otherwise makes no difference to it.
    """

    def __init__(self, username: str) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)
        self.asked: dict[tuple[str, str], Any] = {}
        self.longest: dict[str, tuple[float, str]] = {}
        super().__init__(username, PASSWORD)

    def _step(self, name: str, act: Callable[[], Any]) -> Any:
        from django.db import connection

        spent = 0.0

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal spent
            busy = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
            begun = _worked(busy)
            try:
                return execute(sql, params, many, context)
            finally:
                took = _worked(busy) - begun
                spent += took
                if sql.lstrip().startswith(_VERBS):
                    self.asked[name, sql] = params
                    self.longest[name] = max(self.longest.get(name, (0.0, "")), (took, sql))

        with connection.execute_wrapper(note):
            done = act()
        self.took[name].append(spent)
        return done

    def _leave(self) -> None:
        # The first one is only there to bring the key.
        if self.took:
            for page in PAGES:
                self._step(f"page: security/{page}", lambda: self._desk.get(f"/security/{page}"))  # noqa: B023
            self._step("sweep", _sweep)
        super()._leave()


def _worked(busy: Path) -> float:
    """Milliseconds that this process has been on a core."""
    return int(busy.read_text().split()[0]) / 1_000_000


def _sweep() -> None:
    """What a worker does every five seconds."""
    from twofactor import tasks

    tasks.due()
    tasks.do_chores()


def main(username: str, users: int, events: int, rounds: int) -> dict[str, Any]:
    django.setup()
    walker = Timed(username)
    walker.sign_in()
    before = _counted()
    small = _walks(walker, rounds)
    written = {table: (count - before[table]) / (rounds + 1) for table, count in _counted().items()}
    begun = time.monotonic()
    tables = _grow(username, users, events)
    filled = time.monotonic() - begun
    walker.asked.clear()
    walker.longest.clear()
    large = _walks(walker, rounds)
    steps = {name: (small[name], large[name]) for name in small}
    found = {"filled": filled, "tables": tables, "steps": steps, "longest": walker.longest}
    found |= {"sizes": _sizes(), "written": {table: rows for table, rows in written.items() if rows > 0}}
    return found | {"scans": _scans(walker.asked, tables)}


def _walks(walker: Timed, rounds: int) -> dict[str, float]:
    """The median of each step, in milliseconds of the database."""
    walker.sign_in()
    walker.took.clear()
    for _each in range(rounds):
        walker.sign_in()
    return {name: statistics.median(took) for name, took in walker.took.items()}


def _grow(username: str, users: int, events: int) -> dict[str, int]:
    """Multiply the rows that this person has left; gives how many each table has now."""
    from django.contrib.sessions.models import Session
    from django.db import connection
    from django.utils import timezone

    from accounts import models as accounts
    from twofactor import models as twofactor

    user = accounts.User.objects.get(username=username)
    twofactor.Delivery.objects.create(user=user, way="mail", kind="notice", state="delivered", deadline=timezone.now())
    owner, key = f"{_FAR} + g", f"{_FAR} + g"
    ours = f"{_FAR} + 1 + g % {users}"
    ago = f"now() - g * (interval '700 days' / {events})"
    everybody: list[tuple[Any, dict[str, str]]] = [
        (accounts.User, {"id": owner, "username": "'grown' || g"}),
        (accounts.OpenSession, {"user_id": owner, "session_key": "md5('open' || g)"}),
        (Session, {"session_key": "md5('kept' || g)"}),
        (accounts.KnownBrowser, {"user_id": owner}),
        (twofactor.PortalKey, {"id": key, "user_id": owner, "kid": "rpad(md5('kid' || g), 43, 'x')"}),
        (
            twofactor.Activation,
            {"id": "'grown' || g", "user_id": owner, "key_id": key, "code_digest": "md5('code' || g)"},
        ),
        (accounts.Login, {"id": "'grown' || g", "user_id": owner}),
        (twofactor.Challenge, {"id": "'grown' || g", "key_id": key, "login_id": "'grown' || g"}),
        (twofactor.AskedQuestion, {"key_id": key}),
        (twofactor.Delivery, {"id": "'grown' || g", "user_id": owner}),
        (accounts.Tally, {"subject": "'grown' || g"}),
    ]
    history: list[tuple[Any, dict[str, str]]] = [
        (accounts.Login, {"id": "'old' || g", "created": ago}),
        (twofactor.Challenge, {"id": "'old' || g", "login_id": "'old' || g", "created": ago}),
        (twofactor.AskedQuestion, {"question": "'x' || g", "at": ago}),
        (twofactor.Delivery, {"id": "'old' || g", "created": ago}),
        (accounts.AuditEvent, {"name": "'old' || g", "seq": f"-{_FAR} - g", "at": ago}),
    ]
    for model, changed in everybody:
        _multiply(model, users, changed)
    for model, changed in history:
        _multiply(model, HISTORY, changed)
    _multiply(
        accounts.AuditEvent,
        events,
        {"name": "'grown' || g", "seq": "-g", "user_id": ours, "user_number": ours, "at": ago},
    )
    _multiply(
        twofactor.Receipt,
        users,
        {"event_id": "(SELECT max(id) FROM accounts_auditevent) - g", "challenge": "'grown' || g"},
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {table: count for table, count in _counted().items() if count >= users}


def _counted() -> dict[str, int]:
    """How many rows each table has."""
    from django.apps import apps
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table  # noqa: SLF001
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found


def _sizes() -> dict[str, tuple[float, float]]:
    """Bytes a row and bytes of its entries in indexes, of tables that have enough of them to tell."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_table_size(oid) / reltuples, pg_indexes_size(oid) / reltuples FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 1000"
        )
        return {table: (row, indexes) for table, row, indexes in cursor.fetchall()}


def _multiply(model: Any, count: int, changed: dict[str, str]) -> None:
    """So many rows like the last one, but for the columns that `changed` gives in SQL; `g` counts them."""
    from django.db import connection

    columns = [field.column for field in model._meta.concrete_fields]  # noqa: SLF001
    numbered = model._meta.pk.get_internal_type().endswith("AutoField")  # noqa: SLF001
    kept = [column for column in columns if not (numbered and column == "id" and column not in changed)]
    values = ", ".join(changed.get(column, f't."{column}"') for column in kept)
    names, table = ", ".join(f'"{column}"' for column in kept), model._meta.db_table  # noqa: SLF001
    pattern = f'SELECT * FROM "{table}" ORDER BY ctid DESC LIMIT 1'
    if any(column == "user_id" for column in columns) and "user_id" not in changed:
        pattern = f'SELECT * FROM "{table}" WHERE user_id < {_FAR} ORDER BY ctid DESC LIMIT 1'
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM ({pattern}) t, generate_series(1, {count}) g'
        )


def _scans(asked: dict[tuple[str, str], Any], tables: dict[str, int]) -> list[tuple[str, str, str]]:
    """Every statement that reads the whole of a table that has grown: the step, the table, the statement."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for (step, sql), params in asked.items():
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            (plan,) = cursor.fetchone()[0]
            found += [(step, table, sql) for table in sorted(_read_whole(plan["Plan"]) & tables.keys())]
    return found


def _read_whole(node: dict[str, Any]) -> set[str]:
    below = [_read_whole(each) for each in node.get("Plans", [])]
    own = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    return own.union(*below)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], *map(int, sys.argv[2:]))))
