"""The ASGI door: pages by our engine, sockets by our consumers. Sockets know no session and no person, only tickets."""

import gc
import os
from typing import Any

import django

from accounts.reading import spoken

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
with spoken():
    django.setup(set_prefix=False)

from django.conf import settings

# Importing `server` guards what the server answers by itself.
from portal import server, starting  # noqa: F401

starting.begin()

from applications.urls import sockets as applications_sockets  # noqa: E402
from portal.engine import Engine  # noqa: E402
from twofactor import tasks  # noqa: E402
from twofactor.urls import sockets  # noqa: E402

# The last of the others closes whatever nobody has taken.
sockets = [*applications_sockets, *sockets]

if settings.PORTAL_DEMO:
    from portal.demo.urls import sockets as demo_sockets

    sockets = [*demo_sockets, *sockets]


class Doors:
    """Pages to the engine, sockets by their path. A portal has its host for itself: nothing stands before its paths.

    SECURITY: Daphne takes what does from a header of whoever asks. Every address that we write would begin with it, in
    the authenticator's shell, too, which a process makes once and gives to everybody (R-35).
    """

    def __init__(self) -> None:
        self._pages = Engine()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["root_path"] = ""
        # Not by a router that copies the scope: a socket holds it for as long as it is open, and thousands wait.
        door = _socket(scope["path"]) if scope["type"] == "websocket" else self._pages
        await door(scope, receive, send)


def _socket(path: str) -> Any:
    """The first whose path this is; the last of them takes all others."""
    found = next(each for each in sockets if each.pattern.match(path.removeprefix("/")))
    return found.callback.consumer_class()


application = Doors()
# What an earlier process left in the outbox is carried from here on.
tasks.begin()
# What is loaded by now stays: no collection of what sockets and pages leave needs to look at it again.
gc.collect()
gc.freeze()
# A page makes some thousand objects and leaves few in a circle: Python would look for those several times a page.
gc.set_threshold(10_000, 20, 20)
