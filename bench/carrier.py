"""The other end of the generic carrier: it keeps the codes that people read, and takes as long as it is told to."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from bench.broken import Broken
from tests.carriers.gateway import Gateway
from tests.carriers.server import Heard, Server

_TOKEN, _SECRET = "the bearer of the measurements", "the secret of the measurements"
_PATIENCE = 30


@dataclass(frozen=True)
class Taken:
    """One text: when it came and when the answer had left (time.perf_counter)."""

    id: str
    code: str
    came: float
    left: float


class Carrier:
    def __init__(self) -> None:
        # Seconds that it takes for each.
        self.slowness = 0.0
        self.environment: dict[str, str] = {}
        self._gateway = Gateway(_TOKEN, _SECRET)
        self._news = threading.Condition()
        self._taken: dict[str, list[Taken]] = {}
        self._read: dict[str, int] = {}

    def __call__(self, server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        came, told = time.perf_counter(), heard.json
        if self.slowness:
            time.sleep(self.slowness)
        self._gateway(server, handler, heard)
        code = re.match(r"\d{6}\b", told.get("text", ""))
        with self._news:
            kept = self._taken.setdefault(told["to"], [])
            kept.append(Taken(told["id"], code[0] if code else "", came, time.perf_counter()))
            self._news.notify_all()

    def next_text(self, number: str) -> Taken:
        """The next one for this number that has a code and was not read yet, once it is there."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._codes(number)) > self._read.get(number, 0), _PATIENCE):
                raise Broken("a text did not come")
            at = self._read[number] = self._read.get(number, 0) + 1
            return self._codes(number)[at - 1]

    def _codes(self, number: str) -> list[Taken]:
        return [each for each in self._taken.get(number, []) if each.code]

    def all(self, count: int) -> list[Taken]:
        """So many texts, whoever they are for, once they have been answered; then none is remembered."""
        with self._news:
            if not self._news.wait_for(lambda: sum(map(len, self._taken.values())) >= count, count * _PATIENCE):
                raise Broken("the texts did not come")
            found = [each for kept in self._taken.values() for each in kept]
            self._taken.clear()
            self._read.clear()
        return found


@contextlib.contextmanager
def carrying() -> Iterator[Carrier]:
    """A carrier for as long as the block lasts; its `environment` is for the portal that uses it."""
    carrier = Carrier()
    server = Server(carrier)
    carrier.environment = {
        "PORTAL_CARRIERS": "http",
        "PORTAL_HTTP_TEXT_URL": f"{server.address}/texts",
        "PORTAL_HTTP_TOKEN": _TOKEN,
        "PORTAL_HTTP_SECRET": _SECRET,
        "PORTAL_COUNTRY": "HK",
        # Everybody comes from an address of their own: budgets for one address are not what is measured.
        "PORTAL_PROXIES": "1",
    }
    try:
        yield carrier
    finally:
        server.close()


def number_of(at: int) -> str:
    """A mobile number of the measured country, in E.164."""
    return f"+85292{at:06}"


def address_of(at: int) -> dict[str, Any]:
    return {"X-Forwarded-For": f"198.18.{at >> 8}.{at & 255}"}
