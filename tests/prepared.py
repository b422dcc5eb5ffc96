"""What every portal of the tests begins with: empty tables and collected static files, made once for all of them.

Both take seconds, and a run of the tests starts dozens of portals. They are kept in build/, for as long as nothing that
they are made from has changed. What a portal does without them is proved by those that are started from nothing.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.given import inherited

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "prepared"
SOURCES = ("accounts", "applications", "portal", "twofactor", "static")
TABLES, STATIC, STAMP = "portal.sqlite3", "static", "static.stamp"


def give_tables(place: Path) -> None:
    """A database in which nobody has done anything, at this path."""
    with _made() as made:
        shutil.copyfile(made / TABLES, place)


def give_static(folder: Path) -> None:
    """The collected files, where a portal with its data in this folder looks for them."""
    with _made() as made:
        shutil.copytree(made / STATIC, folder / STATIC, copy_function=_given, dirs_exist_ok=True)
        shutil.copyfile(made / STAMP, folder / STAMP)


def _given(file: str, place: str) -> None:
    """The same file under another name, which costs a tenth of a copy; a copy where the folders are on two disks."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copy2(file, place)


@contextmanager
def _made() -> Iterator[Path]:
    KEPT.mkdir(parents=True, exist_ok=True)
    # Several processes begin at once: the first makes it, the others wait and copy, and nobody takes it away meanwhile.
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = KEPT / _state()
        if not made.is_dir():
            _make(made)
        yield made


def _make(made: Path) -> None:
    for old in KEPT.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    new = KEPT / "new"
    new.mkdir()
    _fill(new)
    new.rename(made)


def _fill(new: Path) -> None:
    chosen = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_BASE_URL": "http://localhost:8000",
        "PORTAL_DATA": str(new),
        "PORTAL_SECRET_KEY": "a secret key that nothing is sealed with, long enough to be one",
        "PORTAL_PEPPER": "a pepper that nothing is sealed with, long enough",
        "PORTAL_FIELD_KEYS": f"none:{'A' * 43}",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.services.prepare"], cwd=ROOT, env=inherited() | chosen, check=True, timeout=120
    )


def _state() -> str:
    """Changes with every file that they are made from, and with the packages."""
    sources = [path for each in SOURCES for path in (ROOT / each).rglob("*") if "__pycache__" not in path.parts]
    parts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in sorted(sources) if path.is_file()]
    parts += [(ROOT / name).read_text() for name in ("requirements-test.lock", "tests/strict.py")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
