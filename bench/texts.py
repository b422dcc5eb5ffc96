"""A sign-in with a code by text, walked step by step: the desk, and a telephone whose texts end at our carrier."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bench.carrier import Carrier, address_of, number_of
from bench.road import Desk, expect
from bench.server import PEOPLE

CODE_PAGE = "/sign-in/verify/code/"


class Subscriber:
    """One person with a verified number, made on the road that people take: password, number, confirmation."""

    def __init__(self, base_url: str, at: int, carrier: Carrier) -> None:
        self.at, self.number, self.username = at, number_of(at), PEOPLE[at]
        self._base_url, self._carrier = base_url, carrier
        # Milliseconds from the password, on the wire, to the text at the carrier.
        self.waits: list[float] = []
        self.desk = self.new_desk()
        self._verify()

    def new_desk(self) -> Desk:
        """A browser of theirs that nobody knows yet."""
        return Desk(self._base_url, address_of(self.at))

    def _verify(self) -> None:
        desk = self.desk
        desk.get("/sign-in/")
        desk.get(desk.give_password(self.username))
        desk.get("/security/phone/")
        desk.get(desk.submit("/security/phone/", country="HK", number=self.number.removeprefix("+852")))
        desk.submit("/security/phone/confirm/", code=self._carrier.next_text(self.number).code)
        desk.leave()
        for _step in self.steps():  # from here on the desk is known
            pass
        self.waits.clear()

    def ask(self, desk: Desk) -> str:
        """Give the password at this desk; the code that came."""
        desk.get("/sign-in/")
        page = desk.give_password(self.username)
        left = desk.wire.sent_at
        text = self._carrier.next_text(self.number)
        self.waits.append((text.came - left) * 1000)
        desk.get(page)
        return text.code

    def steps(self) -> Iterator[str]:
        """Walk the whole road, and name each step when it has been done."""
        desk = self.desk
        desk.get("/sign-in/")
        yield "page: sign in"
        page = desk.give_password(self.username)
        left = desk.wire.sent_at
        text = self._carrier.next_text(self.number)
        self.waits.append((text.came - left) * 1000)
        yield "password, and the text to the carrier"
        desk.get(page)
        yield "page: code"
        with contextlib.closing(desk.watch()) as watching:
            expect(watching, lambda frame: frame["state"] == "waiting")
        yield "socket opens, first frame"
        page = desk.submit(CODE_PAGE, code=text.code)
        yield "code: compared, and claimed"
        desk.get(page)
        yield "page: home"
        desk.leave()
