"""How long a page, a page of the staff and a worker wait for a database that says nothing (FI-04)."""

from contextvars import Context

import pytest

from portal import patience
from tests.unit import anew

# Seconds.
PAGE = 8


def waits(times=1):
    """For how long it waits for the answer to one statement."""
    given = []
    patience._wait(None, lambda _statement, timeout: given.append(timeout), times, None)
    return given[0]


@pytest.fixture
def ours(monkeypatch):
    return anew.read(monkeypatch, DATABASE_URL="postgres://portal@database/portal")


def test_a_page_waits_for_one_statement_and_one_new_line_and_no_longer(ours, settings):
    settings.PORTAL_DATABASE_PATIENCE = ours["PORTAL_DATABASE_PATIENCE"]
    assert Context().run(waits) + ours["DATABASES"]["default"]["OPTIONS"]["connect_timeout"] <= PAGE


def test_whoever_keeps_nobody_waiting_is_more_patient():
    assert Context().run(waits, patience.LONGER) == patience.LONGER * Context().run(waits)
