"""The other side of the generic carrier: a gateway as docs/operating.md asks for one, written from that page alone."""

import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from tests.carriers.server import Heard, Server, saying

ALWAYS = {"id", "to", "language", "kind"}
SCRIPT = {"greeting", "prompt", "intro", "digits", "again", "goodbye", "nobody", "language"}


class Gateway:
    """Keeps what it carries, and one of each: the same Idempotency-Key is answered alike and carried once."""

    def __init__(self, token: str, secret: str) -> None:
        self.token = token
        self.secret = secret
        self.carried: dict[str, dict[str, Any]] = {}

    def __call__(self, server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        saying(*self._answer(heard))(server, handler, heard)

    def _answer(self, heard: Heard) -> tuple[int, dict[str, Any]]:
        if heard.headers["Authorization"] != f"Bearer {self.token}":
            return 401, {"reason": "number"}
        if heard.headers["Content-Type"] != "application/json":
            return 415, {}
        told = heard.json
        known = set(told) - {"report", "expires"}
        if known != ALWAYS | {"text" if told["kind"] == "text" else "script"}:
            return 422, {"reason": "malformed"}
        if told["kind"] == "call" and set(told["script"]) != SCRIPT:
            return 422, {"reason": "malformed"}
        key = heard.headers["Idempotency-Key"]
        self.carried.setdefault(key, told)
        return 202, {"id": f"theirs-{list(self.carried).index(key) + 1}"}

    def report(self, delivery_id: str, state: str, *, at: float = 0, **more: Any) -> tuple[bytes, dict[str, str]]:
        """The body and the headers with which it reports."""
        body = json.dumps({"id": delivery_id, "state": state, "at": "2030-01-01T00:00:00Z", **more}).encode()
        return body, self.signature(body, at=at)

    def tell(self, portal: Client, url: str, state: str, **more: Any) -> HttpResponse:
        """Post a report to the address that came with a message."""
        path = urlsplit(url).path
        body, headers = self.report(more.pop("delivery_id", path.split("/")[-2]), state, **more)
        return portal.post(path, body, "application/json", headers={"host": "portal.example", **headers})

    def signature(self, body: bytes, *, at: float = 0, secret: str = "") -> dict[str, str]:
        stamp = str(int(at or time.time()))
        mac = hmac.new((secret or self.secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        return {"Portal-Timestamp": stamp, "Portal-Signature": mac.hexdigest()}
