"""A person's applications: where they may go from here, what each may know, and how they take it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Max, Q
from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from accounts.prepared import Prepared
from applications import backchannel, device, scopes, visits
from applications.models import Application, Consent, DeviceSignIn, PhoneSignIn, Visit

_TILES: Prepared[Application] = Prepared(
    lambda user: (
        Application.objects.filter(is_active=True)
        .exclude(launch_url="")
        .annotate(
            last=Max("visits__used", filter=Q(visits__user=user)),
            taken_back=Max("visits__ended_at", filter=Q(visits__user=user, visits__reason="revoked")),
        )
        .order_by("name", "pk")
    )
)


def tiles(user: User) -> list[Application]:
    """Where a person begins, by name; with when they were there `last` and when they have it `taken_back`."""
    return _TILES.all(user=user.pk)


@dataclass
class Held:
    """What one application has of this person."""

    application: Application
    scopes: set[str] = field(default_factory=set)
    since: datetime | None = None
    used: datetime | None = None
    offline: bool = False

    @property
    def learns(self) -> list[Any]:
        return [words for scope, words in scopes.WORDS.items() if scope in self.scopes]

    @property
    def place(self) -> str:
        return host(self.application)


def host(application: Application) -> str:
    """Where it is, as a person can compare it: the host of its first address."""
    address = application.launch_url or (application.redirect_uris.split() or [""])[0]
    return urlsplit(address).netloc


def held_by(user: User) -> list[Held]:
    """Every application that may know something of this person now, the one used last first."""
    found: dict[int, Held] = {}
    for consent in Consent.objects.filter(user=user).select_related("application"):
        found[consent.application_id] = Held(consent.application, set(consent.scopes), consent.given_at)
    # Whose session has ended, or whose epoch is over, is told nothing more.
    for visit in _open(user):
        if visit.is_alive:
            _add(found.setdefault(visit.application_id, Held(visit.application)), visit)
    return sorted(found.values(), key=lambda each: str(each.used or each.since), reverse=True)


def _open(user: User) -> list[Visit]:
    rows = Visit.objects.filter(user=user, ended_at=None, used__isnull=False, auth_epoch=user.auth_epoch)
    return list(rows.select_related("application", "user"))


def _add(held: Held, visit: Visit) -> None:
    held.scopes |= set(visit.scope.split())
    held.since = min(filter(None, (held.since, visit.created)))
    held.used = max(filter(None, (held.used, visit.used)), default=None)
    held.offline = held.offline or visit.offline


def revoke(request: HttpRequest, user: User, application: Application) -> bool:
    """The person takes back what this application was given and allowed. False: there was nothing to take.

    Also what they have approved and it has not fetched yet: first, so that what it fetches meanwhile is ended below.
    """
    mine = {"user": user, "application": application}
    coming = backchannel.end(PhoneSignIn.objects.filter(**mine), reason="revoked")
    coming += device.end(DeviceSignIn.objects.filter(**mine), reason="revoked")
    with transaction.atomic():
        User.objects.locked(user.pk)
        ended = visits.end_all(Visit.objects.filter(user=user, application=application, ended_at=None), "revoked")
        allowed, _rows = Consent.objects.filter(user=user, application=application).delete()
        if coming or ended or allowed:
            audit.record("application.revoke", user=user, request=request, application=application.name)
    return bool(coming or ended or allowed)
