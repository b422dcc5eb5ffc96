"""The figures of a worker, which serves no pages: the same text under the same token, at an address of its own."""

from __future__ import annotations

import logging
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from portal import metrics

_log = logging.getLogger("portal.metrics")
# Seconds for whoever connects and says nothing.
_PATIENCE = 5


class _Door(BaseHTTPRequestHandler):
    """SECURITY: without the token it answers everybody the same, whatever they ask for."""

    timeout = _PATIENCE
    # No word about what serves it.
    server_version, sys_version = "portal", ""

    def do_GET(self) -> None:
        allowed = metrics.is_allowed(self.headers.get("Authorization", ""))
        if self.path != metrics.PATH or not allowed:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        said = metrics.page()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Somebody asks every few seconds."""


def begin(address: str) -> ThreadingHTTPServer | None:
    """Serve them at `host:port`, in threads that keep no process alive. None where that address is taken."""
    host, _colon, port = address.rpartition(":")
    try:
        door = ThreadingHTTPServer((host.strip("[]") or "127.0.0.1", int(port)), _Door)
    except OSError:
        # Another worker of this machine has it; what a worker is for goes on.
        _log.warning("the figures of this worker are shown nowhere: %s is not free", address)
        return None
    door.daemon_threads = True
    Thread(target=door.serve_forever, name="metrics", daemon=True).start()
    return door
