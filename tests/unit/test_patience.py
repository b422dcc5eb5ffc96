"""How long a page, a page of the staff and a worker wait for a database that says nothing (FI-04)."""

from contextvars import Context
from types import SimpleNamespace

import pytest
from django.db.backends.signals import connection_created

from portal import lines, patience
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


@pytest.fixture
def opened(monkeypatch):
    """For how long a line waits that is opened in a process which has begun like this."""
    monkeypatch.setattr(connection_created, "receivers", [])

    def open_one(begin):
        begin()
        given = []
        line = SimpleNamespace(wait=lambda _statement, timeout: given.append(timeout))
        connection_created.send(None, connection=SimpleNamespace(vendor="postgresql", connection=line))
        # Apart from whatever a page of another test has asked for.
        Context().run(line.wait, None)
        return given

    return open_one


def test_a_page_waits_for_one_statement_and_one_new_line_and_no_longer(ours, settings):
    settings.PORTAL_DATABASE_PATIENCE = ours["PORTAL_DATABASE_PATIENCE"]
    assert Context().run(waits) + ours["DATABASES"]["default"]["OPTIONS"]["connect_timeout"] <= PAGE


def test_whoever_keeps_nobody_waiting_is_more_patient():
    assert Context().run(waits, patience.LONGER) == patience.LONGER * Context().run(waits)


def test_each_line_of_a_server_has_an_end_to_its_patience(opened, settings):
    assert opened(lines.begin) == [settings.PORTAL_DATABASE_PATIENCE]


def test_each_line_of_a_worker_has_a_longer_one(opened, settings):
    from portal import celery  # takes longer to load than this file takes

    assert opened(celery._begin) == [patience.LONGER * settings.PORTAL_DATABASE_PATIENCE]
