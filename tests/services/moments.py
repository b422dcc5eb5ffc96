"""A moment to which the rows of a person go back, as often as a race is to be run from it.

Living through a whole sign-in before each race would take most of the time. So the road to the moment is walked once;
then the rows are put back as they were, every time in them moved on by what has passed, so that nothing grows old.
"""

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any

from tests.given import LONG
from tests.services.cluster import Cluster
from tests.services.people import Desk, Owner

# The record is only added to; receipts belong to it.
_KEPT = ("accounts_auditevent", "accounts_chainmark", "twofactor_receipt")
# Rows that are changed and never gone: sessions tell nobody whose they are, so those of others stay; and whatever is
# just being recorded finds its person.
_STAYING = {"django_session": "session_key", "accounts_user": "id"}
_COLUMNS = """
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position),
        array_agg(data_type = 'timestamp with time zone' ORDER BY ordinal_position)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND (table_name ~ '^(accounts|twofactor)_' OR table_name = 'django_session')
    GROUP BY table_name
"""
# Whose rows they are, by the first of these columns that a table has.
_WHOSE = {
    "user_id": "user_id = {}",
    "key_id": "key_id IN (SELECT id FROM twofactor_portalkey WHERE user_id = {})",
    "sheet_id": "sheet_id IN (SELECT id FROM twofactor_recoverysheet WHERE user_id = {})",
}


class Moment:
    """How everything of this person stands now; `back` brings it there again, with the cookies of these desks.

    What it has noted lies in a schema of this `name`, until the next moment of that name.
    """

    def __init__(self, cluster: Cluster, name: str, owner: Owner, *desks: Desk) -> None:
        self._cluster, self._owner = cluster, owner
        self._desk, self._keys = owner.desk, dict(owner.phone.keys)
        self._cookies = [(desk, dict(desk.cookies)) for desk in {owner.desk, *desks}]
        taken = cluster.one("SELECT now()::text")
        clear, fill = [], []
        cluster.sql.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")  # type: ignore[arg-type]
        for table, columns, are_times in cluster.rows(_COLUMNS):
            if table in _KEPT:
                continue
            mine = _mine(table, columns, owner.pk)
            cluster.sql.execute(f"CREATE TABLE {name}.{table} AS SELECT * FROM {table} WHERE {mine}")  # type: ignore[arg-type]
            if table not in _STAYING:
                # What hangs on other rows goes before them.
                clear.insert(0 if "_id IN" in mine else len(clear), f"DELETE FROM {table} WHERE {mine}")
            if cluster.one(f"SELECT count(*) FROM {name}.{table}"):
                passed = f"+ (now() - '{taken}')"
                values = [
                    f'"{column}" {passed if is_time else ""}'
                    for column, is_time in zip(columns, are_times, strict=True)
                ]
                fill.append(f"INSERT INTO {table} SELECT {', '.join(values)} FROM {name}.{table}")
                if table in _STAYING:
                    renewed = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in columns)
                    fill[-1] += f" ON CONFLICT ({_STAYING[table]}) DO UPDATE SET {renewed}"
        # Rows come in any order, so nobody looks whom they refer to.
        begin = "BEGIN; SET LOCAL session_replication_role = replica"
        self._back = "; ".join([begin, *clear, *fill, "COMMIT"])

    def back(self) -> None:
        self._owner.rest()
        self._cluster.sql.execute(self._back)  # type: ignore[call-overload]
        self._owner.since = self._cluster.one("SELECT coalesce(max(id), 0) FROM accounts_auditevent")
        self._owner.desk, self._owner.phone.keys = self._desk, dict(self._keys)
        for desk, cookies in self._cookies:
            desk.cookies = dict(cookies)


def _mine(table: str, columns: list[str], pk: Any) -> str:
    if table == "accounts_user":
        return f"id = {pk}"
    return next((mine.format(pk) for name, mine in _WHOSE.items() if name in columns), "true")


class Grown:
    """One person for many tests: each of them meets who they were at first, as long as that sign-in is fresh (P-42)."""

    FRESH = 100

    def __init__(self, cluster: Cluster, name: str, make: Callable[[Cluster], Owner]) -> None:
        self._cluster, self._name, self._make = cluster, name, make
        self._since = -inf

    def __call__(self) -> Any:
        if self._since < monotonic() - self.FRESH:
            self.renew()
        self._moment.back()
        return self._owner

    def renew(self) -> None:
        """Somebody new, with a sign-in of now."""
        self._owner = self._make(self._cluster)
        self._owner.forget()
        self._moment = Moment(self._cluster, self._name, self._owner)
        self._since = monotonic()


def many(count: int) -> int:
    """As many at once as a burst has; in the long form fewer of them meet, a thousand times."""
    return min(count, 6) if LONG else count
