"""How a client stands, for the member of the staff who has them on the telephone: masked, counted, never a secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit, browser
from accounts import policy as people
from accounts.models import AuditEvent, Login, OpenSession, RefusedOrigin, Tally, User
from accounts.policy import Limit
from twofactor import activity, pairs, policy
from twofactor.models import (
    Challenge,
    Passcode,
    Passkey,
    Phone,
    PortalKey,
    Proposal,
    RecoverySheet,
    Subscription,
    Totp,
)
from twofactor.models.challenge import CALLER
from twofactor.models.key import ACTIVE
from twofactor.models.phone import ON, RESTS
from twofactor.models.proposal import OPEN

_EVENTS = 10
# How long the words of a check stay on the page.
_CHECKED = timedelta(minutes=30)
# What is counted against a person or their number, by what staff call it.
_BUDGETS: tuple[tuple[Promise, tuple[Limit, ...]], ...] = (
    (_("Sign-ins begun and not finished"), people.STARTS),
    (_("Wrong codes and responses"), people.FACTOR_PERSON),
    (_("Notifications of sign-ins"), policy.NOTIFICATIONS),
    (_("Test notifications"), policy.TESTS),
    (_("Texts with codes"), (*policy.TEXT_PERSON, *policy.TEXT_NUMBER)),
    (_("Calls with codes"), (*policy.CALL_PERSON, *policy.CALL_NUMBER)),
    (_("Texts and calls that confirm a number"), (*policy.CONFIRM_NUMBER, *policy.CONFIRM_CALLS)),
    (_("Wrong PINs"), policy.PINS_WRONG),
)


@dataclass(frozen=True)
class Reading:
    """The two words as they stand in one language: staff say `first`, the client answers with `second`."""

    language: str
    first: str = field(repr=False)
    second: str = field(repr=False)


@dataclass(frozen=True)
class Waiting:
    """A sign-in in progress: from where, since when, and the words that its page shows to whoever waits there."""

    login: Login
    browser: str
    readings: list[Reading]


def of(user: User) -> dict[str, Any]:
    """Everything that the client's page shows, as the template takes it. Reads, and changes nothing."""
    key, phone, now = PortalKey.objects.binding(user), Phone.objects.verified(user), timezone.now()
    return {
        "client": user,
        "key": key,
        "key_locked": key is not None and key.state != ACTIVE,
        "key_young": key is not None and _is_young(key, now),
        "pushes": _PUSHES[Subscription.state_of(key)] if key else "",
        "push": _last_push(key) if key else None,
        "passkeys": list(Passkey.objects.binding(user)),
        "app": Totp.objects.active(user),
        "phone": phone,
        "texts": _texts(phone, key),
        "full": list(full(user, phone, key)),
        "held_until": held if (held := getattr(user, "held_until", None)) and held > now else None,
        "refused": RefusedOrigin.objects.filter(user=user, until__gt=now).order_by("until"),
        "waiting": [_waiting(user, login) for login in waiting(user)],
        "sessions": OpenSession.objects.alive().filter(user=user).count(),
        "codes_left": sheet.left if (sheet := RecoverySheet.objects.active(user)) else None,
        "sealed": _sealed(user),
        "passcode": Passcode.objects.good(user),
        "proposals": list(Proposal.objects.filter(user=user, state__in=OPEN).select_related("by", "approved_by")),
        "check": _check(user),
        "events": [_event(each) for each in activity.events_of(user)[:_EVENTS]],
    }


def _is_young(key: PortalKey, at: datetime) -> bool:
    """Whether it was activated within the day before `at`: it proves little about who holds it (R-36)."""
    return key.activated_at is None or key.activated_at > at - people.TEMPORARY_KEY_AGE


def _sealed(user: User) -> dict[str, Any] | None:
    """The temporary password that was sent last, as long as it serves."""
    sent = user.temporary_passwords.order_by("-pk").first()
    if sent is None or sent.standing not in _SEALED:
        return None
    return {"words": _SEALED[sent.standing], "until": sent.expires}


_SEALED: dict[str, Promise] = {
    "dormant": _("Waits on the phone to be opened"),
    "awake": _("Opened on the phone, and not used yet"),
}
# What `Subscription.states` are called where staff read them.
_PUSHES: dict[str, Promise] = {
    "none": _("Notifications are not set up on this phone"),
    "new": _("Notifications are set up, and none has arrived yet"),
    "works": _("Notifications arrive"),
    "suspect": _("A notification may have been missed"),
    "gone": _("The phone's subscription to notifications has ended"),
}


