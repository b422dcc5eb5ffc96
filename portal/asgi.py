"""The ASGI door: pages by Django, sockets by Channels. Sockets know no session and no person, only signed tickets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the apps must be ready first
from django.conf import settings  # noqa: E402

from twofactor import tasks  # noqa: E402
from twofactor.urls import sockets  # noqa: E402

if settings.PORTAL_DEMO:
    from portal.demo.urls import sockets as demo_sockets

    # The last of the others closes whatever nobody has taken.
    sockets = [*demo_sockets, *sockets]

application = ProtocolTypeRouter({"http": pages, "websocket": URLRouter(sockets)})
# What an earlier process left in the outbox is carried from here on.
tasks.begin()
