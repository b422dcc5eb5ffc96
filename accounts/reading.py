"""The environment as the settings read it: what was asked for, and what stands there when nobody has set it."""

from __future__ import annotations

from typing import Any

import environ


class Environment(environ.Env):
    """Notes each variable with its default, so that the page of settings is made from the code (docs/operating.md)."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.read: dict[str, object] = {}

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        self.read[var] = default
        return super().get_value(var, cast, default, parse_default)
