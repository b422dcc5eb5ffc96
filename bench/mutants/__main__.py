"""`python -m bench.mutants [file ...] [--jobs 2] [--again] [--seconds 15]`: changes that no test sees.

`make coverage` goes before it. --again: only those that the last run has left in mutants.txt.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from coverage import CoverageData

from bench.mutants import argued
from bench.mutants.changes import Change, changes_of
from bench.mutants.swapping import inside
from bench.mutants.trying import KILLED, LONGEST, SURVIVED, UNFIT, Attempt, Trying

_PROTOCOL = [f"tests/unit/test_{name}" for name in ("activation", "jwe", "ocra", "sealing", "statements", "webpush")]
_PROTOCOL += [f"tests/unit/test_{name}" for name in ("edges", "numbers", "totp", "webauthn")]
# Where one wrong line lets somebody in; and which tests are asked about what stands outside of functions there. Those
# of the first name are asked before all others, as far as they reach the line: they look at all that a step leaves.
FILES = {
    "accounts/lifecycle.py": ["tests/machines/test_tables_written", "tests/machines/test_tables"],
    "accounts/limits.py": ["tests/stories/test_counters"],
    "accounts/recognising.py": ["tests/stories/test_recognised", "tests/stories/test_password"],
    "accounts/marks.py": [
        "tests/stories/test_begun",
        "tests/stories/test_weaker_sessions",
        "tests/stories/test_sealed_use",
    ],
    "accounts/pending.py": ["tests/stories/test_begun", "tests/stories/test_claim", "tests/stories/test_left_inside"],
    "twofactor/lifecycle.py": ["tests/machines/test_tables_written", "tests/machines/test_tables"],
    "twofactor/signin.py": ["tests/stories/test_left_", "tests/stories/test_answers", "tests/stories/test_by_hand"],
    **{str(path): _PROTOCOL for path in sorted(Path("twofactor/protocol").glob("*.py"))},
}
LEFT = Path("mutants.txt")
_NEEDS_DATABASE = "tests/machines/test_tables.py"
# Seconds of the processor for one change: the quickest tests see nearly everything, and all would take minutes. What
# these leave is tried --again with more.
SECONDS = 15.0
COVERAGE = Path(os.environ.get("COVERAGE_FILE", ".coverage"))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", default=list(FILES))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args(arguments)
    if not COVERAGE.exists():
        parser.error(f"{COVERAGE} is not there: run make coverage first")
    changes = [change for path in given.files for change in changes_of(path)]
    if given.again:
        left = LEFT.read_text()
        changes = [change for change in changes if change.name in left]
    outcomes = _try_all(changes, given.jobs, given.seconds)
    return _report(outcomes)


def _try_all(changes: list[Change], jobs: int, seconds: float) -> dict[Change, int]:
    reached = _Reached(COVERAGE, seconds)
    attempts = []
    for change in changes:
        with suppress(SyntaxError):
            pairs = inside(change)
            if pairs == []:
                continue
            tests, took = reached.by(change)
            if pairs is None or not tests:
                # It works, or is only called, while the file is imported.
                attempts.append(Attempt(change, None, *reached.of(FILES[change.path])))
            else:
                attempts.append(Attempt(change, pairs, tests, took))
    print(f"{len(attempts)} changes", flush=True)
    files = sorted({test.split("::")[0] for attempt in attempts for test in attempt.tests} | {_NEEDS_DATABASE})
    ended = pytest.main(["-qq", "-p", "no:cacheprovider", *files], plugins=[Trying(attempts, jobs)])
    if ended != pytest.ExitCode.OK:
        sys.exit("The tests do not pass as the code stands, see above.")
    for attempt in attempts:
        if attempt.outcome == UNFIT:
            attempt.outcome = _try_anew(attempt.change)
    return {each.change: each.outcome for each in attempts if each.outcome is not None}


class _Reached:
    """Which tests have been seen to execute which lines, and how long they took."""

    def __init__(self, file: Path, budget: float) -> None:
        self._budget = budget
        self._data = CoverageData(str(file))
        self._data.read()
        self._seconds: dict[str, float] = json.loads(Path(f"{file}-seconds").read_text())
        self._lines: dict[str, dict[int, list[str]]] = {}

    def by(self, change: Change) -> tuple[list[str], float]:
        """The tests that have executed the changed statement, ordered by `_quickest`, and their seconds together."""
        path = str(Path(change.path).resolve())
        if path not in self._lines:
            self._lines[path] = self._data.contexts_by_lineno(path)
        first, last = change.lines
        tests = {test for line in range(first, last + 1) for test in self._lines[path].get(line, ())} - {""}
        return self._quickest(tests, FILES[change.path][0])

    def of(self, places: list[str]) -> tuple[list[str], float]:
        """The tests of these files and folders, and their seconds together."""
        return self._quickest({test for test in self._seconds if test.startswith(tuple(places))}, places[0])

    def _quickest(self, tests: set[str], before_all: str) -> tuple[list[str], float]:
        """No more than the budget of seconds of them: those whose names begin so, then the others, each by seconds."""

        def order(test: str) -> tuple[bool, float]:
            return not test.startswith(before_all), self._seconds[test]

        chosen, seconds = [], 0.0
        for test in sorted(tests & self._seconds.keys(), key=order):
            seconds += self._seconds[test]
            if seconds > self._budget:
                break
            chosen.append(test)
        return chosen, seconds


def _try_anew(change: Change) -> int:
    """A process of its own: what stands outside of functions works while the file is imported."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as source:
        source.write(change.source)
        source.flush()
        environment = {**os.environ, "MUTANT_PATH": change.path, "MUTANT_SOURCE": source.name}
        command = [sys.executable, "-m", "pytest", "-qq", "-x", "-p", "no:cacheprovider", "-p", "bench.mutants.loading"]
        try:
            # Of FILES only the beginnings stand there: to a path that does not exist pytest says "failed" as well.
            tests = sorted(str(path) for begins in FILES[change.path] for path in Path().glob(f"{begins}*.py"))
            ended = subprocess.run(
                [*command, *tests], env=environment, capture_output=True, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return KILLED
    return KILLED if ended.returncode else SURVIVED


def _report(outcomes: dict[Change, int]) -> int:
    survived = [change for change, outcome in outcomes.items() if outcome == SURVIVED]
    unargued = [change for change in survived if change.name not in argued.EQUIVALENT]
    LEFT.write_text("".join(f"{change.name}\n\n" for change in unargued))
    for path in dict.fromkeys(change.path for change in outcomes):
        _line(path, [change for change in outcomes if change.path == path], survived, unargued)
    _line("together", outcomes, survived, unargued)
    print(
        "".join(
            f"\n{change.path}:{change.lines[0]} {change.place}\n- {change.old}\n+ {change.new}\n" for change in unargued
        )
    )
    return 1 if unargued else 0


def _line(what: str, changes: Iterable[Change], survived: list[Change], unargued: list[Change]) -> None:
    all_of_it = list(changes)
    alive = sum(change in survived for change in all_of_it)
    open_ones = sum(change in unargued for change in all_of_it)
    caught = len(all_of_it) - alive
    score = 100 * caught / (len(all_of_it) - alive + open_ones or 1)
    counts = f"{len(all_of_it):5} changes {caught:5} seen {alive - open_ones:4} argued {open_ones:4} open"
    print(f"{what:36} {counts} {score:6.1f} %")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
