"""The attacks on a sign-in again, an application waiting at its end: each on every road that leads to one."""

import pytest

from tests.applications.asked.conftest import bank, committed
from tests.applications.between.roads import ROADS

__all__ = ["bank", "committed"]


@pytest.fixture(params=ROADS)
def kind(request):
    return request.param


@pytest.fixture
def begin(kind, mara, pocket, known, bank):
    """Begins one of these: the application waits, and Mara's phone is asked."""
    return lambda: ROADS[kind](bank, mara, pocket, known)


@pytest.fixture
def road(begin):
    return begin()
