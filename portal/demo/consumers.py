"""The socket of the virtual phone's page: it says that something has changed, and nothing of what it is."""

from __future__ import annotations

import asyncio

from django.conf import settings

from portal.demo import phone
from twofactor.gateways import demo
from twofactor.sockets import REFUSED, Limited, is_at_authenticators, origin


class PhoneStatus(Limited):
    """The present version on joining, then again whenever the phone changes. Open to every page of ours."""

    async def connect(self) -> None:
        # SECURITY: scheme, host and port must be the portal's own; a missing Origin is not a browser page of ours.
        if origin(self.scope) != settings.PORTAL_BASE_URL or is_at_authenticators(self.scope):
            await self.close(REFUSED)
            return
        self.hear(phone.GROUP)
        await self.accept()
        await self.look()

    async def look(self) -> None:
        # The phone may lie in Redis, and nobody waits for that in the loop.
        await self.send_json({"version": await asyncio.to_thread(lambda: demo.handset.version)})
