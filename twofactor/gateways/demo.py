"""The demo's carrier: what it takes over shows on a virtual phone, and goes no further.

The phone lies in the memory of this process, or in Redis where several are one portal. It keeps the last KEPT messages,
whosever they are, writes no row and no log, and can be told to fail. Who wants to know what happens to a message joins
`listeners`: reports travel that way, never from here to a story.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from accounts import redis
from accounts.lifecycle import Machine, machine
from twofactor.gateways import Call, DeliveryFailed, Message, Report

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


def _now_in_milliseconds() -> int:
    return int(time.time() * 1000)


@dataclass
class Phone:
    """Everything the virtual phone is and has."""

    carried: dict[str, Carried] = field(default_factory=dict)
    reception: bool = True
    # The reason with which messages are refused ("": none are), and of which way ("": of all).
    refusal: str = ""
    refused_way: str = ""
    # Grows with every change, also over a restart: a page compares it with the one it shows.
    version: int = field(default_factory=_now_in_milliseconds)

    def put(self, carried: Carried) -> Carried:
        """Time runs anew in each state that ends by itself."""
        lasts = _LASTS.get(carried.state)
        until = carried.message.expires if carried.state == MESSAGE.start else None
        carried = replace(carried, until=timezone.now() + lasts if lasts else until)
        self.carried[carried.message.id] = carried
        self.version += 1
        return carried


class Handset:
    """The virtual phone, for all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._phone = Phone()

    @contextmanager
    def _held(self) -> Iterator[Phone]:
        """The phone, in nobody else's hands meanwhile."""
        with self._lock:
            yield self._phone

    @property
    def reception(self) -> bool:
        with self._held() as phone:
            return phone.reception

    @property
    def refusal(self) -> str:
        with self._held() as phone:
            return phone.refusal

    @property
    def refused_way(self) -> str:
        with self._held() as phone:
            return phone.refused_way

    @property
    def version(self) -> int:
        with self._held() as phone:
            return phone.version

    def all(self) -> list[Carried]:
        """Newest first."""
        with self._held() as phone:
            return list(reversed(phone.carried.values()))

    def get(self, message_id: str) -> Carried | None:
        with self._held() as phone:
            return phone.carried.get(message_id)

    def take(self, message: Message) -> None:
        """Idempotent by the message's id: a second attempt shows nothing twice. Raises DeliveryFailed when told to."""
        with self._held() as phone:
            if message.id in phone.carried:
                return
            if phone.refusal and phone.refused_way in ("", message.way):
                wait = BUSY_FOR if phone.refusal == "busy" else None
                raise DeliveryFailed(phone.refusal, permanent=REFUSALS[phone.refusal], retry_after=wait)
            taken = phone.put(Carried(message, _first(message.way, phone.reception), timezone.now()))
            while len(phone.carried) > KEPT:
                del phone.carried[next(iter(phone.carried))]
        _tell(taken)

    def move(self, message_id: str, event: str) -> bool:
        """Let `event` happen to this message. False when it is too late for it, or no such message is kept."""
        with self._held() as phone:
            before = phone.carried.get(message_id)
            if before is None or not before.can(event):
                return False
            now = timezone.now()
            if before.until and before.until <= now and event != _ENDS[before.state]:
                return False
            at = now if event == "arrive" else before.at
            after = phone.put(replace(before, state=before.machine.target(event), at=at))
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
        with self._held() as phone:
            phone.reception = on
            phone.version += 1
        _tell(None)
        for each in reversed(self.all()):
            self.move(each.message.id, "arrive" if on else "miss")

    def clear(self) -> None:
        """An empty phone, with reception and nothing refused. What was on its way is lost, as with a phone."""
        with self._held() as phone:
            phone.carried.clear()
            phone.reception, phone.refusal, phone.refused_way = True, "", ""
            phone.version += 1
        _tell(None)

    def refuse(self, reason: str, way: str = "") -> None:
        """Answer every message of this way ("": of every way) with this reason; "" takes messages again."""
        if reason and reason not in REFUSALS:
            raise ValueError(f"no such refusal: {reason}")
        with self._held() as phone:
            phone.refusal, phone.refused_way = reason, way if reason else ""
            phone.version += 1
        _tell(None)


class SharedHandset(Handset):
    """The same for all processes of one portal: a worker carries what a page of another one shows."""

    @contextmanager
    def _held(self) -> Iterator[Phone]:
        with redis.client(**_REDIS) as line, line.lock(f"{_KEY}:held", timeout=_WAIT, blocking_timeout=_WAIT):
            said: Any = line.get(_KEY)
            phone = _read(said) if said else Phone()
            before = phone.version
            yield phone
            if phone.version != before or not said:
                line.set(_KEY, _written(phone))


_KEY: Final = "portal:demo:phone"
# Seconds for Redis to answer, and for whoever has the phone in hand.
_WAIT: Final = 5
_REDIS: Final = {"socket_timeout": _WAIT, "socket_connect_timeout": _WAIT}


def _written(phone: Phone) -> str:
    return json.dumps(asdict(phone), default=datetime.isoformat)


def _read(said: str | bytes) -> Phone:
    found = json.loads(said)
    return Phone(**{**found, "carried": {name: _carried(**each) for name, each in found["carried"].items()}})


def _carried(message: dict[str, Any], state: str, at: str, until: str | None) -> Carried:
    call = message["call"] and Call(**{**message["call"], "digits": tuple(message["call"]["digits"])})
    whole = Message(**{**message, "call": call, "expires": _moment(message["expires"])})
    return Carried(whole, state, datetime.fromisoformat(at), _moment(until))


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _first(way: str, reception: bool) -> str:
    if way == "call":
        return CALL.start if reception else "missed"
    return "arrived" if reception else MESSAGE.start


handset = SharedHandset() if settings.REDIS_URL else Handset()


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
