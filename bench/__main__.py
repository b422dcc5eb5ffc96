"""`python -m bench [latency|cpu|codes|outbox|pushes|weight|start|timing ...] [--quick] [--cluster] [--write]`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from types import FrameType

from bench import (
    applications,
    burst,
    chromium,
    codes,
    costs,
    cpu,
    fleet,
    grown,
    latency,
    libraries,
    machine,
    outbox,
    page,
    pages,
    pushes,
    start,
    timing,
    waiting,
    weight,
)
from bench.broken import Broken
from bench.figures import Table
from bench.server import Run

COMMANDS = {
    "latency": latency.measure,
    "waiting": waiting.measure,
    "burst": burst.measure,
    "pages": pages.measure,
    "servers": fleet.measure,
    "grown": grown.measure,
    "hashes": libraries.measure,
    "costs": costs.measure,
    "cpu": cpu.measure,
    "applications": applications.measure,
    "codes": codes.measure,
    "outbox": outbox.measure,
    "pushes": pushes.measure,
    "weight": weight.measure,
    "start": start.measure,
    "timing": timing.measure,
}


def main(arguments: list[str]) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if set(given.what) - COMMANDS.keys():
        parser.error(f"there is {', '.join(COMMANDS)}, and no {', '.join(given.what)}")
    if given.write and (given.quick or given.cluster):
        parser.error("--write keeps figures of the usual kind: not with --quick or --cluster")
    signal.signal(signal.SIGTERM, _end)  # so that the servers and browsers end with us
    browser = chromium.find()
    begun = time.monotonic()
    tables: list[Table] = []
    about = machine.describe(browser)
    about.append("On PostgreSQL and Redis" if given.cluster else "On SQLite and the bell in memory")
    print("\n".join(about), flush=True)
    try:
        for name in given.what or COMMANDS:
            print(f"\n... {name}", file=sys.stderr, flush=True)
            found = COMMANDS[name](Run(given.quick, browser, given.cluster, given.waiting))
            print("".join(f"\n{table.text()}\n" for table in found), flush=True)
            tables += found
    except Broken as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    took = (
        f"Took {time.monotonic() - begun:.0f} s{', with --quick: too few for figures to keep' if given.quick else ''}."
    )
    print(took)
    if given.write and given.what:
        page.replace(f"Measured by itself. {about[1]}. {took}", tables)
    elif given.write:
        page.write([*about, took], tables)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure a portal that is started for it.")
    parser.add_argument("what", nargs="*", metavar="|".join(COMMANDS), help="which measurements; all when left out")
    parser.add_argument("--quick", action="store_true", help="few rounds, for work on the measurements themselves")
    parser.add_argument("--cluster", action="store_true", help="on PostgreSQL and Redis instead of SQLite and memory")
    parser.add_argument(
        "--waiting", type=int, default=0, metavar="N", help="how many people wait (10,000: PORTAL_LONG=1)"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the tables into docs/performance.md; of some, only theirs"
    )
    return parser


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
