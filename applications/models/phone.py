"""A sign-in that an application asks for at a person's phone (OpenID CIBA Core 1.0)."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Moving, User, new_id
from accounts.prepared import update
from applications import policy
from applications.lifecycle import PHONE_SIGN_IN
from applications.models.application import Application

_BYTES = 32
# What the words for a ping are sealed for.
_PURPOSE = "phone-sign-in.ping"


class PhoneSignIn(Moving):
    """Begun by the application, decided by the phone, used once.

    Without a `user` it was asked for somebody whom nobody knows: it waits like all others, until it expires.
    """

    machine = PHONE_SIGN_IN

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=PHONE_SIGN_IN.start, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="phone_sign_ins")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="phone_sign_ins")
    # The epoch of the person when they were asked: what ends their sessions ends this, too.
    auth_epoch = models.PositiveIntegerField(null=True)
    # SECURITY: the application's name for it (auth_req_id) is not kept, only what recognises it.
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=255)
    reason = models.CharField(max_length=24, blank=True)
    decided_at = models.DateTimeField(null=True)
    # Seconds between two questions of the application, and when it asked last.
    interval = models.PositiveSmallIntegerField(default=policy.BACKCHANNEL_INTERVAL)
    polled_at = models.DateTimeField(null=True)
    # With ping: what the application is told by, sealed until it is told; when that is due; how often it was tried.
    ping = models.TextField(blank=True)
    ping_at = models.DateTimeField(null=True, db_index=True)
    pings = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    expires = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return f"phone sign-in {self.id}"

    @classmethod
    def begin(
        cls, application: Application, user: User | None, *, scope: str, life: timedelta, token: str = ""
    ) -> tuple[PhoneSignIn, str]:
        """A new one, with its auth_req_id, which is told to the application and kept nowhere in clear.

        Args: `token` is by what the application recognises our ping (client_notification_token).
        """
        auth_req_id = secrets.token_urlsafe(_BYTES)
        row = cls(
            application=application,
            user=user,
            auth_epoch=user.auth_epoch if user else None,
            digest=cls.digest_of(auth_req_id),
            scope=scope,
            expires=timezone.now() + life,
        )
        if token:
            words = json.dumps([auth_req_id, token]).encode()
            row.ping = settings.PORTAL_KEYRING.seal(words, _PURPOSE, row.pk)
        row.save(force_insert=True)
        return row, auth_req_id

    @staticmethod
    def digest_of(auth_req_id: str) -> str:
        """256 random bits need no key: whoever reads the table cannot find them."""
        return hashlib.sha256(auth_req_id.encode()).hexdigest()

    @property
    def standing(self) -> str:
        """The state as it is now: an open one whose time is over has expired, tidied or not (R-02)."""
        return "expired" if not PHONE_SIGN_IN.is_final(self.state) and self.expires <= timezone.now() else self.state

    def decide(self, event: str, *, reason: str = "") -> bool:
        """`approve` or `deny`, as long as the application may still take it. An application with ping is told."""
        due = {"ping_at": timezone.now()} if self.ping else {}
        return self.move(event, when=Q(expires__gt=Now()), reason=reason, decided_at=timezone.now(), **due)

    def use(self) -> bool:
        """The application takes the answer, once."""
        return self.move("use", when=Q(expires__gt=Now()))

    def may_ask(self) -> bool:
        """Count one question of the application. False: it came too soon, and the next ones are further apart."""
        now = timezone.now()
        since = now - timedelta(seconds=self.interval) + policy.BACKCHANNEL_SLACK
        if update(PhoneSignIn, Q(pk=self.pk) & (Q(polled_at=None) | Q(polled_at__lte=since)), polled_at=now):
            return True
        update(PhoneSignIn, Q(pk=self.pk), polled_at=now)
        slower = Q(pk=self.pk, interval__lt=policy.BACKCHANNEL_SLOWEST)
        update(PhoneSignIn, slower, interval=F("interval") + policy.BACKCHANNEL_SLOWER)
        return False

    def take_ping(self, until: datetime) -> tuple[str, str] | None:
        """Take the ping that is due, until then, for one process. Its auth_req_id and token; None: nothing is due."""
        due = Q(pk=self.pk, ping_at__lte=Now()) & ~Q(ping="")
        if not update(PhoneSignIn, due, ping_at=until, pings=F("pings") + 1):
            return None
        self.pings += 1
        auth_req_id, token = json.loads(settings.PORTAL_KEYRING.open(self.ping, _PURPOSE, self.pk))
        return str(auth_req_id), str(token)

    def ping_again(self, at: datetime) -> None:
        update(PhoneSignIn, Q(pk=self.pk), ping_at=at)

    def ping_is_over(self) -> None:
        """It was told, or never will be: nothing of it is kept in either case."""
        update(PhoneSignIn, Q(pk=self.pk), ping="", ping_at=None)