def _last_push(key: PortalKey) -> dict[str, Any] | None:
    """The newest question that was sent to the phone, and how far it has come."""
    asked = Challenge.objects.filter(key=key, notified_at__isnull=False, silent=False).order_by("-created").first()
    if asked is None:
        return None
    hops = (
        (asked.opened_at, _("opened on the phone")),
        (asked.shown_at, _("shown on the phone")),
        (asked.received_at, _("arrived at the phone")),
        (asked.accepted_at, _("taken by the push service")),
        (asked.notified_at, _("sent")),
    )
    at, words = next((at, words) for at, words in hops if at)
    failed = asked.push == "failed" and not (asked.received_at or asked.opened_at)
    return {"at": at, "words": _("not taken by the push service") if failed else words, "state": asked.standing}


def _texts(phone: Phone | None, key: PortalKey | None) -> Promise | str:
    if phone is None:
        return ""
    if phone.texts == ON:
        return _("Codes by text sign in")
    return (
        _("Codes by text rest as long as there is something better")
        if phone.texts == RESTS
        else _("Codes by text are off")
    )


def full(user: User, phone: Phone | None, key: PortalKey | None) -> Iterable[dict[str, Any]]:
    """The budgets that have no room now, and when they have again."""
    now, mine = timezone.now(), Q(subject=str(user.pk)) | Q(subject__startswith=f"{user.pk}:")
    if phone is not None:
        # Counted by the number's fingerprint; whose number it is says the row of the phone.
        mine |= Q(subject__startswith=phone.fingerprint[:32])
    rows = list(Tally.objects.filter(mine, resets__gt=now))
    waits = [row.opens for row in rows if row.name == people.PASSWORD.name and row.opens and row.opens > now]
    if waits:
        yield {"what": _("Wrong passwords"), "until": max(waits)}
    for words, limits in _BUDGETS:
        most = {limit.name: limit.count for limit in limits}
        ends = [row.resets for row in rows if row.name in most and row.count >= most[row.name]]
        if ends:
            yield {"what": words, "until": max(ends)}
    if key is not None and key.wait_until and key.wait_until > now:
        yield {"what": _("Wrong PINs in a row"), "until": key.wait_until}
    if key is not None and key.desk_failures >= policy.DESK_LOCKS:
        yield {"what": _("Responses typed by hand: until the phone approves something itself"), "until": None}


def waiting(user: User) -> list[Login]:
    """The sign-ins of this person that wait for a second factor, or have it and are not claimed yet."""
    rows = Login.objects.filter(user=user, state__in=Login.machine.sources("cancel"), expires__gt=timezone.now())
    return list(rows.order_by("created"))


def _waiting(user: User, login: Login) -> Waiting:
    # Whoever waits there chose the language of that page, and may choose another one: so in all that we have.
    tongues = (user.own_tongue, *(code for code, _name in settings.LANGUAGES))
    return Waiting(login, browser.words(login.browser), _readings(login.pk, tongues))


def _readings(name: str, tongues: Iterable[str]) -> list[Reading]:
    """The words of this sign-in or check in these languages, each once: the caller has one of them on the screen."""
    found: dict[tuple[str, str], str] = {}
    for tongue in tongues:
        found.setdefault(pairs.pair(name, tongue), tongue)
    return [Reading(tongue, *words) for words, tongue in found.items()]


def _check(user: User) -> dict[str, Any] | None:
    """The newest check of a caller: both words, and what the phone has said."""
    since = timezone.now() - _CHECKED
    asked = Challenge.objects.filter(key__user=user, about__startswith=CALLER, created__gt=since)
    newest = asked.select_related("key").order_by("-created").first()
    if newest is None:
        return None
    name = newest.about.removeprefix(CALLER)
    standing = newest.standing
    return {
        # As the phone shows them, and as the reader here says them.
        "readings": _readings(name, (newest.display.get("lang", ""), get_language() or settings.LANGUAGE_CODE)),
        "at": newest.created,
        "state": standing,
        "young": _is_young(newest.key, newest.created),
        "said": {
            "pending": gettext("The phone has not answered yet."),
            "approved": gettext("Confirmed on the phone, with its PIN."),
            "denied": gettext("Refused on the phone: this is not the client."),
        }.get(standing, gettext("Over without an answer.")),
    }


def _event(event: AuditEvent) -> dict[str, Any]:
    """As the client reads it in their activity, and who of the staff it was and why."""
    told = activity.tell(event)
    return {**told, "ok": event.outcome == "ok", "by": audit.staff_name(event), "why": event.facts.get("why", "")}
