"""`make gallery`: every scene drawn anew, beside what the run before has drawn, on one sheet."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import rmtree

from tests.e2e.gallery.sheet import compare, write
from tests.e2e.gallery.showing import show

ROOT = Path(__file__).parents[3]


def main(folder: Path, *chosen: str) -> int:
    """`chosen` are words for pytest, such as -k: of all other scenes the pictures stay as they are."""
    now, before = folder / "now", folder / "before"
    if now.exists() and not chosen:
        rmtree(before, ignore_errors=True)
        now.rename(before)
    now.mkdir(parents=True, exist_ok=True)
    walks = sorted(str(path) for path in Path(__file__).parent.glob("test_*.py"))
    # Two at a time, each with a portal of its own: one draws while the other waits for its browser.
    halves = [_walk([*half, *chosen], now) for half in (walks[::2], walks[1::2])]
    # 5: nothing of what was chosen is in this half.
    failed = [half.args for half in halves if half.wait() not in (0, 5)]
    compared = compare(folder)
    sheet = write(folder, compared)
    show(now, ROOT / "docs" / "pictures")
    differ = sum(each["state"] == "differs" for each in compared)
    print(f"{differ} of {len(compared)} differ. {sheet.as_uri()}")
    return 1 if failed else 0


def _walk(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "1800", *words]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PORTAL_GALLERY": str(folder)})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *sys.argv[2:]))
