"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

_PACKAGES = (
    "django",
    "channels",
    "daphne",
    "twisted",
    "asgiref",
    "argon2-cffi",
    "cryptography",
    "httpx",
    "celery",
    "playwright",
)


def describe(chromium: str | None) -> list[str]:
    """Four lines: the machine, how busy it is, the server's parts, the browser."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = [f"{name} {version(name)}" for name in _PACKAGES]
    return [
        f"{cores} cores, {_model()}, {memory:.0f} GiB, {platform.system()} {platform.release()}",
        f"Load before the run: {load:.1f} (figures are worth keeping below 0.3)",
        ", ".join([f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}", *packages]),
        _browser(chromium),
    ]


def _model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    found = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return f"{found.get('model name', platform.machine())} at {float(found.get('cpu MHz', 0)) / 1000:.1f} GHz"


def _browser(chromium: str | None) -> str:
    if chromium is None:
        return "No Chromium: what needs one is left out"
    shown = subprocess.run([chromium, "--version"], capture_output=True, text=True)
    return shown.stdout.strip() or "Chromium"
