"""One whole sign-in, walked step by step: a desk that does what a browser does, and the phone of the tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from bench.broken import Broken
from bench.server import PASSWORD
from tests.pocket import Pocket

PIN = "24x7"
HOPS = ("received", "shown", "opened")
# One salt for all phones of a process: the 600,000 rounds of a PIN are computed once.
_SALT = b"salt of a bench."
_DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
_PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
_CLAIM = "/sign-in/finish/"
_PATIENCE = 20
# The server ends a connection that nobody uses for a minute.
_KEPT = 30


class Wire:
    """One kept connection to the server, as browsers and phones keep theirs. Sends at once, follows no redirect."""

    def __init__(self, base_url: str, user_agent: str, more: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(base_url)
        self.base_url = base_url
        self.cookies: dict[str, str] = {}
        self.sent_at = 0.0
        self._kept = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=_PATIENCE)
        self._headers = {"Host": parts.netloc, "User-Agent": user_agent, "Accept-Encoding": "gzip, deflate, br, zstd"}
        self._headers |= more or {}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, Any]:
        """Send one request; `sent_at` (time.perf_counter) is the moment before its first byte leaves."""
        headers = {**self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if time.perf_counter() - self.sent_at > _KEPT:
            self._kept.close()
            self._kept.connect()
        self.sent_at = time.perf_counter()
        self._kept.request(method, path, body, headers)
        answer = self._kept.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        return answer.status, content, answer.headers

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        """What tests.pocket speaks through."""
        status, content, headers = self.ask("POST", path, json.dumps(body).encode(), Content_Type="application/json")
        return status, json.loads(content), headers

    def close(self) -> None:
        self._kept.close()


class Desk:
    """A browser at a desk. It keeps its cookies, so from its second sign-in on it is known, and a tap is enough."""

    def __init__(self, base_url: str, more: Mapping[str, str] | None = None) -> None:
        self.wire = Wire(base_url, _DESK, more)
        self.password = PASSWORD
        self.html = ""

    def get(self, path: str) -> str:
        status, content, _headers = self.wire.ask("GET", path)
        return self._take(f"GET {path}", status, 200, content)

    def submit(self, path: str, **fields: str) -> str:
        """Send the form of the page that is shown; gives the address that the answer leads to."""
        return str(self._post(path, 302, fields)["Location"])

    def refused(self, path: str, **fields: str) -> None:
        """Send the form with something that is refused: the same page comes back and says so."""
        self._post(path, 200, fields)

    def _post(self, path: str, expected: int, fields: dict[str, str]) -> Any:
        fields["csrfmiddlewaretoken"] = self.find(r'name="csrfmiddlewaretoken" value="([^"]+)"')
        status, content, headers = self.wire.ask(
            "POST",
            path,
            urlencode(fields).encode(),
            Content_Type="application/x-www-form-urlencoded",
            Origin=self.wire.base_url,
        )
        self._take(f"POST {path}", status, expected, content)
        return headers

    def find(self, pattern: str) -> str:
        found = re.search(pattern, self.html)
        if found is None:
            raise Broken(f"the page does not hold {pattern}")
        return found.group(1)

    @property
    def number(self) -> str | None:
        """The six digits to carry to the phone, where the page shows them."""
        found = re.search(r'class="digits"[^>]*>\s*(\d{3})\s(\d{3})', self.html)
        return "".join(found.groups()) if found else None

    def give_password(self, username: str) -> str:
        return self.submit("/sign-in/", username=username, password=self.password)

    def arrive(self, username: str) -> Generator[str, None, str]:
        """The first steps, to the page that waits; each is named when it has been done. Gives that page's address."""
        self.get("/sign-in/")
        yield "page: sign in"
        page = self.give_password(username)
        yield "password"
        self.get(page)
        yield "page: waiting"
        return page

    def go_in(self, claim: str) -> Iterator[str]:
        """The last steps, once the sign-in is approved. `claim`: where the form goes that claims it."""
        page = self.submit(claim)
        yield "desk claims"
        self.get(page)
        yield "page: home"

    def watch(self) -> ClientConnection:
        """Open the waiting page's socket, with the ticket that the page holds."""
        ticket = self.find(r'data-ticket="([^"]+)"')
        return self.open(f"/ws/sign-in/?ticket={ticket}")

    def open(self, path: str, **headers: str) -> ClientConnection:
        """A socket of a page of ours."""
        base_url = self.wire.base_url
        return connect(
            f"{base_url.replace('http', 'ws', 1)}{path}",
            sock=socket.create_connection(("127.0.0.1", urlsplit(base_url).port or 80)),
            origin=Origin(base_url),
            additional_headers=headers,
            open_timeout=_PATIENCE,
        )

    def leave(self) -> None:
        """Come back another day: the session is gone, the browser is still known."""
        self.wire.cookies.pop("session", None)

    def sign_out(self) -> None:
        """The same, and the server knows of it: of six sessions that are left open it would end the first."""
        self.submit("/sign-out/")
        self.leave()

    def _take(self, what: str, status: int, expected: int, content: bytes) -> str:
        if status != expected:
            raise Broken(f"{what} answered {status} and not {expected}: {content[-300:]!r}")
        self.html = content.decode()
        return self.html


