"""A socket of a page or a device, in this process: no server, no browser, the real routing."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode, urlsplit

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from tests.pocket import Key, Pocket

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
        # Django is not there yet when this file is read.
        from portal.asgi import application

        if isinstance(origin, str):
            origin = [settings.PORTAL_BASE_URL if origin == "ours" else origin]
        sent = [(b"origin", value.encode()) for value in origin or []]
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

    async def ended(self) -> int:
        """The same, whatever is told before."""
        output = await self.receive_output(PATIENCE)
        while output["type"] == "websocket.send":
            output = await self.receive_output(PATIENCE)
        return output.get("code", 1000)


def watch(ticket: str, path: str = "/ws/sign-in/", **more: Any) -> Socket:
    """The socket of a waiting page."""
    return Socket(f"{path}?{urlencode({'ticket': ticket})}", **more)


def ticket_of(browser: Client) -> str:
    """The ticket on the page of a sign-in that waits."""
    return str(browser.get("/sign-in/status/").json()["ticket"])


def key_ticket(browser: Client) -> str:
    """The ticket on the pages about a key."""
    return str(browser.get("/security/key/status/").json()["ticket"])


class Device(Socket):
    """A phone on its channel, with statements of its own."""

    def __init__(self, pocket: Pocket, **more: Any) -> None:
        super().__init__("/ws/authenticator/", **{"origin": None, **more})
        self.pocket = pocket
        self.nonce = ""

    async def hello(self) -> dict[str, Any]:
        """Open the channel and take its nonce."""
        assert await self.opened()
        frame = await self.frame()
        assert set(frame) == {"type", "nonce", "server_time"}
        assert frame["type"] == "hello"
        self.nonce = frame["nonce"]
        return frame

    def statement(self, key: Key, **claims: Any) -> str:
        return self.pocket._signed(key, "attach", {"nonce": self.nonce, **claims})

    async def attach(self, *statements: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Attach all keys, or give these statements; returns the two answers."""
        given = list(statements) or [self.statement(key) for key in self.pocket.keys.values()]
        await self.send_json_to({"type": "attach", "statements": given})
        return await self.frame(), await self.frame()


async def attached(pocket: Pocket) -> tuple[Device, dict[str, Any]]:
    """A phone on its channel, and what waited for it."""
    device = Device(pocket)
    await device.hello()
    _attached, inbox = await device.attach()
    return device, inbox


def strange_origins() -> dict[str, str | list[str] | None]:
    """Everything that is not exactly the scheme, host and port of ours, once."""
    ours = urlsplit(settings.PORTAL_BASE_URL)
    return {
        "missing": None,
        "null": "null",
        "empty": "",
        "https": f"https://{ours.netloc}",
        "another port": f"http://{ours.hostname}:{(ours.port or 80) + 1}",
        "no port": f"http://{ours.hostname}",
        "a subdomain": f"http://auth.{ours.netloc}",
        "a longer name": f"http://{ours.hostname}.evil.example:{ours.port}",
        "a user": f"http://{ours.netloc}@evil.example",
        "upper case": settings.PORTAL_BASE_URL.upper(),
        "a slash": settings.PORTAL_BASE_URL + "/",
        "another site": "https://evil.example",
        "two": [settings.PORTAL_BASE_URL, settings.PORTAL_BASE_URL],
        "two, one foreign": [settings.PORTAL_BASE_URL, "https://evil.example"],
    }
