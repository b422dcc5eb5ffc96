"""A portal on two processes and a worker, PostgreSQL, Redis and a carrier, for all tests of this folder."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest
from websockets.sync.client import ClientConnection

from tests.services.cluster import Cluster
from tests.services.people import SOON, Owner, hear
from tests.services.subscribers import Subscriber, new_subscriber

LONG = 1000 if os.environ.get("PORTAL_LONG") else 0
# One person does not live through all rounds of the long form: their sign-in must stay fresh (P-42).
ROUNDS_A_PERSON = 50
# What the database says of a deadlock, up to its next subject.
DEADLOCK = re.compile(r"deadlock detected.*?(?=\n\S+ \S+ \S+ \[\d+\] (?:LOG|ERROR|FATAL)|\Z)", re.DOTALL)
# What is said of an errand that ended in an exception, by a worker and by the threads of a process that serves pages.
ACCIDENT = re.compile(r"raised unexpected.*|an errand failed.*|the outbox could not be read.*")

Person = TypeVar("Person", bound=Owner)
Rounds = Callable[[int], Iterator[Person]]


def pytest_collection_modifyitems(items):
    for item in items:
        if LONG and item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(3600))


@pytest.fixture(scope="session")
def running() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(running) -> Iterator[Cluster]:
    """Whatever a test is about: no answer and no errand is an accident, and nobody waits for one who waits for them."""
    running.answers.clear()
    another_hour(running)
    said = len(running.database.log.read_text())
    marks = {each.log: len(each.log.read_text()) for each in (*running.servers, running.worker)}
    yield running
    assert not DEADLOCK.findall(running.database.log.read_text()[said:])
    assert not [found for log, mark in marks.items() for found in ACCIDENT.findall(log.read_text()[mark:])]
    logs = "\n".join(log.read_text()[-3000:] for log in marks)
    assert [str(answer) for answer in running.answers if answer.status >= 500] == [], logs


def another_hour(cluster: Cluster) -> None:
    """Texts whose codes nobody has typed close the prefix that all numbers here share; those of before do not count."""
    cluster.write("DELETE FROM twofactor_delivery")
    cluster.write("DELETE FROM twofactor_closedprefix")


@pytest.fixture(scope="function" if LONG else "session", autouse=not LONG)
def silence(running) -> Iterator[tuple[Owner, ClientConnection, float]]:
    """A desk that waits at process A, its socket, and since when nothing has been said over it."""
    somebody = Owner(running)
    somebody.activate()
    somebody.begin()
    with somebody.desk.watch(running.servers[0]) as watching:
        hear(watching, "waiting", SOON)
        yield somebody, watching, monotonic()


@pytest.fixture
def owner(cluster) -> Owner:
    somebody = _owner(cluster)
    somebody.forget()
    return somebody


@pytest.fixture
def mara(cluster) -> Subscriber:
    """Somebody who signs in with codes by text, which leave by the worker."""
    cluster.worker.expect_ready()
    return new_subscriber(cluster)


def _owner(cluster: Cluster) -> Owner:
    somebody = Owner(cluster)
    somebody.activate()
    return somebody


@pytest.fixture
def rounds(cluster) -> Rounds[Owner]:
    """Gives the person of each round, with nothing left from the round before: so many rounds, or a thousand."""
    return lambda short: _rounds(cluster, _owner, short)


@pytest.fixture
def rounds_by_text(cluster) -> Rounds[Subscriber]:
    """The same for somebody who signs in with codes by text."""
    return lambda short: _rounds(cluster, new_subscriber, short)


def _rounds(cluster: Cluster, fresh: Callable[[Cluster], Person], short: int) -> Iterator[Person]:
    for number in range(LONG or short):
        if number % ROUNDS_A_PERSON == 0:
            another_hour(cluster)
            somebody = fresh(cluster)
        somebody.forget()
        yield somebody
