"""As Channels' tutorial has it."""

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

_pages = get_asgi_application()

from bench.stock.views import Desk  # noqa: E402 - the apps must be ready first

application = ProtocolTypeRouter(
    {"http": _pages, "websocket": AuthMiddlewareStack(URLRouter([path("ws/<str:question>", Desk.as_asgi())]))}
)
