"""What is thrown at the portal, at its people's expense: the same people, cheap hashes and clock as in the stories."""

import pytest
from django.db import connection

pytest.register_assert_rewrite("tests.fuzz.api", "tests.fuzz.limiter")

from tests.fuzz.strict import strictly  # noqa: E402
from tests.given import LONG  # noqa: E402
from tests.stories.conftest import cheap, clock, here, known, mara, one_clock, pocket  # noqa: E402, F401 - fixtures


@pytest.fixture(scope="session", autouse=True)
def all_doors(django_db_setup, django_db_blocker):
    """The portal as it is served, made before any test sets anything, as for the doors."""
    with django_db_blocker.unblock():
        import portal.asgi  # noqa: F401


@pytest.fixture(autouse=True)
def as_strict_as_postgresql():
    """What PostgreSQL would refuse as text is a fault here, too."""
    with connection.execute_wrapper(strictly):
        yield


def pytest_collection_modifyitems(items):
    """The long forms take as long as they take."""
    if LONG:
        for item in items:
            if "fuzz" in item.path.parts:
                item.add_marker(pytest.mark.timeout(0))
