"""The doors are tried by the same people as the stories."""

from tests.stories.conftest import cheap, clock, handset, here, known, mara, one_clock, pocket  # noqa: F401 - fixtures
