"""A database that takes no more than PostgreSQL does, in front of the one that the tests run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def strictly(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """For `connection.execute_wrapper`: no null character and no half of one reaches a statement, nor as JSON."""
    rows = params if many else [params]
    for row in rows or []:
        for value in (row.values() if isinstance(row, dict) else row) or []:
            if isinstance(value, str):
                assert "\0" not in value, "a null character for the database"
                assert "\\u0000" not in value, "a null character within JSON"
                value.encode()
    return execute(sql, params, many, context)
