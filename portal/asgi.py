"""The ASGI door: pages by Django, sockets by Channels. Sockets know no session and no person, only signed tickets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the apps must be ready first

from twofactor.urls import sockets  # noqa: E402

application = ProtocolTypeRouter({"http": pages, "websocket": URLRouter(sockets)})
