"""A plugin of pytest: tells coverage which test is running, fixtures included, and what it cost of the processor."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

_took: dict[str, float] = {}
_failed: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(item.nodeid)
    begun = time.process_time()
    try:
        return (yield)
    finally:
        _took[item.nodeid] = time.process_time() - begun
        if running is not None:
            running.switch_context("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test that fails as the code stands would see every change."""
    if report.failed:
        _failed.add(report.nodeid)


def pytest_unconfigure() -> None:
    """Beside coverage's own file: the seconds of each test that passes, added to those of earlier runs."""
    file = Path(os.environ["COVERAGE_FILE"] + "-seconds")
    before = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({test: each for test, each in (before | _took).items() if test not in _failed}))
