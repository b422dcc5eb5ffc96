"""One whole sign-in at the stock assembly, walked as `bench.road` walks ours."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from bench.broken import Broken
from bench.road import PATIENCE, Desk, expect
from bench.stock.phone import signed


class StockPair:
    """One person with a desk and a phone. The phone has no inbox: it knows what it is asked."""

    def __init__(self, base_url: str, username: str) -> None:
        self.username = username
        self.desk = Desk(base_url)
        self.sign_in()

    def steps(self) -> Iterator[str]:
        """Walk the whole road, and name each step when it has been done, by the names that ours have."""
        desk = self.desk
        desk.get("/sign-in/")
        yield "page: sign in"
        page = desk.give_password(self.username)
        yield "password"
        desk.get(page)
        yield "page: waiting"
        question = desk.find(r"<p>([\w-]{22})</p>")
        with contextlib.closing(self._watch(question)) as watching:
            expect(watching, lambda frame: frame["state"] == "waiting")
            yield "socket opens, first frame"
            status, _content, _headers = desk.wire.ask("POST", f"/answer/{question}", signed(question))
            if status != 200:
                raise Broken(f"an answer was answered {status}")
            expect(watching, lambda frame: frame["state"] == "approved")
            yield "phone answers"
        page = desk.submit("/finish/")
        yield "desk claims"
        desk.get(page)
        yield "page: home"
        desk.wire.cookies.pop("sessionid")

    def sign_in(self) -> None:
        for _step in self.steps():
            pass

    def _watch(self, question: str) -> ClientConnection:
        wire = self.desk.wire
        return connect(
            f"{wire.base_url.replace('http', 'ws', 1)}/ws/{question}",
            sock=socket.create_connection(("127.0.0.1", urlsplit(wire.base_url).port or 80)),
            origin=Origin(wire.base_url),
            additional_headers={"Cookie": f"sessionid={wire.cookies['sessionid']}"},
            open_timeout=PATIENCE,
        )
