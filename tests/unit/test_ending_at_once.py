"""The server of the production form ends when it is told to, though it wakes once a second and not more often."""

import asyncio
import contextlib
import signal

import uvicorn

from portal import serve
from portal.draining import draining
from portal.serve import DrainingServer


async def nothing(_scope, _receive, _send):
    """An application that nobody asks."""


async def test_a_server_that_should_end_does_not_sleep_on(monkeypatch):
    asked, own = asyncio.Event(), asyncio.wait_for

    def wait(waits, _seconds):
        # For as long as it takes: only being woken ends it.
        asked.set()
        return waits

    config = uvicorn.Config(nothing, lifespan="off", log_config=None)
    config.load()
    server = DrainingServer(config)
    # It would end this process afterwards, as a signal should.
    monkeypatch.setattr(server, "capture_signals", contextlib.nullcontext)
    monkeypatch.setattr(draining, "set", lambda: None)
    monkeypatch.setattr(uvicorn.Server, "_serve", lambda here, _doors: here.main_loop())
    monkeypatch.setattr(serve.asyncio, "wait_for", wait)
    serving = asyncio.ensure_future(server.serve([]))
    await own(asked.wait(), 10)
    server.handle_exit(signal.SIGTERM, None)
    await own(serving, 10)
    assert server.should_exit
