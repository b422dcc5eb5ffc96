"""The demo's carrier: what it takes over shows on a virtual phone in the memory of this process, and goes no further.

It keeps the last KEPT messages, whosever they are, writes no row and no log, and can be told to fail. Who wants to know
what happens to a message joins `listeners`: reports travel that way, never from here to a story.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.lifecycle import Machine, machine
from twofactor.gateways import DeliveryFailed, Message, Report

WAYS = ("text", "call", "mail")
IDEMPOTENT = True

# So many messages are read by nobody in one sitting, and a demo that runs for weeks does not grow.
KEPT = 100
# As long as networks let a phone ring before they give up.
RINGS = timedelta(seconds=45)
# For finding the keypad; carriers wait five to thirty seconds.
LISTENS = timedelta(seconds=30)
# Twice six digits slowly, and what is said around them.
SPEAKS = timedelta(seconds=40)
BUSY_FOR = timedelta(seconds=10)
# What it can be told to answer instead of taking a message over, and whether trying again would be of no use.
REFUSALS = {
    "busy": False,
    "unreachable": False,
    "malformed": False,
    "number": True,
    "blocked": True,
    "setup": True,
}

# A text or a mail waits as long as there is no reception, and no longer than it is worth anything.
MESSAGE = machine("waiting", arrive=("waiting", "arrived"), drop=("waiting", "dropped"))
CALL = machine(
    "ringing",
    answer=("ringing", "greeting"),
    press=("greeting", "speaking"),
    decline=("ringing", "declined"),
    miss=("ringing greeting", "missed"),
    end=("speaking", "ended"),
)
# What the portal is told when a message comes to this.
_REPORTS = {
    "arrived": Report("delivered"),
    "dropped": Report("failed", "expired"),
    "speaking": Report("delivered"),
    "declined": Report("failed", "unanswered"),
    "missed": Report("failed", "unanswered"),
}
_LASTS = {"ringing": RINGS, "greeting": LISTENS, "speaking": SPEAKS}
# How each of them ends when nobody does anything.
_ENDS = {"waiting": "drop", "ringing": "miss", "greeting": "miss", "speaking": "end"}


@dataclass(frozen=True)
class Carried:
    """A message on the phone or on its way there. `until`: when it ends by itself."""

    message: Message = field(repr=False)
    state: str
    at: datetime
    until: datetime | None = None

    @property
    def machine(self) -> Machine:
        return CALL if self.message.way == "call" else MESSAGE

    def can(self, event: str) -> bool:
        return event in self.machine.moves and self.state in self.machine.sources(event)


# Called with the message that has moved (None: the phone itself has changed) and what the carrier reports of it.
Listener = Callable[[Carried | None, Report | None], None]
listeners: list[Listener] = []


class Handset:
    """Everything the virtual phone is and has, for all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._carried: dict[str, Carried] = {}
        self.reception = True
        # The reason with which messages are refused ("": none are), and of which way ("": of all).
        self.refusal, self.refused_way = "", ""
        # Grows with every change, also over a restart: a page compares it with the one it shows.
        self.version = int(time.time() * 1000)

    def all(self) -> list[Carried]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._carried.values()))

    def get(self, message_id: str) -> Carried | None:
        with self._lock:
            return self._carried.get(message_id)

    def take(self, message: Message) -> None:
        """Idempotent by the message's id: a second attempt shows nothing twice. Raises DeliveryFailed when told to."""
        with self._lock:
            if message.id in self._carried:
                return
            if self.refusal and self.refused_way in ("", message.way):
                wait = BUSY_FOR if self.refusal == "busy" else None
                raise DeliveryFailed(self.refusal, permanent=REFUSALS[self.refusal], retry_after=wait)
            taken = self._put(Carried(message, self._first(message.way), timezone.now()))
            while len(self._carried) > KEPT:
                del self._carried[next(iter(self._carried))]
        _tell(taken)

    def _first(self, way: str) -> str:
        if way == "call":
            return CALL.start if self.reception else "missed"
        return "arrived" if self.reception else MESSAGE.start

    def move(self, message_id: str, event: str) -> bool:
        """Let `event` happen to this message. False when it is too late for it, or no such message is kept."""
        with self._lock:
            before = self._carried.get(message_id)
            if before is None or not before.can(event):
                return False
            now = timezone.now()
            if before.until and before.until <= now and event != _ENDS[before.state]:
                return False
            at = now if event == "arrive" else before.at
            after = self._put(replace(before, state=before.machine.target(event), at=at))
        _tell(after)
        return True

    def lapse(self) -> None:
        """End everything whose time is over."""
        now = timezone.now()
        for each in self.all():
            if each.until and each.until <= now:
                self.move(each.message.id, _ENDS[each.state])

    def set_reception(self, on: bool) -> None:
        """Without reception texts and mails wait and calls are missed; with it, what waits arrives in its order."""
        with self._lock:
            self.reception = on
            self.version += 1
        _tell(None)
        for each in reversed(self.all()):
            self.move(each.message.id, "arrive" if on else "miss")

    def clear(self) -> None:
        """An empty phone, with reception and nothing refused. What was on its way is lost, as with a phone."""
        with self._lock:
            self._carried.clear()
            self.reception, self.refusal, self.refused_way = True, "", ""
            self.version += 1
        _tell(None)

    def refuse(self, reason: str, way: str = "") -> None:
        """Answer every message of this way ("": of every way) with this reason; "" takes messages again."""
        if reason and reason not in REFUSALS:
            raise ValueError(f"no such refusal: {reason}")
        with self._lock:
            self.refusal, self.refused_way = reason, way if reason else ""
            self.version += 1
        _tell(None)

    def _put(self, carried: Carried) -> Carried:
        """Only with the lock held. Time runs anew in each state that ends by itself."""
        lasts = _LASTS.get(carried.state)
        until = carried.message.expires if carried.state == MESSAGE.start else None
        carried = replace(carried, until=timezone.now() + lasts if lasts else until)
        self._carried[carried.message.id] = carried
        self.version += 1
        return carried


handset = Handset()


def configured(way: str = "") -> bool:
    # SECURITY: real people's codes have no business on a page that everybody may open.
    return bool(settings.PORTAL_DEMO) or "demo" in settings.PORTAL_CARRIERS


def reports() -> bool:
    return True


def send(message: Message) -> str:
    """Put the message on the virtual phone. It has no name of its own there. Raises DeliveryFailed."""
    if not configured() or message.way not in WAYS or (message.way == "call" and message.call is None):
        raise DeliveryFailed("setup", permanent=True)
    handset.take(message)
    return ""


def _tell(carried: Carried | None) -> None:
    """Outside the lock: a listener may ask the handset."""
    for tell in listeners:
        tell(carried, _REPORTS.get(carried.state) if carried else None)
