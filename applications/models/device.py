"""A sign-in that a program without a browser has begun (RFC 8628)."""

from __future__ import annotations

import hashlib
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
from applications.lifecycle import DEVICE
from applications.models.application import Application
from twofactor.models import Challenge
from twofactor.protocol import activation, sealing

_BYTES = 32
# In `Challenge.about`: what a phone is asked about a device.
_ABOUT = "d:"


class DeviceSignIn(Moving):
    """Begun by the program, claimed by whoever types its code, decided by that person's phone, used once.

    The library's own model keeps both codes in clear, knows no machine and counts nothing.
    """

    machine = DEVICE

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=DEVICE.start, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="device_sign_ins")
    scope = models.CharField(max_length=200, blank=True)
    # SECURITY: neither code is kept. Of the short one the digest is keyed: 40 bits would be found by trying.
    device_digest = models.CharField(max_length=64, unique=True)
    user_digest = models.CharField(max_length=64, unique=True)
    # Who asks, as it calls itself, and from where.
    program = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="device_sign_ins")
    claimed_at = models.DateTimeField(null=True)
    # The epoch of the person when they were asked: what ends their sessions ends this, too.
    auth_epoch = models.PositiveIntegerField(null=True)
    # What approved it, and when.
    factor = models.CharField(max_length=24, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=24, blank=True)
    # Seconds between two questions of the program, and when it asked last.
    interval = models.PositiveSmallIntegerField(default=policy.DEVICE_INTERVAL)
    polled_at = models.DateTimeField(null=True)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    expires = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = []

    def __str__(self) -> str:
        return f"device sign-in {self.id}"

    @classmethod
    def begin(
        cls, application: Application, *, scope: str, program: str, address: str | None
    ) -> tuple[DeviceSignIn, str, str]:
        """A new one, with the two codes that are told to the program and kept nowhere: the device's, the person's."""
        device_code = secrets.token_urlsafe(_BYTES)
        user_code = activation.code_from(secrets.token_bytes(_BYTES), policy.USER_CODE_LENGTH)
        row = cls.objects.create(
            application=application,
            scope=scope,
            device_digest=cls.digest(device_code),
            user_digest=cls.fingerprint(user_code),
            program=program,
            address=address,
            interval=policy.DEVICE_INTERVAL,
            expires=timezone.now() + policy.DEVICE_LIFE,
        )
        return row, device_code, user_code

    @staticmethod
    def digest(device_code: str) -> str:
        """256 random bits need no key: whoever reads the table cannot find them."""
        return hashlib.sha256(device_code.encode()).hexdigest()

    @staticmethod
    def fingerprint(user_code: str) -> str:
        return sealing.fingerprint(settings.PORTAL_PEPPER, "device.user_code", user_code)

    @property
    def standing(self) -> str:
        """The state as it is now: an open one whose time is over has expired, tidied or not (R-02)."""
        return "expired" if not DEVICE.is_final(self.state) and self.expires <= timezone.now() else self.state

    @property
    def about(self) -> str:
        """By what name the phone's questions about it are found."""
        return f"{_ABOUT}{self.pk}"

    @property
    def questions(self) -> models.QuerySet[Challenge]:
        """Those to the phone of whoever claimed it."""
        return Challenge.objects.filter(key__user=self.user_id, purpose="action", about=self.about)

    @property
    def question(self) -> Challenge | None:
        """The last of them."""
        return self.questions.select_related("key").order_by("-created", "-pk").first()

    def claim(self, user: User) -> bool:
        """Whoever types the code first has it."""
        now = timezone.now()
        return self.move("claim", when=Q(expires__gt=Now()), user=user, auth_epoch=user.auth_epoch, claimed_at=now)

    def approve(self, *, factor: str, at: datetime) -> bool:
        return self.move("approve", when=Q(expires__gt=Now()), factor=factor, decided_at=at)

    def deny(self, *, reason: str) -> bool:
        return self.move("deny", when=Q(expires__gt=Now()), reason=reason, decided_at=timezone.now())

    def use(self) -> bool:
        """The program takes the answer, once."""
        return self.move("use", when=Q(expires__gt=Now()))

    def may_ask(self) -> bool:
        """Count one question of the program. False: it came too soon, and from now on they are further apart."""
        now = timezone.now()
        since = now - timedelta(seconds=self.interval) + policy.DEVICE_SLACK
        if update(DeviceSignIn, Q(pk=self.pk) & (Q(polled_at=None) | Q(polled_at__lte=since)), polled_at=now):
            return True
        update(DeviceSignIn, Q(pk=self.pk), polled_at=now)
        slower = Q(pk=self.pk, interval__lt=policy.DEVICE_SLOWEST)
        update(DeviceSignIn, slower, interval=F("interval") + policy.DEVICE_SLOWER)
        return False
