"""A portal of two processes and a worker whose database, bell and processes die in these tests and come back."""

import re
from collections.abc import Iterator

import pytest

from tests.faults.fragile import LONGEST, Fragile
from tests.services.conftest import activated, another_hour
from tests.services.logs import Logs
from tests.services.moments import Grown
from tests.services.people import Owner

# What may be an accident while the database is in trouble; anything else is a mistake of ours.
ACCIDENTS = {"OperationalError", "InterfaceError", "InternalError"}


@pytest.fixture(scope="session")
def standing() -> Iterator[Fragile]:
    cluster = Fragile()
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(standing) -> Iterator[Fragile]:
    """Whatever a test breaks: whoever is refused hears when to come back, nobody waits long, nothing else breaks."""
    standing.answers.clear()
    another_hour(standing)
    logs = Logs(server.log for server in standing.servers)
    yield standing
    said = "\n".join(logs.said().values())
    print(said)  # shown where a test has failed
    for answer in [answer for answer in standing.answers if answer.message.path != "/health/ready"]:
        assert answer.status < 500 or (answer.status == 503 and answer.headers["Retry-After"]), answer
        assert answer.seconds < LONGEST, answer
    assert set(re.findall(r"ALERT portal.accident .*reason=(\w+)", said)) <= ACCIDENTS


@pytest.fixture(scope="session")
def grown_owner(standing) -> Grown:
    return Grown(standing, "owner", activated)


@pytest.fixture
def owner(cluster, grown_owner) -> Owner:
    return grown_owner()
