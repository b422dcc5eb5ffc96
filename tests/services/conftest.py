"""A portal on two processes, PostgreSQL and Redis, for all tests of this folder."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from websockets.sync.client import ClientConnection

from tests.services.cluster import Cluster
from tests.services.people import SOON, Owner, hear

LONG = 1000 if os.environ.get("PORTAL_LONG") else 0
# One person does not live through all rounds of the long form: their sign-in must stay fresh (P-42).
ROUNDS_A_PERSON = 50
# What the database says of a deadlock, up to its next subject.
DEADLOCK = re.compile(r"deadlock detected.*?(?=\n\S+ \S+ \S+ \[\d+\] (?:LOG|ERROR|FATAL)|\Z)", re.DOTALL)

Rounds = Callable[[int], Iterator[Owner]]


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
    """Whatever a test is about: no answer is an accident, and nobody waits for somebody who waits for them."""
    running.answers.clear()
    said = len(running.database.log.read_text())
    yield running
    assert not DEADLOCK.findall(running.database.log.read_text()[said:])
    logs = "\n".join(server.log.read_text()[-3000:] for server in running.servers)
    assert [str(answer) for answer in running.answers if answer.status >= 500] == [], logs


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
    somebody = Owner(cluster)
    somebody.activate()
    somebody.forget()
    return somebody


@pytest.fixture
def rounds(cluster) -> Rounds:
    """Gives the person of each round, with nothing left from the round before: so many rounds, or a thousand."""

    def play(short: int) -> Iterator[Owner]:
        for number in range(LONG or short):
            if number % ROUNDS_A_PERSON == 0:
                somebody = Owner(cluster)
                somebody.activate()
            somebody.forget()
            yield somebody

    return play
