"""The machines run on the same cheap hashes, the same clock and the same carrier as the stories."""

import pytest

pytest.register_assert_rewrite("tests.machines.texting", "tests.machines.walk", "tests.machines.watched")

from tests.stories.conftest import cheap, clock, handset, one_clock  # noqa: E402, F401 - fixtures
