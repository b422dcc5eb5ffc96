"""One whole sign-in at the stock assembly, walked as `bench.road` walks ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bench.broken import Broken
from bench.road import Desk, expect
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
        yield from desk.arrive(self.username)
        question = desk.find(r"<p>([\w-]{22})</p>")
        kept = f"sessionid={desk.wire.cookies['sessionid']}"
        with contextlib.closing(desk.open(f"/ws/{question}", Cookie=kept)) as watching:
            expect(watching, lambda frame: frame["state"] == "waiting")
            yield "socket opens, first frame"
            status, _content, _headers = desk.wire.ask("POST", f"/answer/{question}", signed(question))
            if status != 200:
                raise Broken(f"an answer was answered {status}")
            expect(watching, lambda frame: frame["state"] == "approved")
            yield "phone answers"
        yield from desk.go_in("/finish/")
        desk.submit("/sign-out/")
        desk.wire.cookies.pop("sessionid")

    def sign_in(self) -> None:
        for _step in self.steps():
            pass
