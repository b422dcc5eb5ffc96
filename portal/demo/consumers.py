"""The socket of the virtual phone's page: it says that something has changed, and nothing of what it is."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from portal.demo import phone
from twofactor import live
from twofactor.consumers import origin
from twofactor.gateways import demo

_REFUSED = 4403


class PhoneStatus(AsyncJsonWebsocketConsumer):
    """The present version on joining, then again whenever the phone changes. Open to every page of ours."""

    async def connect(self) -> None:
        # SECURITY: scheme, host and port must be the portal's own; a missing Origin is not a browser page of ours.
        if (origin(self.scope) or "") not in settings.PORTAL_ORIGINS:
            await self.close(_REFUSED)
            return
        live.serve_here()
        await self.channel_layer.group_add(phone.GROUP, self.channel_name)
        await self.accept()
        await self.look({})

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(phone.GROUP, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """A page has nothing to say here."""

    async def look(self, event: dict[str, Any]) -> None:
        await self.send_json({"version": demo.handset.version})
