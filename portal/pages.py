"""Requests of the production form: uvicorn's, guarded as `portal/server.py` guards Daphne's."""

from __future__ import annotations

from asyncio import TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from portal.server import MOST, answer
from portal.sockets import GuardedSocket

# Bytes of a request's first line and headers together; what proxies pass on is a quarter of it at most.
_HEAD = 32 * 1024
# Seconds in which a request has to arrive whole.
_ARRIVING = 60


class GuardedPages(HttpToolsProtocol):
    """Requests: one that is too large, too slow or none at all is answered in one line, and the line is closed."""

    _in_head = False
    _head = _taken = 0
    _late: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_soon()

    def data_received(self, data: bytes) -> None:
        self._expect_soon()
        super().data_received(data)
        if self._in_head:
            # Counted as it comes: the parser keeps a header without end before it tells of it.
            self._head += len(data)
            if self._head > _HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_head, self._head, self._taken = True, 0, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._taken += len(body)
        if self._taken <= MOST:
            super().on_body(body)
        elif self._taken - len(body) <= MOST:
            # A view would refuse it, and until then it would fill the memory.
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_complete(self) -> None:
        # What comes next on this line has its own time.
        self._in_time()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._in_time()
        self.connections.discard(self)
        GuardedSocket(self).begin(self.scope, self.url)
        # It holds on to us: what thousands leave behind would wait for the collector.
        self.parser: Any = None

    def send_400_response(self, msg: str) -> None:
        """SECURITY: uvicorn's own has no headers of ours."""
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        self._in_time()
        if not self.transport.is_closing():
            self.transport.write(answer(status))
            self.transport.close()

    def _expect_soon(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(_ARRIVING, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
