"""How much is tried: little and always the same with every change, much and anew by `make long` (PORTAL_LONG=1)."""

from typing import Any

from hypothesis import HealthCheck, Phase, settings

from tests.given import LONG


def tries(short: int, long: int) -> Any:
    """So many examples, shrunk where one fails."""
    return settings(
        max_examples=long if LONG else short,
        derandomize=not LONG,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
