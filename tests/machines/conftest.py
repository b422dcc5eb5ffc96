"""The machines run on the same cheap hashes as the stories."""

from tests.stories.conftest import cheap  # noqa: F401 - a fixture
