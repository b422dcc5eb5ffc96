"""The carrier of these tests: a gateway on this machine that keeps what it was handed, and can be in trouble.

It is the gateway of `tests.carriers`, which was written from docs/operating.md. People read their codes here: no test
takes one from anywhere else.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.carriers.gateway import Gateway
from tests.carriers.server import Behaviour, Heard, Server, hanging_up, saying
from tests.services.programs import PATIENCE
from tests.services.talk import Message

TOKEN = "the bearer of the services' tests"
SECRET = "the secret that signs reports in the services' tests"


@dataclass(frozen=True)
class Handed:
    """One attempt to hand something over; `id` is the delivery's."""

    id: str
    key: str
    to: str
    kind: str
    said: str
    code: str
    report: str

    @classmethod
    def read(cls, heard: Heard) -> "Handed":
        told: dict[str, Any] = heard.json
        if told["kind"] == "call":
            said, code = told["script"]["greeting"], "".join(told["script"]["digits"])
        else:
            said = told["text"]
            found = re.match(r"\d{6}\b", said)
            code = found[0] if found else ""
        key = heard.headers["Idempotency-Key"]
        return cls(told["id"], key, told["to"], told["kind"], said, code, urlsplit(told["report"]).path)


class Carrier:
    """It keeps every attempt, by number and in the order in which they came."""

    def __init__(self) -> None:
        self._gateway = Gateway(TOKEN, SECRET)
        self._trouble: Behaviour | None = None
        self._news = threading.Condition()
        self._came = defaultdict[str, list[Handed]](list)
        self._server = Server(self._behave)
        self.stop = self._server.close

    @property
    def environment(self) -> dict[str, str]:
        """What a portal needs to know to use it."""
        return {
            "PORTAL_CARRIERS": "http",
            "PORTAL_HTTP_TEXT_URL": f"{self._server.address}/texts",
            "PORTAL_HTTP_CALL_URL": f"{self._server.address}/calls",
            "PORTAL_HTTP_TOKEN": TOKEN,
            "PORTAL_HTTP_SECRET": SECRET,
            "PORTAL_COUNTRY": "HK",
        }

    def _behave(self, server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        behave, handed = self._trouble or self._gateway, Handed.read(heard)
        with self._news:
            self._came[handed.to].append(handed)
            self._news.notify_all()
        behave(server, handler, heard)

    def to(self, number: str) -> list[Handed]:
        """What came for this number so far."""
        return self._came[number].copy()

    def expect(self, number: str, count: int, within: float = PATIENCE) -> list[Handed]:
        """What came for this number, once it is so many attempts."""
        with self._news:
            came = self._came[number]
            assert self._news.wait_for(lambda: len(came) >= count, within), f"{len(came)} and not {count} came for it"
            return came.copy()

    # --- Trouble ---

    @contextmanager
    def away(self) -> Iterator[None]:
        """It hangs up on everybody, and nothing goes on to a phone."""
        with self.answering(hanging_up):
            yield

    @contextmanager
    def refusing(self, numbers: set[str]) -> Iterator[None]:
        """These numbers do not exist."""

        def refuse(server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
            known = heard.json["to"] not in numbers
            (self._gateway if known else saying(422, {"reason": "number"}))(server, handler, heard)

        with self.answering(refuse):
            yield

    @contextmanager
    def holding(self, then: Behaviour | None = None) -> Iterator[Callable[[], None]]:
        """It takes the next message, and answers it (or does what `then` says) once what this gives is called."""
        let_go, held = threading.Event(), threading.Lock()

        def hold(server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
            if held.acquire(blocking=False):
                let_go.wait(PATIENCE)
                (then or self._gateway)(server, handler, heard)
            else:
                self._gateway(server, handler, heard)

        try:
            with self.answering(hold):
                yield let_go.set
        finally:
            let_go.set()

    @contextmanager
    def answering(self, trouble: Behaviour) -> Iterator[None]:
        """It answers all and everything like this."""
        self._trouble = trouble
        try:
            yield
        finally:
            self._trouble = None

    # --- What it reports ---

    def report(self, handed: Handed, state: str, **more: str) -> Message:
        """What it tells the portal of a message, signed."""
        body, signed = self._gateway.report(handed.id, state, **more)
        return Message("POST", handed.report, {"Content-Type": "application/json", **signed}, body)
