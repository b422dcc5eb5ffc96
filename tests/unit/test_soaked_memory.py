"""What the soak calls flat: a leak goes on, and what settles stops."""

import math
from collections.abc import Callable

import pytest

from tests.faults.memory import Life

MIB = 1024
HOUR = 3600


def lived(grown: Callable[[float], float], seconds: float = 2400) -> Life:
    """A process of 160 MiB, read every quarter of a minute, that has so many MiB more after so many seconds."""
    return Life(1, [(at, at // 4, int((160 + grown(at)) * MIB)) for at in range(0, int(seconds), 15)])


@pytest.mark.parametrize(
    "grown",
    [
        lambda at: 0.0,
        pytest.param(lambda at: 25 * (1 - math.exp(-at / 600)), id="settles"),
        pytest.param(lambda at: 19 * (at > 2000), id="one more core hashes"),
        pytest.param(lambda at: at % 60 / 20, id="goes up and down"),
    ],
)
def test_what_settles_is_flat(grown):
    assert lived(grown).is_known
    assert lived(grown).is_flat


@pytest.mark.parametrize(
    "grown",
    [
        pytest.param(lambda at: 10 * at / HOUR, id="from the beginning"),
        pytest.param(lambda at: 15 * (1 - math.exp(-at / 600)) + 8 * at / HOUR, id="while it settles"),
        pytest.param(lambda at: max(0, at - 1300) * 12 / HOUR, id="later"),
        pytest.param(lambda at: at // 120 * 0.4, id="with each fault"),
    ],
)
def test_what_goes_on_growing_is_not(grown):
    assert not lived(grown).is_flat


def test_of_a_short_life_nothing_is_said():
    assert not lived(lambda at: at, seconds=600).is_known
    assert "too short to say more" in str(lived(lambda at: at, seconds=600))
