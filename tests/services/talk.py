"""Messages as browsers and phones send them, made first and sent later, so that many can be released at once."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

PATIENCE = 20
# Seconds that a page may take while something behind it is gone or hangs; without such trouble it takes tenths.
BRISK = 3


@dataclass(frozen=True)
class Message:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    message: Message
    status: int
    text: str
    headers: http.client.HTTPMessage
    # How long it took, in seconds.
    seconds: float
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The stable code of a problem, or the state of a verdict."""
        said = self.json
        return str(said.get("code") or said.get("state"))

    @property
    def leads_to(self) -> str:
        return self.headers.get("Location", "")

    def __str__(self) -> str:
        return f"{self.message.method} {self.message.path}: {self.status} {self.leads_to}"


def send(message: Message, port: int, ready: Callable[[], object] | None = None, patience: float = PATIENCE) -> Answer:
    """Send a message; with `ready`, hold its last byte back until that returns."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        line.putrequest(message.method, message.path, skip_host=True, skip_accept_encoding=True)
        for name, value in message.headers.items():
            line.putheader(name, value)
        line.putheader("Content-Length", str(len(message.body)))
        line.endheaders()
        line.send(message.body[:-1])
        if ready:
            ready()
        line.send(message.body[-1:])
        begun = monotonic()
        answer = line.getresponse()
        text = answer.read().decode()
        seconds = monotonic() - begun
    finally:
        line.close()
    cookies = {}
    for kept in answer.headers.get_all("Set-Cookie") or []:
        name, _, value = kept.partition(";")[0].partition("=")
        cookies[name.strip()] = value.strip('"')
    return Answer(message, answer.status, text, answer.headers, seconds, cookies)
