"""The crowd of a measurement: a process beside the servers (`bench.waiters`), told what to do line by line."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.broken import Broken
from bench.server import ROOT, Server


class Load:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, **how: Any) -> dict[str, Any]:
        """Let it do one thing, and wait for what it says of it."""
        self.begin(do, **how)
        return self.end()

    def begin(self, do: str, **how: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **how}) + "\n")
        self._process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """Wait for what was begun."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        said: dict[str, Any] = json.loads(line) if line else {"problem": "it ended; its last words stand above"}
        if "problem" in said:
            raise Broken(f"the crowd: {said['problem']}")
        return said


@contextlib.contextmanager
def load(server: Server, module: str = "bench.waiters") -> Iterator[Load]:
    """A crowd for this portal, for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Load(process)
    finally:
        process.terminate()
        process.communicate()


def held(pids: list[int]) -> int:
    """Bytes of memory of these processes: what is theirs alone, and their part of what they share."""
    return sum(_held(pid) for pid in pids)


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # one of the database's, which come and go
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
