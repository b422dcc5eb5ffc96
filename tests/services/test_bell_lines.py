"""What is rung is on its way to the other processes at once, and a line that has ended costs nobody a bell."""

from time import monotonic

import pytest
import redis

from tests.services.talk import PATIENCE
from twofactor import bell as bells


@pytest.fixture
def address(cluster, settings):
    settings.REDIS_URL = f"unix://{cluster.bell.folder / 'redis.sock'}"
    return settings.REDIS_URL


@pytest.fixture
def other(address):
    """What another process hears."""
    with redis.Redis.from_url(address, decode_responses=True) as line, line.pubsub() as subscription:
        subscription.subscribe("portal.bell")
        assert subscription.get_message(timeout=PATIENCE)["type"] == "subscribe"
        yield subscription


@pytest.fixture
def bell(address):
    bell = bells.Bell(shared=True)
    yield bell
    bell.end()


def heard(other, bell: bells.Bell) -> list[str]:
    """What this bell says next, without its being there: the portal of all tests rings as well."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        message = other.get_message(timeout=PATIENCE)
        sender, *names = message["data"].split(" ") if message else ("",)
        if sender == bell._me and names:
            return names
    raise AssertionError("it was not rung")


def test_it_is_sent_by_the_thread_that_rings(bell, other, monkeypatch):
    monkeypatch.setattr(bell, "_begin", lambda *works: None)
    bell._line = bells._Line(bell._connect())
    bell.ring("desk.1", "approved")
    assert heard(other, bell) == ["desk.1", "approved"]


def test_what_is_sent_already_is_not_said_once_more(bell, other, monkeypatch):
    bell._line = line = bells._Line(bell._connect())
    bell.ring("desk.1")
    assert heard(other, bell) == ["desk.1"]
    with bell._speaks:
        bell.ring("desk.2")
    assert heard(other, bell) == ["desk.2"]
    assert bell._line is line


def test_while_a_line_is_spoken_on_nobody_waits_for_it(bell, monkeypatch):
    monkeypatch.setattr(bell, "_begin", lambda *works: None)
    bell._line = bells._Line(bell._connect())
    with bell._speaks:
        bell.ring("desk.1")
    assert bell._gathered() == [("desk.1", None)]


@pytest.mark.parametrize("by_the_page", [True, False])
def test_over_a_line_that_was_ended_nothing_is_lost(bell, other, address, by_the_page):
    bell.ring("desk.1")
    assert heard(other, bell) == ["desk.1"]
    with bell._speaks:
        bell._line._connection.send_command("CLIENT", "ID")
        number = bell._line._connection.read_response()
        with redis.Redis.from_url(address) as killing:
            assert killing.client_kill_filter(_id=number) == 1
        if not by_the_page:
            bell.ring("desk.2")
    if by_the_page:
        bell.ring("desk.2")
    assert heard(other, bell) == ["desk.2"]
