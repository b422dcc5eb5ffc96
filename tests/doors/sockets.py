"""A socket of a page or a device, in this process: no server, no browser, the real routing."""

from collections.abc import Callable, Coroutine
from typing import Any

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings

# Seconds a frame may take. Nothing waits for it when the frame comes.
PATIENCE = 5.0
# Seconds in which nothing may come where nothing should.
SILENCE = 0.05


def story(told: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a coroutine as a test: in its own loop, with the database used from the test's thread."""

    def run(*args: Any, **kwargs: Any) -> None:
        async_to_sync(told)(*args, **kwargs)

    run.__name__, run.__doc__ = told.__name__, told.__doc__
    run.__wrapped__ = told  # type: ignore[attr-defined] # pytest reads the fixtures from it
    return run


# What people and phones do in the meantime, called from inside a story.
meanwhile = database_sync_to_async


class Socket(WebsocketCommunicator):
    """One connection. `origin` None sends no such header; a list sends it several times."""

    def __init__(self, path: str, origin: str | list[str] | None = "ours", **headers: str) -> None:
        from portal.asgi import application

        given = [settings.PORTAL_BASE_URL] if origin == "ours" else [origin] if isinstance(origin, str) else origin or []
        sent = [(b"origin", value.encode()) for value in given]
        sent += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        super().__init__(application, path, headers=sent)

    async def opened(self) -> bool:
        accepted, _protocol = await self.connect(PATIENCE)
        return accepted

    async def refused(self) -> int | None:
        """The code with which it was closed before it opened; None when it opened."""
        accepted, code = await self.connect(PATIENCE)
        if accepted:
            await self.disconnect()
            return None
        return code

    async def frame(self) -> dict[str, Any]:
        return await self.receive_json_from(PATIENCE)

    async def silent(self) -> bool:
        return await self.receive_nothing(SILENCE)

    async def closed(self) -> int:
        """The code with which the portal closes it."""
        output = await self.receive_output(PATIENCE)
        assert output["type"] == "websocket.close", output
        return output.get("code", 1000)
