"""The collected static files, brought up to date where they are not: most starts find them as they are."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from portal import joining, storage


def collect_static(stamp: Path, *, clear: bool) -> None:
    """Copy the static files to STATIC_ROOT, unless the same ones stand there already; with `clear` no others stay."""
    now = _state(stamp)
    if stamp.is_file() and stamp.read_text() == now and _manifest().is_file():
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=clear)
    stamp.write_text(now)


def _manifest() -> Path:
    return Path(settings.STATIC_ROOT, storage.HashedModules.manifest_name)


def _state(stamp: Path) -> str:
    """Changes with every static file's path, size or time, with Django, and with how files are joined and kept.

    It goes with the stamp and the collected files together to another place.
    """
    place = os.path.relpath(settings.STATIC_ROOT, stamp.parent)
    parts = [django.__version__, place, repr(settings.STORAGES.get("staticfiles"))]
    parts += [Path(module.__file__).read_text() for module in (joining, storage) if module.__file__]
    for finder in get_finders():
        for path, place in finder.list(None):
            about = Path(place.path(path)).stat()
            parts.append(f"{path} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
