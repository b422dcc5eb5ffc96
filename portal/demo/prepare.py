"""Bring the demo's folder up to date: tables, collected static files, people. Cheap when there is nothing to do."""

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections

from portal import joining, storage
from portal.demo import moved
from portal.demo.seed import seed


def prepare(folder: Path, password: str, *, forget: bool) -> dict[str, list[str]]:
    """Needs django.setup() to have run. Interrupted anywhere, the next start completes it.

    Gives whose keys belong to another address of this demo, by that address; with `forget` they are switched off.
    """
    call_command("migrate", interactive=False, verbosity=0)
    collect_static(folder / "static.stamp")
    seed(password)
    elsewhere = moved.note(folder, settings.PORTAL_BASE_URL)
    if forget:
        moved.forget([name for names in elsewhere.values() for name in names])
        elsewhere = {}
    # The server's threads open their own; SQLite then checkpoints this one's part away.
    connections.close_all()
    return elsewhere


def collect_static(stamp: Path) -> None:
    """Copy the static files to STATIC_ROOT, unless the same ones stand there already."""
    fingerprint = _fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint)


def _fingerprint() -> str:
    """Changes with every static file's path, size or time, with Django, and with how files are joined and kept."""
    parts = [django.__version__, str(settings.STATIC_ROOT), repr(settings.STORAGES.get("staticfiles"))]
    parts += [Path(module.__file__).read_text() for module in (joining, storage) if module.__file__]
    for finder in get_finders():
        for path, place in finder.list(None):
            about = Path(place.path(path)).stat()
            parts.append(f"{path} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
