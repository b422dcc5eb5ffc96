"""Where people are signed in, the browsers that are known to be theirs, and those that they have refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts import policy

# Who wants to hear that sessions of a person have ended. The rooms above put themselves here; we know none of them.
sessions_ended: list[Callable[[int], None]] = []


def tell_sessions_ended(user_id: int) -> None:
    for tell in sessions_ended:
        tell(user_id)


class OpenSessions(models.Manager["OpenSession"]):
    def alive(self) -> models.QuerySet[OpenSession]:
        """Those whose sessions still open doors, if the person's epoch is theirs: neither at their end nor unused for
        too long (P-40). Whatever ends an epoch removes its rows.
        """
        return self.used_since(**unused_since())

    def used_since(self, clients: Any, staff: Any) -> models.QuerySet[OpenSession]:
        # Each by its name: a list of all that are kept would be read through for the few of one person.
        kept = Exists(Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=Now()))
        of_clients, of_staff = Q(user__is_staff=False, used__gte=clients), Q(user__is_staff=True, used__gte=staff)
        return self.filter(kept, of_clients | of_staff)


def unused_since() -> dict[str, datetime]:
    """When a session must have been used to be alive now: of a client, and of one of the staff."""
    now = timezone.now()
    return {
        "clients": now - timedelta(seconds=policy.SESSION_IDLE),
        "staff": now - timedelta(seconds=policy.STAFF_SESSION_IDLE),
    }


class OpenSession(models.Model):
    """Where a person is signed in, for the list they see. What opens doors is the session itself, not this row."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True)
    since = models.DateTimeField(default=timezone.now)
    # Written together with the session's own note of it, once a minute at most.
    used = models.DateTimeField(default=timezone.now, db_default=Now())
    # How it was opened, as in Login; and whether that was weaker than the strongest factor of its person.
    factor = models.CharField(max_length=24, blank=True, default="", db_default="")
    weaker = models.BooleanField(default=False, db_default=False)

    objects = OpenSessions()

    def __str__(self) -> str:
        return self.browser


class KnownBrowser(models.Model):
    """A browser that finished a sign-in of this person. It skips nothing; it only allows a tap (decision 10)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_browsers")
    digest = models.CharField(max_length=64)
    browser = models.CharField(max_length=64)
    auth_epoch = models.PositiveIntegerField()
    created = models.DateTimeField(default=timezone.now)
    used = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "digest"], name="one_row_a_known_browser")]

    def __str__(self) -> str:
        return self.browser


class RefusedOrigin(models.Model):
    """A browser and a network that a person disowned. Refused for this person until then (P-09)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refused_origins")
    digest = models.CharField(max_length=64, blank=True)
    # As the limits see it: an IPv6 subscriber owns a whole /64.
    network = models.CharField(max_length=64)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"refused until {self.until:%Y-%m-%d %H:%M}"
