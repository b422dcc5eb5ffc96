"""A process whose path begins with this folder has a clock that is wrong by TESTS_CLOCK_AHEAD seconds, and runs on."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

AHEAD = timedelta(seconds=float(os.environ["TESTS_CLOCK_AHEAD"]))
time_machine.travel(datetime.now(UTC) + AHEAD, tick=True).start()
