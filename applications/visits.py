"""Visits: begun by a sign-in, used by their application, ended once for everything that hangs on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.models import OpenSession, User
from accounts.prepared import update
from applications import policy
from applications.models import AccessToken, Application, RefreshToken, Visit
from applications.models.application import secret_digest
from twofactor import carrying
from twofactor.models import Phone


def is_secret(given: str, stored: str) -> bool:
    return bool(stored) and constant_time_compare(secret_digest(given), stored)


def begin(
    application: Application,
    user: User,
    *,
    scope: str,
    acr: str,
    amr: list[str],
    auth_time: datetime,
    session: OpenSession | None = None,
) -> Visit:
    """What an application will be given hangs on this. `session`: the one of the portal, if a browser opened it."""
    return Visit.objects.create(
        application=application,
        user=user,
        auth_epoch=user.auth_epoch,
        session=session,
        offline="offline_access" in scope.split(),
        scope=scope,
        acr=acr,
        amr=amr,
        auth_time=auth_time,
    )


def named(pk: str) -> Visit:
    """The visit as it stands now, with whom it concerns. Raises DoesNotExist."""
    return Visit.objects.select_related("application", "user").get(pk=pk)


def entered(visit: Visit) -> None:
    """The application has fetched what it was promised: now its person is signed in there."""
    use(visit)
    audit.record("application.enter", user=visit.user, **about(visit))


def use(visit: Visit) -> None:
    """Written down once a minute at most: applications ask often."""
    now = timezone.now()
    if visit.used is None or now - visit.used >= policy.USE_NOTED_EVERY:
        update(Visit, Q(pk=visit.pk), used=now)
        visit.used = now


def end(visit: Visit, reason: str) -> bool:
    """End it, once. Everything given for it is worth nothing from here on. Returns whether it was this that did."""
    won = bool(update(Visit, Q(pk=visit.pk, ended_at=None), ended_at=timezone.now(), reason=reason))
    if won:
        AccessToken.objects.filter(visit=visit).delete()
        RefreshToken.objects.filter(visit=visit, revoked=None).update(revoked=timezone.now())
    return won


def follow(user: User, before: int, here: OpenSession) -> None:
    """The person has signed in again at the same browser: what they have open at applications goes on."""
    Visit.objects.filter(user=user, session_id=before, ended_at=None).update(session=here)


def end_all(visits: Iterable[Visit], reason: str) -> int:
    return sum(end(visit, reason) for visit in visits)


def end_of(application: Application, reason: str) -> None:
    """End all of them at this application, whoever's they are, at one stroke: there may be very many."""
    Visit.objects.filter(application=application, ended_at=None).update(ended_at=timezone.now(), reason=reason)
    AccessToken.objects.filter(application=application).delete()
    RefreshToken.objects.filter(application=application, revoked=None).update(revoked=timezone.now())


def alarm(visit: Visit, reason: str) -> None:
    """SECURITY: what was given to an application has come from somebody else, or twice: it has been copied."""
    audit.alert("application.reuse", user=visit.user, state=reason, **about(visit))
    told = Phone.objects.to_tell(visit.user)
    carrying.notice(visit.user, "application-copied", also=told, application=visit.application.name)


def about(visit: Visit) -> dict[str, Any]:
    return {"application": visit.application.name}
