"""A server process of the production form: `python -m portal.serve`. It is uvicorn, guarded as server.py guards Daphne.

uvicorn spends a fifth of Daphne's work on a request and half of it on a socket (docs/performance.md). What it answers
by itself gets the headers of all other answers, no request or frame grows beyond what is read, none may take for ever
to arrive, and on SIGTERM what is in progress is finished while who waits is sent to the other processes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.importer import import_from_string

# Imported first: it makes the settings and the apps ready.
from portal import asgi  # noqa: F401
from portal.draining import draining
from portal.pages import GuardedPages
from portal.sockets import GuardedSocket
from twofactor import policy

# Seconds that a proxy may keep a line for its next request: longer than nginx does, so that it is who hangs up.
_KEPT = 75


class DrainingServer(uvicorn.Server):
    _woken: asyncio.Event
    _loop: asyncio.AbstractEventLoop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        draining.set()
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._woken.set)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        await super().serve(sockets)

    async def main_loop(self) -> None:
        """Once a second, for the date in answers, and at once when it should end: uvicorn's own looks ten times."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), 1)


def serve(application: str, **where: Any) -> None:
    """Answer there until a signal ends the process, and what it has begun with it.

    application: where it is found, `module:name`. where: `host` and `port`, or `uds` (a path), or `door`, a socket that
    listens already.
    """
    door: socket.socket | None = where.pop("door", None)
    config = uvicorn.Config(
        import_from_string(application),
        **where,
        loop="uvloop",
        http=GuardedPages,
        ws=GuardedSocket,
        ws_max_size=policy.BODY_LONGEST + 1,
        # One timer for all of them does it (portal/sockets.py).
        ws_ping_interval=None,
        # what is compressed together tells of itself by its length.
        ws_per_message_deflate=False,
        lifespan="off",
        # How logs look is said in the settings, and a page writes its own line.
        log_config=None,
        access_log=False,
        # SECURITY: who asked is read by accounts/limits.py, from as many proxies as there are and no more.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEPT,
        timeout_graceful_shutdown=int(policy.DRAIN),
    )
    DrainingServer(config).run(sockets=[door] if door else None)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m portal.serve", description="Serve the portal (docs/operating.md).")
    parser.add_argument("application", nargs="?", default="portal.asgi:application", metavar="MODULE:NAME")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")
    where.add_argument("--unix", metavar="PATH")
    where.add_argument("--fd", type=int, help="a socket that listens already")
    given = parser.parse_args(words)
    if given.fd is not None:
        serve(given.application, door=socket.socket(fileno=given.fd))
    elif given.unix:
        serve(given.application, uds=given.unix)
    else:
        host, _, port = given.bind.rpartition(":")
        serve(given.application, host=host.strip("[]"), port=int(port))


if __name__ == "__main__":
    main()
