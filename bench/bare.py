"""An application that lets everybody in and looks at nothing: what a server, its machine and the crowd can do at most.

It is what `bench waiting` holds the portal's own rate of sockets against.
"""

from __future__ import annotations

from typing import Any

FRAME = {"type": "websocket.send", "text": '{"state": "waiting", "version": 16}'}


async def application(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    if scope["type"] == "http":
        # Whether it lives.
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "websocket.accept"})
    await send(FRAME)
    while (await receive())["type"] != "websocket.disconnect":
        pass
