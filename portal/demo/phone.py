"""The virtual phone between its carrier and its page: what is shown of each message, and what the portal is told.

The page of a call gets the code only after a key was pressed, as on a real phone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from django.db import connections
from django.utils import timezone

from accounts.models import User
from twofactor import live, tasks
from twofactor.gateways import Call, Message, Report, demo
from twofactor.gateways.demo import Carried
from twofactor.models import Phone

GROUP = "demo.phone"
# Seconds until the carrier reports: long enough to see at the desk that a text was handed over before it arrived.
REPORTS_AFTER = 0.7
_NOT_HERE = ("waiting", "dropped")
_OPEN_CALLS = ("ringing", "greeting", "speaking")
_SPOKEN = ("speaking", "ended")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


def listen() -> None:
    """Hear of everything that happens on the phone from now on."""
    if hear not in demo.listeners:
        demo.listeners.append(hear)


def hear(carried: Carried | None, report: Report | None) -> None:
    """Let open pages look again, pass on what the carrier reports, and end what ends by itself."""
    live.ring(GROUP)
    if carried and report:
        later(REPORTS_AFTER, lambda: tasks.report(carried.message.id, report, "demo"))
    if carried and carried.until:
        later((carried.until - timezone.now()).total_seconds(), demo.handset.lapse)


def later(seconds: float, act: Callable[[], object]) -> None:
    """In a thread of its own, as a carrier would: never while the message is still being handed over."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    timer = threading.Timer(seconds, run)
    timer.daemon = True
    timer.start()


@dataclass(frozen=True)
class Shown:
    """One message as its page shows it. `to` is what to filter by; `call` is there once it may be heard."""

    id: str
    way: str
    state: str
    at: datetime
    to: str
    number: str
    owner: str
    language: str
    subject: str = ""
    text: str = ""
    code: str = ""
    greeting: str = ""
    prompt: str = ""
    call: Call | None = None

    @property
    def is_open_call(self) -> bool:
        return self.way == "call" and self.state in _OPEN_CALLS


def shown(number: str = "") -> tuple[list[Shown], int]:
    """What is on the phone, newest first, and how many messages wait for reception. `number`: only what went to it."""
    demo.handset.lapse()
    carried = [each for each in demo.handset.all() if number in ("", each.message.to)]
    here = [each for each in carried if each.state not in _NOT_HERE]
    waiting = sum(each.state == "waiting" for each in carried)
    names = owners({each.message.to for each in here})
    here.sort(key=lambda each: each.at, reverse=True)
    return [_shown(each, names) for each in here], waiting


def owners(found: Iterable[str]) -> dict[str, str]:
    """Whose numbers and addresses these are, as far as people of the portal have them now."""
    prints = {Phone.print_of(each): each for each in found if "@" not in each}
    held = Phone.objects.filter(fingerprint__in=prints, state__in=("verified", "unverified")).select_related("user")
    people = User.objects.filter(email__in=[each for each in found if "@" in each])
    pairs = [(prints[phone.fingerprint], phone.user) for phone in held] + [(user.email, user) for user in people]
    names: dict[str, str] = {}
    for to, user in pairs:
        name = user.get_full_name()
        names[to] = f"{names[to]}, {name}" if to in names and name not in names[to] else name
    return names


def spaced(to: str) -> str:
    """A number as people read it, with its calling code; an address as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(to), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return to


def read_number(given: str) -> str:
    """The number of an address, where "+" may have become a blank: "+852", " 852" and "852" begin the same one."""
    plain = given.strip()
    return f"+{plain}" if plain.isascii() and plain.isdigit() else plain


def _shown(carried: Carried, names: dict[str, str]) -> Shown:
    message, call = carried.message, carried.message.call
    said = call if carried.state in _SPOKEN else None
    answered = call if carried.state in ("greeting", *_SPOKEN) else None
    return Shown(
        id=message.id,
        way=message.way,
        state=carried.state,
        at=carried.at,
        to=message.to,
        number=spaced(message.to),
        owner=names.get(message.to, ""),
        language=message.language,
        subject=message.subject,
        text=message.text,
        code=_code(message, said),
        greeting=answered.greeting if answered else "",
        prompt=answered.prompt if answered else "",
        # SECURITY: nothing of the code leaves the server before a key was pressed.
        call=said,
    )


def _code(message: Message, said: Call | None) -> str:
    """The digits to copy, if there are any."""
    text = "".join(said.digits) if said else message.text
    found = _CODE.search(text)
    return found[0] if found and message.way != "mail" else ""
