"""The ASGI door: pages by our engine, sockets by Channels. Sockets know no session and no person, only tickets."""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the apps must be ready first
from django.conf import settings  # noqa: E402

# Importing `server` guards what the server answers by itself.
from portal import server, starting  # noqa: E402, F401

starting.begin()

from portal.engine import Engine  # noqa: E402
from twofactor import tasks  # noqa: E402
from twofactor.urls import sockets  # noqa: E402

if settings.PORTAL_DEMO:
    from portal.demo.urls import sockets as demo_sockets

    # The last of the others closes whatever nobody has taken.
    sockets = [*demo_sockets, *sockets]


class AtTheRoot(ProtocolTypeRouter):
    """A portal has its host for itself (PORTAL_BASE_URL): nothing stands before its paths.

    SECURITY: Daphne takes what does from a header of whoever asks. Every address that we write would begin with it, in
    the authenticator's shell, too, which a process makes once and gives to everybody (R-35).
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        at_the_root: Any = {**scope, "root_path": ""}
        return await super().__call__(at_the_root, receive, send)


application = AtTheRoot({"http": Engine(), "websocket": URLRouter(sockets)})
# What an earlier process left in the outbox is carried from here on.
tasks.begin()
