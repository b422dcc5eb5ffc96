"""The secret that a person's authenticator app holds: codes by the clock, for who has no phone for a key (RFC 6238)."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager

from accounts.models import Moving, User, new_id
from accounts.prepared import Prepared
from twofactor import policy
from twofactor.lifecycle import TOTP
from twofactor.models.unsealing import unseal
from twofactor.protocol import totp


class Totps(DeviceManager["Totp"]):
    def active(self, user: User) -> Totp | None:
        """The app whose codes sign this person in."""
        return _ACTIVE.first(user=user.pk)

    def fresh(self, user: User) -> Totp | None:
        """The secret that waits for the first code of an app."""
        since = timezone.now() - policy.TOTP_SETUP_LIFE
        return self.filter(user=user, state="new", created__gt=since).first()


class Totp(Moving, Device):
    """One authenticator app of one person. Its secret is shown while it is new, and by nobody afterwards."""

    machine = TOTP
    # Wrong codes in a row that close it (P-23): to browsers that are not known, and to all.
    CLOSES: ClassVar = (policy.TOTP_LOCKS, 2 * policy.TOTP_LOCKS)

    state = models.CharField(max_length=16, default=TOTP.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="totps")
    seal_id = models.CharField(max_length=22, default=new_id, unique=True, editable=False)
    # SECURITY: emptied when it ends: no backup of tomorrow holds what an app may still show.
    sealed_secret = models.CharField(max_length=160, blank=True, editable=False)
    # The time step of the last code that was taken: neither that nor an earlier one is taken again.
    last_step = models.PositiveBigIntegerField(default=0, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    added_at = models.DateTimeField(_("added"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    # Why it ended: desk (by its person), replaced, staff, stopped, not-me.
    reason = models.CharField(max_length=12, blank=True, editable=False)

    objects = Totps()  # type: ignore[misc]

    class Meta:
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")
        constraints: ClassVar = [
            # SECURITY: two that race end with one, whatever the code above does.
            models.UniqueConstraint(fields=["user"], condition=Q(state="active"), name="one_active_totp"),
            models.UniqueConstraint(fields=["user"], condition=Q(state="new"), name="one_new_totp"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def begin(cls, user: User) -> Totp:
        """A new secret for this person; the one that waited before it is worth nothing. Under the person's lock."""
        for waiting in cls.objects.filter(user=user, state="new"):
            waiting.move("drop", sealed_secret="", ended_at=timezone.now())
        row = cls(user=user, name="authenticator app", confirmed=False)
        secret = secrets.token_bytes(policy.TOTP_BYTES)
        row.sealed_secret = settings.PORTAL_KEYRING.seal(secret, "totp.secret", row.seal_id)
        row.save(force_insert=True)
        return row

    @property
    def _secret(self) -> bytes:
        return unseal(self.sealed_secret, "totp.secret", self.seal_id, self)

    @property
    def spelled(self) -> str:
        """The secret for typing, in groups of four; nothing once it counts. Only for the page of its own person."""
        text = totp.spelled(self._secret) if self.state == "new" else ""
        return " ".join(text[place : place + 4] for place in range(0, len(text), 4))

    @property
    def address(self) -> str:
        """The secret for scanning; nothing once it counts. Only for the page of its own person."""
        if self.state != "new":
            return ""
        names = {"issuer": settings.PORTAL_NAME, "account": self.user.get_username()}
        return totp.address(self._secret, **names, seconds=policy.TOTP_STEP, digits=policy.TOTP_DIGITS)

    @property
    def is_closed(self) -> bool:
        """Whether too many wrong codes in a row have closed it to browsers that are not known."""
        return self.is_closed_to(known=False)

    def is_closed_to(self, *, known: bool) -> bool:
        """SECURITY: a browser that is `known` has as many tries again: whoever merely knows the password closes the app
        to strangers, and not to its owner (R-50).
        """
        return self.failures >= self.CLOSES[known]

    def step_of(self, typed: str) -> int | None:
        """The time step whose code was typed, if it has not been taken before. Counts nothing: `try_once` has."""
        step = totp.matching(
            self._secret,
            typed,
            timezone.now().timestamp(),
            seconds=policy.TOTP_STEP,
            window=policy.TOTP_WINDOW,
            digits=policy.TOTP_DIGITS,
        )
        return step if step is not None and step > self.last_step else None

    def try_once(self, *, known: bool) -> bool:
        """Count one code before it is compared; False where too many in a row were wrong. See `is_closed_to`."""
        rows = Totp.objects.filter(pk=self.pk, state="active", failures__lt=self.CLOSES[known])
        counted = bool(rows.update(failures=F("failures") + 1))
        self.refresh_from_db(fields=["failures"])
        return counted

    def take(self, typed: str) -> bool:
        """Compare a code. A right one is used up, in one conditional UPDATE, and ends the row of failures (R-19)."""
        step = self.step_of(typed)
        if step is None:
            return False
        rows = Totp.objects.filter(pk=self.pk, state="active", last_step__lt=step)
        return bool(rows.update(last_step=step, failures=0, last_used_at=timezone.now()))

    def prove(self, typed: str) -> bool:
        """The first code of the app: from now on the secret counts. Under the person's lock."""
        step = self.step_of(typed)
        if step is None:
            return False
        return self.move("prove", added_at=timezone.now(), last_step=step, confirmed=True)


_ACTIVE = Prepared(lambda user: Totp.objects.filter(user=user, state="active"))
