"""The doors are tried by the same people as the stories."""

import pytest

from tests.stories.conftest import cheap, clock, handset, here, known, mara, one_clock, pocket  # noqa: F401 - fixtures


@pytest.fixture(scope="session", autouse=True)
def whole(django_db_setup, django_db_blocker):
    """The portal as it is served, made before any test sets anything: it looks at its settings and refuses odd ones."""
    with django_db_blocker.unblock():
        import portal.asgi  # noqa: F401
