"""People who sign in without a pause, and go on by themselves where the portal could not be had for a moment."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event
from time import monotonic

from tests.factories import PASSWORD, PIN
from tests.faults.fragile import Fragile
from tests.pocket import Problem
from tests.services.people import Owner
from tests.services.talk import Answer, Message

# Seconds after which somebody who was refused asks again.
BEAT = 0.2
# Seconds in which whoever has approved is let in, counted from the last time that the portal could not be had.
TOLD = 10
# Seconds after the end in which the portal must be there again.
GIVEN_UP = 30
_NUMBER = re.compile(r'aria-labelledby="number-label"[^>]*>(\d{3}) (\d{3})')


class StartAgain(Exception):
    """This sign-in has come to nothing, and nothing was lost with it."""


@dataclass
class Figures:
    """What came of it, for all people together."""

    sign_ins: int = 0
    begun_again: int = 0
    lost: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


class Soaker:
    """One of them, with a desk and a phone. `doubted`: something of this sign-in was sent and not answered."""

    def __init__(self, cluster: Fragile, owner: Owner, figures: Figures) -> None:
        self.cluster, self.owner, self.figures = cluster, owner, figures
        self._pause = Event()
        self._well_since = self._doubted_at = 0.0
        self._until = 0.0

    def live(self, until: float) -> None:
        self._until = until
        while monotonic() < until:
            try:
                self.sign_in()
                self.figures.sign_ins += 1
            except StartAgain:
                self.figures.begun_again += 1
                self._pause.wait(BEAT)

    def sign_in(self) -> None:
        self._begin()
        self._approve()
        approved = monotonic()
        while (state := self._state()) != "approved":
            if monotonic() - max(approved, self._well_since) > TOLD:
                self._lose(f"approved, and the page says {state}")
            self._pause.wait(BEAT)
        self._claim()

    def _begin(self) -> None:
        if "csrftoken" not in self.owner.desk.cookies:
            self._ask("GET", "/sign-in/")
        answer = self._ask("POST", "/sign-in/", username=self.owner.username, password=PASSWORD)
        if answer.leads_to != "/sign-in/verify/":
            self.figures.refused[f"password {answer.status}"] += 1
            raise StartAgain

    def _approve(self) -> None:
        phone = self.owner.phone
        challenges = self._by_phone(phone.challenges)
        if len(challenges) != 1:
            # One of them is of a desk that never heard of it: neither is approved.
            for each in challenges:
                self._by_phone(lambda each=each: phone.cancel(each))
            raise StartAgain
        number = challenges[0].get("question") or self._number()
        self._by_phone(lambda: phone.approve(challenges[0], PIN, number=number))

    def _number(self) -> str:
        """What the desk shows and the person carries to the phone."""
        found = _NUMBER.search(self._ask("GET", "/sign-in/verify/").text)
        if found is None:
            raise StartAgain
        return "".join(found.groups())

    def _state(self) -> str:
        return str(self._ask("GET", "/sign-in/status/").json["state"])

    def _claim(self) -> None:
        begun = monotonic()
        if self._ask("POST", "/sign-in/finish/").leads_to == "/" and self._ask("GET", "/").status == 200:
            return
        if self._doubted_at < begun:
            self._lose("told, and not let in")
        # The claim was made and nobody heard of it: the only thing that may be begun again after an approval.
        raise StartAgain

    def _lose(self, how: str) -> None:
        self.figures.lost.append(f"{self.owner.username}: {how}")
        raise StartAgain

    # --- Patience ---

    def _ask(self, method: str, path: str, **fields: str) -> Answer:
        """The first answer of a portal that could be had."""
        desk = self.owner.desk
        while True:
            answer = self._had(desk.message(method, path, **fields))
            if answer is not None:
                return desk.take(answer)
            self._wait()

    def _had(self, message: Message) -> Answer | None:
        try:
            answer = self.cluster.send(message)
        except (OSError, HTTPException):
            self.figures.refused["no answer"] += 1
        else:
            if answer.status < 500:
                return answer
            assert answer.status == 503, f"{answer} {answer.text[-300:]}"
            assert answer.headers["Retry-After"], answer
            self.figures.refused["503"] += 1
        self._well_since = self._doubted_at = monotonic()
        return None

    def _by_phone(self, act: Callable[[], object]) -> list[dict[str, str]]:
        """What the phone is told. That its answer has been taken before is as good as that it is."""
        while True:
            try:
                return act()  # type: ignore[return-value]
            except (OSError, HTTPException):
                self.figures.refused["no answer"] += 1
            except Problem as problem:
                if problem.body.get("state") == "approved":
                    return []
                if problem.status != 503:
                    raise StartAgain from None
                self.figures.refused["503"] += 1
            self._well_since = monotonic()
            self._wait()

    def _wait(self) -> None:
        assert monotonic() < self._until + GIVEN_UP, "the portal has not come back"
        self._pause.wait(BEAT)
