"""The whole form, once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.cluster.whole import Whole
from tests.services.logs import Logs
from tests.services.people import Owner


@pytest.fixture(scope="session")
def whole() -> Iterator[Whole]:
    whole = Whole()
    yield whole
    whole.stop()


@pytest.fixture(autouse=True)
def told(whole) -> Iterator[None]:
    """What its parts said meanwhile is shown where a test has failed."""
    logs = Logs(sorted((whole.folder / "logs").glob("*.log")))
    yield
    for log, said in logs.said().items():
        print(f"--- {log.name}", said[-5000:], sep="\n")


@pytest.fixture(scope="session")
def grown(whole) -> Owner:
    """Somebody with a key and a desk that is known."""
    somebody = Owner(whole)
    somebody.activate()
    return somebody


@pytest.fixture
def owner(whole, grown) -> Owner:
    whole.answers.clear()
    grown.forget()
    return grown
