"""A kept line to the database is looked at before each page, and is asked only where that tells something."""

import psycopg
import pytest
from django.db import ConnectionHandler
from django.db.backends.postgresql.base import DatabaseWrapper

from portal import lines

HERE = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"


@pytest.fixture
def connection(cluster):
    address = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "portal"}
    connection = ConnectionHandler({"default": {**address, "HOST": str(cluster.database.folder)}})["default"]
    connection.connection = connection.get_new_connection(connection.get_connection_params())
    connection.connection.autocommit = True
    lines._take_up(1, connection)
    yield connection
    connection.close()


@pytest.fixture
def asked(monkeypatch):
    """How often the server is asked."""
    times, ask = [], DatabaseWrapper.is_usable
    monkeypatch.setattr(DatabaseWrapper, "is_usable", lambda self: times.append(self) or ask(self))
    return times


def test_a_line_that_stands_is_used_without_a_question(connection, asked):
    assert connection.is_usable()
    assert not asked


def test_a_line_that_the_server_has_ended_is_not_used(cluster, connection, asked):
    pid = connection.connection.info.backend_pid
    with psycopg.connect(cluster.database.line, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    cluster.wait_for(HERE, pid)
    assert not connection.is_usable()
    assert len(asked) == 1


def test_what_the_server_says_unasked_is_heard_and_the_line_is_used(cluster, connection, asked):
    connection.connection.execute("LISTEN news")
    with psycopg.connect(cluster.database.line, autocommit=True) as other:
        other.execute("NOTIFY news")
    assert lines.select.select([connection.connection.fileno()], [], [], 20)[0]
    assert connection.is_usable()
    assert len(asked) == 1
    assert connection.is_usable()
    assert len(asked) == 1


def test_after_an_error_the_server_is_asked(connection, asked):
    connection.errors_occurred = True
    assert connection.is_usable()
    assert len(asked) == 1


def test_a_line_that_we_have_closed_is_not_used(connection, asked):
    connection.connection.close()
    assert not connection.is_usable()
    assert not asked
