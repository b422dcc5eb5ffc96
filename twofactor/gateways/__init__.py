"""How something is carried to a phone: one file a carrier, and nothing here knows a model.

A carrier is a module with `WAYS` (what it carries: "text", "call", "mail", "push"), `IDEMPOTENT`, `configured()` and
`send(message)`, which returns the carrier's own name for the message, or "" where it has none, and raises
`DeliveryFailed`. One that reports back also has `read_report(request, delivery_id)`; one that fetches what it says in a
call has `converse`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import watching

_log = logging.getLogger("portal.outbox")

# Why something was not carried. The page and the record know these words and no other: what a provider says in its own
# words stays with the provider.
REASONS = (
    "number",  # the number cannot receive this, or does not exist
    "blocked",  # a filter or the owner of the number stopped it
    "busy",  # the carrier wants us to wait
    "unreachable",  # no connection, time-out, or the carrier failed
    "setup",  # refused because of how the portal is set up there: credentials, balance, sender
    "malformed",  # an answer that makes no sense
    "unanswered",  # a call that nobody took, or no key was pressed
    "expired",  # its time was over before it could be carried
    "gone",  # the phone's subscription has ended; it makes a new one when its page is opened
)


class DeliveryFailed(Exception):
    """Not carried. `permanent`: trying again would not help. `retry_after`: not before that, says the carrier.

    `unknown`: it may have been carried all the same; nobody has heard an answer that says so or says no.
    """

    def __init__(
        self, reason: str, *, permanent: bool, retry_after: timedelta | None = None, unknown: bool = False
    ) -> None:
        if reason not in REASONS:
            raise ValueError(f"no such reason: {reason}")
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.unknown = unknown


@dataclass(frozen=True)
class Call:
    """What a call says, in the language of the person. `code` is spoken by digits, twice, only after a key press."""

    greeting: str
    # "Press any key to hear your code."
    prompt: str
    # "Your code is:" and the digits, one by one, as words of the language or as plain digits.
    intro: str
    digits: tuple[str, ...] = field(repr=False)
    again: str
    goodbye: str
    # Said instead of the code when no key was pressed in time, before hanging up.
    nobody: str
    # BCP 47: which voice to speak with.
    language: str = "en"


@dataclass(frozen=True)
class Message:
    """One thing to carry, made at the moment of sending and kept nowhere.

    `id` is ours, and the same at every attempt: carriers that know idempotency keys get it as one. `to` is E.164, an
    e-mail address, or a subscription as protocol.webpush writes it. `language` is a BCP 47 tag ("en", "zh-Hant").
    """

    id: str
    way: str
    to: str = field(repr=False)
    language: str
    text: str = field(repr=False)
    subject: str = ""
    call: Call | None = field(default=None, repr=False)
    # Not worth carrying after this; a carrier with a queue of its own is told.
    expires: datetime | None = None


@dataclass(frozen=True)
class Report:
    """What a carrier reports of a message later: `state` is `delivered` or `failed`, `reason` one of REASONS."""

    state: str
    reason: str = ""


class Forged(Exception):
    """A report whose signature does not hold. Nothing is changed by it (R-87)."""


class Carrier(Protocol):
    WAYS: tuple[str, ...]
    # Whether the same message offered again, by its id, is carried once.
    IDEMPOTENT: bool

    def configured(self, way: str) -> bool: ...

    def send(self, message: Message) -> str: ...

    def reports(self) -> bool:
        """Whether it will tell, as it is set up, what becomes of a message."""

    def read_report(self, request: HttpRequest, delivery_id: str) -> Report | None:
        """Check the signature, then read. None: nothing new ("queued"). Raises Forged, or DeliveryFailed(malformed)."""

    def converse(
        self, request: HttpRequest, delivery_id: str, step: str, script: Callable[[], Call | None]
    ) -> tuple[HttpResponse, Report | None]:
        """Answer a carrier that asks what to say, at `step` "greet" or "key", and what is known by that. Raises Forged.

        `script` is only asked once the signature holds; None: the code is over.
        """


# The names that PORTAL_CARRIERS may list.
NAMES = ("demo", "console", "http", "twilio", "apprise", "mail", "webpush")


def carrier(name: str) -> Carrier:
    if name not in NAMES:
        raise KeyError(name)
    return cast(Carrier, import_module(f"twofactor.gateways.{name}"))


def carriers_for(way: str) -> list[str]:
    """The configured carriers that carry this, in the operator's order: the first is tried first."""
    found = []
    for name in settings.PORTAL_CARRIERS:
        module: Any = carrier(name)
        if way in module.WAYS and module.configured(way):
            found.append(name)
    return found


def send(name: str, message: Message) -> str:
    """Hand the message to this carrier. Returns the carrier's name for it; raises DeliveryFailed and nothing else."""
    with watching.step("carry", carrier=name, way=message.way) as words:
        try:
            return _send(name, message)
        except DeliveryFailed as failed:
            words["reason"] = failed.reason
            raise


def _send(name: str, message: Message) -> str:
    try:
        return carrier(name).send(message)
    except DeliveryFailed:
        raise
    except Exception as broken:  # noqa: BLE001 - a carrier that breaks is one that failed
        problem = type(broken).__name__
    # SECURITY: outside of the handler, so that no cause is chained: it may quote the message or the number.
    _log.error("the carrier %s broke: %s", name, problem)
    raise DeliveryFailed("unreachable", permanent=False, unknown=True)
