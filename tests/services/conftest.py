"""A portal on two processes and a worker, PostgreSQL, Redis and a carrier, for all tests of this folder."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import pytest
from websockets.sync.client import ClientConnection

from tests.given import LONG
from tests.services.cluster import Cluster
from tests.services.logs import Logs
from tests.services.moments import Grown, Moment
from tests.services.people import SOON, Desk, Owner, hear
from tests.services.subscribers import Subscriber, new_subscriber

ROUNDS = 1000
# One person does not live through all rounds of the long form: their sign-in must stay fresh (P-42).
ROUNDS_A_PERSON = 50
# And what is lived through as a whole, each time from its beginning, has fewer of them.
WHOLE_ROUNDS = 50
# What the database says of a deadlock, up to its next subject.
DEADLOCK = re.compile(r"deadlock detected.*?(?=\n\S+ \S+ \S+ \[\d+\] (?:LOG|ERROR|FATAL)|\Z)", re.DOTALL)
# What is said of an errand that ended in an exception, by a worker and by the threads of a process that serves pages.
ACCIDENT = re.compile(r"raised unexpected.*|an errand failed.*|the outbox could not be read.*")

Person = TypeVar("Person", bound=Owner)
Rounds = Callable[[int], Iterator[Person]]
Moments = Callable[[Callable[[], Any], int], Iterator[Any]]


def pytest_collection_modifyitems(items):
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in ours if LONG else ():
        item.add_marker(pytest.mark.timeout(3600))
    # A desk waits from the first test on (see `silence`): long enough once these have passed, and not too long.
    before = [item for item in ours if item.path.name == "test_faults_of_carrying.py"]
    for item in [item for item in ours if item.path.name == "test_waiting.py"] if before else ():
        items.remove(item)
        items.insert(items.index(before[-1]) + 1, item)


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
    logs = Logs(each.log for each in (*running.servers, running.worker))
    yield running
    assert not DEADLOCK.findall(running.database.log.read_text()[said:])
    said_since = logs.said().values()
    assert not [found for each in said_since for found in ACCIDENT.findall(each)]
    ends = "\n".join(each[-3000:] for each in said_since)
    assert [str(answer) for answer in running.answers if answer.status >= 500] == [], ends


def another_hour(cluster: Cluster) -> None:
    """Texts whose codes nobody has typed close the prefix that all numbers here share; those of before do not count."""
    # Nothing is taken away from an errand that is on its way, and none begins meanwhile.
    cluster.write("UPDATE twofactor_delivery SET state = 'failed' WHERE state = 'queued'")
    cluster.wait_for("SELECT NOT EXISTS (SELECT FROM twofactor_delivery WHERE state = 'sending')")
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


@pytest.fixture(scope="session")
def grown_owner(running) -> Grown:
    return Grown(running, "owner", activated)


def activated(cluster: Cluster) -> Owner:
    somebody = Owner(cluster)
    somebody.activate()
    return somebody


@pytest.fixture(scope="session")
def grown_subscriber(running) -> Grown:
    return Grown(running, "subscriber", new_subscriber)


@pytest.fixture
def new_owner(cluster, grown_owner) -> Grown:
    """Somebody with a key, a known desk that has just signed in, and a past that counts nowhere."""
    return grown_owner


@pytest.fixture
def owner(new_owner) -> Owner:
    return new_owner()


@pytest.fixture
def grown_mara(cluster, grown_subscriber) -> Grown:
    """Somebody who signs in with codes by text, which leave by the worker."""
    cluster.worker.expect_ready()
    return grown_subscriber


@pytest.fixture
def mara(grown_mara) -> Subscriber:
    return grown_mara()


@pytest.fixture
def rounds(cluster, new_owner) -> Rounds[Owner]:
    """Gives the person of each round, with nothing left from the round before: so many rounds, or the long form's."""
    return lambda short: _rounds(cluster, new_owner, short)


@pytest.fixture
def rounds_by_text(cluster, grown_mara) -> Rounds[Subscriber]:
    """The same for somebody who signs in with codes by text."""
    return lambda short: _rounds(cluster, grown_mara, short)


def _rounds(cluster: Cluster, again: Callable[[], Person], short: int) -> Iterator[Person]:
    for _number in range(WHOLE_ROUNDS if LONG else short):
        another_hour(cluster)
        yield again()


@pytest.fixture
def moments(cluster) -> Moments:
    """Walks once to where a race begins, and goes back there for each round: so many rounds, or a thousand.

    The scene that it is given returns the person and whatever else the rounds need, their further desks included.
    """

    def again_and_again(scene: Callable[[], Any], short: int) -> Iterator[Any]:
        for number in range(ROUNDS if LONG else short):
            if number % ROUNDS_A_PERSON == 0:
                another_hour(cluster)
                found = scene()
                somebody, *more = found if isinstance(found, tuple) else (found,)
                somebody.rest()
                moment = Moment(cluster, "scene", somebody, *[each for each in more if isinstance(each, Desk)])
            moment.back()
            yield found

    return again_and_again
