"""Bring the demo's folder up to date: tables, collected static files, people. Cheap when there is nothing to do."""

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections

from portal.demo.seed import seed


def prepare(folder: Path, password: str) -> None:
    """Needs django.setup() to have run. Interrupted anywhere, the next start completes it."""
    call_command("migrate", interactive=False, verbosity=0)
    collect_static(folder / "static.stamp")
    seed(password)
    # The server's threads open their own; SQLite then checkpoints this one's part away.
    connections.close_all()


def collect_static(stamp: Path) -> None:
    """Copy the static files to STATIC_ROOT, unless the same ones stand there already."""
    fingerprint = _fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint)


def _fingerprint() -> str:
    """Changes with every static file's path, size or time, with Django, and with where and how they are kept."""
    parts = [django.__version__, str(settings.STATIC_ROOT), repr(settings.STORAGES.get("staticfiles"))]
    for finder in get_finders():
        for path, storage in finder.list(None):
            about = Path(storage.path(path)).stat()
            parts.append(f"{path} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
