"""Bring the demo's folder up to date: tables, collected static files, people. Cheap when there is nothing to do."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from portal.collecting import collect_static
from portal.demo import moved
from portal.demo.seed import seed


def prepare(folder: Path, password: str, *, forget: bool) -> dict[str, list[str]]:
    """Needs django.setup() to have run. Interrupted anywhere, the next start completes it.

    Gives whose keys belong to another address of this demo, by that address; with `forget` they are switched off.
    """
    call_command("migrate", interactive=False, verbosity=0)
    collect_static(folder / "static.stamp", clear=True)
    seed(password)
    elsewhere = moved.note(folder, settings.PORTAL_BASE_URL)
    if forget:
        moved.forget([name for names in elsewhere.values() for name in names])
        elsewhere = {}
    # The server's threads open their own; SQLite then checkpoints this one's part away.
    connections.close_all()
    return elsewhere
