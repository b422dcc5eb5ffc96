"""SQLite takes a text of any length in any column, and PostgreSQL does not: here SQLite refuses it, too.

Most tests run on SQLite. What they write would else be refused for the first time where people run the portal.
"""

import re
from collections.abc import Iterator

from django.db import connection

# The largest whole number of each kind that PostgreSQL keeps.
_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def be_strict() -> None:
    """Let the tables of this database refuse what PostgreSQL's would."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"PRAGMA table_info({table})")
            wrong = [told for _at, column, kind, *_more in cursor.fetchall() for told in _wrong(column, kind)]
            for moment in ("INSERT", "UPDATE"):
                refuse = f"RAISE(ABORT, 'PostgreSQL would not keep this in {table}')"
                cursor.execute(
                    f"CREATE TRIGGER strict_{moment}_{table} BEFORE {moment} ON {table} "
                    f"WHEN {' OR '.join(wrong) or 'FALSE'} BEGIN SELECT {refuse}; END"
                )


def _wrong(column: str, kind: str) -> Iterator[str]:
    """When a value is none for such a column."""
    new = f'NEW."{column}"'
    longest = re.fullmatch(r"varchar\((\d+)\)", kind)
    if longest:
        yield f"length({new}) > {longest[1]}"
    if longest or kind == "text":
        # It would not take this letter in any text.
        yield f"instr({new}, char(0)) > 0"
    largest = next((most for name, most in _LARGEST.items() if kind.startswith(name)), None)
    if largest:
        yield f"abs({new}) > {largest}"
