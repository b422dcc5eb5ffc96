"""`python -m portal.demo.examples NAME`: register an application of examples/ with the running demo, and start it.

Its secret is made anew each time and goes to the example alone: of it the demo keeps the digest.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import django
from django.conf import settings

from portal.demo.manage import enter

# What each of them is to the portal, by its file.
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    # Without a port: it takes the one that is free (RFC 8252, section 7.3).
    "web": {
        "name": "Example Web",
        "description": "A small web application",
        "redirect_uris": "http://127.0.0.1/back",
        "post_logout_redirect_uris": "http://127.0.0.1/",
        "launch_url": "http://127.0.0.1:8400/",
    },
    "trade": {
        "name": "Example Trading Platform",
        "description": "A program without a browser",
        "signs_in": False,
        "signs_in_devices": True,
        "asks_actions": True,
    },
    "backchannel": {
        "name": "Example Call Centre",
        "description": "It asks its customers' phones who they are",
        "signs_in": False,
        "asks_phones": True,
        "notified_at_url": "http://127.0.0.1:8401/told",
    },
}
FOLDER: Final = Path(__file__).resolve().parents[2] / "examples"


def register(name: str, **more: Any) -> dict[str, str]:
    """What the example has to know, as variables of its environment. It may be registered already."""
    from applications.models import Application

    secret = secrets.token_urlsafe(32)
    given = {**EXAMPLES[name], "client_type": Application.CLIENT_CONFIDENTIAL, "skip_authorization": True, **more}
    row, _made = Application.objects.update_or_create(
        client_id=f"example-{name}", defaults={**given, "client_secret": secret}
    )
    return {"ISSUER": settings.PORTAL_BASE_URL, "CLIENT_ID": row.client_id, "CLIENT_SECRET": secret}


def _runs(address: str) -> bool:
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 443), timeout=5).close()
    except OSError:
        return False
    return True


def _has_tables() -> bool:
    from django.db import connection

    from applications.models import Application

    return Application._meta.db_table in connection.introspection.table_names()  # noqa: SLF001


def main() -> int:
    name, *options = sys.argv[1:] or [""]
    if name not in EXAMPLES:
        print(f"Which one? {', '.join(EXAMPLES)}", file=sys.stderr)
        return 2
    enter()
    django.setup()
    if not _runs(settings.PORTAL_BASE_URL):
        print(f"Nothing answers at {settings.PORTAL_BASE_URL}: start the demo first, with `make run`.", file=sys.stderr)
        return 1
    if not _has_tables():
        print("This is not the data of the demo that runs there: start it with the same PORTAL_DATA.", file=sys.stderr)
        return 1
    # The way in which it wants to hear of answers is part of what it is registered as.
    delivery = {"delivery": "ping" if "--ping" in options else "poll"} if name == "backchannel" else {}
    return _become(name, options, register(name, **delivery))


def _become(name: str, options: list[str], given: dict[str, str]) -> NoReturn:
    """In the place of this process: what ends the one ends the other.

    SECURITY: nothing of the portal's own goes along, whose secrets stand in this environment.
    """
    kept = {each: value for each, value in os.environ.items() if not each.startswith(("PORTAL_", "DJANGO_"))}
    command = [sys.executable, str(FOLDER / f"{name}.py"), *options]
    os.execve(command[0], command, {**kept, **given})  # noqa: S606 # nosec B606 # our own files


if __name__ == "__main__":
    sys.exit(main())
