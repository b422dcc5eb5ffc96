"""What the server answers by itself, before any of our pages: it says no more than it must, and is guarded like them.

Daphne writes a refused socket and a request that it cannot read straight into the connection, where no middleware sees
it. Importing this gives both the headers of all other answers, and lets no request or frame grow beyond what is read.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from daphne import http_protocol
from daphne.http_protocol import WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

from portal.headers import bare
from twofactor import policy


class GuardedSocket(WebSocketProtocol):
    """A socket: what is longer than any of ours may say is never kept whole."""

    # Set here they stand for the factory's own.
    maxFramePayloadSize = maxMessagePayloadSize = policy.BODY_LONGEST + 1

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:
        """SECURITY: the reason may be the text of an accident. The status says enough."""
        super().failHandshake(HTTPStatus(code).phrase, code, [*(responseHeaders or []), *bare()])


class GuardedRequest(WebRequest):
    """A request: one that is not read is answered in one line, and one without end is not waited for."""

    _taken = 0

    def handleContentChunk(self, data: bytes) -> None:
        self._taken += len(data)
        if self._taken <= _MOST:
            super().handleContentChunk(data)
        elif self._taken - len(data) <= _MOST:
            # A view would refuse it, and until then it would fill the disk.
            self.channel.write(_TOO_LARGE)
            self.channel.loseConnection()

    def process(self) -> Any:
        return super().process() if self._taken <= _MOST else None

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        headers = [(name.encode(), value.encode()) for name, value in bare()]
        start = {"status": status, "headers": [(b"Content-Type", b"text/plain; charset=utf-8"), *headers]}
        self.handle_reply({"type": "http.response.start", **start})
        self.handle_reply({"type": "http.response.body", "body": status_text})


def _answer(status: HTTPStatus) -> bytes:
    lines = [f"HTTP/1.1 {status} {status.phrase}", "Connection: close", "Content-Length: 0"]
    lines += [f"{name}: {value}" for name, value in bare()]
    return "\r\n".join([*lines, "", ""]).encode()


# What a page reads at most, with room for what stands around it in a form of several parts.
_MOST = 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
_TOO_LARGE = _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

WebSocketFactory.protocol = GuardedSocket
http_protocol.WebRequest = GuardedRequest
