"""What watches the portal learns whether to send people here, and which part is in trouble (R-91)."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from portal import probes, starting
from portal.draining import draining
from twofactor.models import Delivery

WELL = {
    "ready": True,
    "draining": False,
    "database": "answers",
    "migrations": "applied",
    "clock": "right",
    "bell": "inside",
    "outbox": "moving",
}


@pytest.fixture
def ready(db, here):
    """Ask, and read the answer with its status."""

    def ask():
        answer = here.get("/health/ready")
        return answer.status_code, json.loads(answer.content)

    return ask


@pytest.fixture
def behind(monkeypatch):
    """A process that has not seen the tables yet, and a database that lacks one of its migrations."""
    probes._applied.clear()
    MigrationRecorder.Migration.objects.filter(app="twofactor").order_by("-pk").first().delete()


def test_the_probes_say_no_more_than_they_must(ready, here):
    assert json.loads(here.get("/health/live").content) == {"live": True}
    assert ready() == (200, WELL)


def test_without_its_tables_it_is_not_ready(ready, behind):
    assert ready() == (503, {**WELL, "ready": False, "migrations": "missing"})


def test_tables_that_have_been_seen_are_not_looked_for_again(ready, django_assert_max_num_queries):
    ready()
    with django_assert_max_num_queries(3):
        ready()


def test_with_a_wrong_clock_it_is_not_ready(ready, monkeypatch):
    """P-49."""
    monkeypatch.setattr(starting, "clock_error", lambda: 31.0)
    assert ready() == (503, {**WELL, "ready": False, "clock": "wrong"})


def test_without_a_database_it_is_not_ready(ready, monkeypatch):
    """FI-04: and says no more of what nobody can know."""

    def away():
        raise DatabaseError("no such host: db-7.internal")

    with monkeypatch.context() as gone:
        gone.setattr(connection, "cursor", away)
        answer = ready()
    assert answer == (503, {"ready": False, "draining": False, "database": "away"})


def test_nobody_new_is_sent_to_a_process_that_ends(ready):
    draining.set()
    try:
        assert ready() == (503, {**WELL, "ready": False, "draining": True})
    finally:
        draining.clear()


def test_a_mute_bell_is_told_and_keeps_nobody_away(ready, settings):
    """FI-03: pages ask by themselves."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert ready() == (200, {**WELL, "bell": "mute"})


@pytest.mark.parametrize(("seconds", "word"), [(5, "moving"), (31, "late")])
def test_an_outbox_that_nobody_empties_is_told(ready, mara, seconds, word):
    now = timezone.now()
    due = now - timedelta(seconds=seconds)
    fields = {"user": mara, "way": "text", "kind": "sign-in", "language": "en", "deadline": now, "next_at": due}
    Delivery.objects.create(**fields)
    assert ready() == (200, {**WELL, "outbox": word})


def test_a_withdrawal_waits_for_its_time_and_is_not_late(ready, mara):
    due = timezone.now() - timedelta(hours=1)
    fields = {"user": mara, "way": "push", "kind": "withdraw", "language": "en", "deadline": due, "next_at": due}
    Delivery.objects.create(**fields)
    assert ready()[1]["outbox"] == "moving"
