"""The doors are tried by the same people as the stories."""

from tests.stories.conftest import cheap, clock, here, known, mara, pocket  # noqa: F401 - fixtures
