"""The machines run on the same cheap hashes and the same clock as the stories."""

import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection

pytest.register_assert_rewrite("tests.machines.walk", "tests.machines.watched")

from tests.stories.conftest import cheap, clock  # noqa: E402, F401 - fixtures


@pytest.fixture
def one_clock(db, clock):  # noqa: F811 - the fixture of that name
    """Python's clock for the database too, so that time may pass for both."""
    following = True

    def strftime(_form: str, _moment: str) -> str:
        real = not following and time_machine.escape_hatch.is_travelling()
        seconds = time_machine.escape_hatch.time.time() if real else time.time()
        now = datetime.fromtimestamp(seconds, UTC)
        return f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}"

    connection.ensure_connection()
    # What Django asks SQLite for `Now()`. The function stays with the connection, and tells the real time afterwards.
    connection.connection.create_function("strftime", 2, strftime)
    yield clock
    following = False
