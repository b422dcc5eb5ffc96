"""Pages are read by the same people as in the stories."""

from tests.stories.conftest import app, cheap, clock, handset, here, known, mara, one_clock, pocket  # noqa: F401 - fixtures