class Pair:
    """One person with a desk and a phone that holds their key."""

    def __init__(self, base_url: str, username: str, pocket: Pocket | None = None) -> None:
        self.username = username
        self.desk = Desk(base_url)
        self.line = Wire(base_url, _PHONE)
        self.phone = pocket or Pocket(base_url, self.line.post, salt=_SALT)
        self._activate()

    def _activate(self) -> None:
        desk = self.desk
        desk.get("/sign-in/")
        desk.get(desk.give_password(self.username))
        self.phone.claim(desk.find(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b"))
        self.phone.activate(PIN, label="A phone", platform="android")
        desk.leave()
        for _step in self.steps():  # from here on the desk is known
            pass

    def reach_waiting(self) -> None:
        """The first half of the road: to the page that waits."""
        for _step in self.desk.arrive(self.username):
            pass

    def steps(self, *, talks: bool = False) -> Iterator[str]:
        """Walk the whole road, and name each step when it has been done.

        With `talks`, the phone also tells how far the question has come, as the authenticator's page does, and the
        desk's page renews itself at each of these three reports.
        """
        desk, phone = self.desk, self.phone
        page = yield from desk.arrive(self.username)
        with contextlib.closing(desk.watch()) as watching:
            version = expect(watching, lambda frame: frame["state"] == "waiting")["version"]
            yield "socket opens, first frame"
            challenge = phone.challenge()
            yield "phone looks into its inbox"
            for hop in HOPS if talks else ():
                phone.seen(challenge, hop)
                version = expect(watching, lambda frame: frame["version"] > version)["version"]  # noqa: B023
                desk.get(page)
                yield f"phone tells: {hop}"
            phone.approve(challenge, PIN, desk.number)
            expect(watching, lambda frame: frame["state"] == "approved")
            yield "phone answers"
        yield from desk.go_in(_CLAIM)
        desk.sign_out()

    def finish(self) -> None:
        """The last part of the road, once the sign-in is approved."""
        for _step in self.desk.go_in(_CLAIM):
            pass
        self.desk.leave()

    def sign_in(self) -> None:
        for _step in self.steps():
            pass

    def close(self) -> None:
        self.desk.wire.close()
        self.line.close()


def expect(watching: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Read frames until one is wanted, and give it."""
    while True:
        frame: dict[str, Any] = json.loads(watching.recv(timeout=_PATIENCE))
        if wanted(frame):
            return frame


def heard(watching: ClientConnection, state: str) -> float:
    """The moment (time.perf_counter) at which a frame said `state`."""
    expect(watching, lambda frame: frame["state"] == state)
    return time.perf_counter()
