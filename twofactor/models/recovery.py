"""What helps when the phone is gone: a sheet of recovery codes, and the passcode that the support desk issues."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager

from accounts.models import Login, Moving, User, new_id
from accounts.prepared import Prepared
from twofactor import policy
from twofactor.lifecycle import PASSCODE, SHEET
from twofactor.protocol import activation, sealing

# What a passcode can be in while it may still be typed.
_GOOD = ("issued", "used")


def print_of(purpose: str, user_id: int, code: str, pepper: bytes = b"") -> str:
    """What a code is known by. SECURITY: bound to its person: one person's code is nobody else's (R-59)."""
    return sealing.derive(pepper or settings.PORTAL_PEPPER, purpose, str(user_id), code).hex()


def prints_of(purpose: str, user_id: int, code: str) -> list[str]:
    """The same under every pepper that the portal has had: what is on paper outlives a change of it."""
    peppers = (settings.PORTAL_PEPPER, *settings.PORTAL_PEPPER_FALLBACKS)
    return [print_of(purpose, user_id, code, pepper) for pepper in peppers]


def read_code(typed: str) -> str | None:
    """The code that was typed, whatever its case, blanks and dashes; None: no code looks like this."""
    return activation.read_code(typed, policy.RECOVERY_LENGTH)


def _code(purpose: str, *parts: str) -> str:
    return activation.code_from(sealing.derive(settings.PORTAL_PEPPER, purpose, *parts), policy.RECOVERY_LENGTH)


class Sheets(DeviceManager["RecoverySheet"]):
    def active(self, user: User) -> RecoverySheet | None:
        """The sheet whose codes sign this person in."""
        return _ACTIVE.first(user=user.pk)

    def fresh(self, user: User) -> RecoverySheet | None:
        """The sheet that waits for one of its codes to be typed."""
        since = timezone.now() - policy.SHEET_LIFE
        return self.filter(user=user, state="new", created__gt=since).first()

    def withdraw(self, user: User, since: datetime) -> int:
        """Take back what was made after `since`: that sheet is worth nothing, the one that it replaced counts again.

        Returns how many were taken back. Under the person's lock.
        """
        made = self.filter(Q(state="new") | Q(state="active", proved_at__gt=since), user=user)
        count = sum(sheet.move("revoke", salt="", confirmed=False) for sheet in made)
        earlier = self.filter(user=user, state="replaced", proved_at__lte=since, ended_at__gt=since)
        last = earlier.order_by("-ended_at").first()
        if count and last is not None and self.active(user) is None:
            last.move("restore", ended_at=None, confirmed=True)
        return count

    def disown(self, user: User, kind: str, at: datetime) -> bool:
        """Void the sheet that an event at this moment was about, for good. Under the person's lock.

        Args: `kind` is `recovery.make`, where it was begun; otherwise it counted then. Returns whether it was still
        worth anything. SECURITY: the one before it stays as it is: it may have been replaced because it had leaked.
        """
        told = Q(created__lte=at) if kind == "recovery.make" else Q(proved_at__lte=at)
        sheet = self.filter(told, user=user).order_by("-created", "-pk").first()
        return sheet is not None and sheet.move("revoke", salt="", confirmed=False, ended_at=timezone.now())


class RecoverySheet(Moving, Device):
    """Ten codes on one sheet. They can be shown as long as the sheet is new, and by nobody once one was proved."""

    machine = SHEET

    state = models.CharField(max_length=16, default=SHEET.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_sheets")
    # SECURITY: emptied by every move: without it nobody can derive the codes again, whoever has the pepper.
    salt = models.CharField(max_length=22, default=new_id, blank=True, editable=False)
    created = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    proved_at = models.DateTimeField(_("proved"), null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = Sheets()  # type: ignore[misc]

    class Meta:
        verbose_name = _("sheet of recovery codes")
        verbose_name_plural = _("sheets of recovery codes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="active"), name="one_active_sheet"),
            models.UniqueConstraint(fields=["user"], condition=Q(state="new"), name="one_new_sheet"),
        ]

    def __str__(self) -> str:
        return f"sheet of {self.created:%Y-%m-%d}"

    @property
    def printed(self) -> list[str]:
        """The codes, as long as the sheet is new; then none."""
        if self.state != "new" or not self.salt:
            return []
        count = range(policy.RECOVERY_CODES)
        return [_code("recovery.sheet", str(self.user_id), self.salt, str(number)) for number in count]

    @property
    def left(self) -> int:
        """How many codes have not been used."""
        return self.codes.filter(used_at=None).count()

    @property
    def is_low(self) -> bool:
        return self.left <= policy.RECOVERY_FEW

    def keep(self) -> None:
        """Write down what the codes are known by, and nothing that they could be told from."""
        prints = [print_of("recovery.code", self.user_id, code) for code in self.printed]
        RecoveryCode.objects.bulk_create(RecoveryCode(sheet=self, fingerprint=each) for each in prints)


class RecoveryCode(models.Model):
    """One code of a sheet, of which only a keyed fingerprint is kept. It is used once."""

    sheet = models.ForeignKey(RecoverySheet, on_delete=models.CASCADE, related_name="codes")
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return "used" if self.used_at else "not used"

    @classmethod
    def typed(cls, user: User, code: str) -> RecoveryCode | None:
        """The code of this person's active sheet that was typed, used or not."""
        rows = cls.objects.select_related("sheet").filter(sheet__user=user, sheet__state="active")
        return rows.filter(fingerprint__in=prints_of("recovery.code", user.pk, code)).first()

    def burn(self) -> bool:
        """One caller wins, in one conditional UPDATE (R-59)."""
        return bool(RecoveryCode.objects.filter(pk=self.pk, used_at=None).update(used_at=timezone.now()))


class Passcodes(DeviceManager["Passcode"]):
    def good(self, user: User) -> Passcode | None:
        """The passcode that may be typed for this person now."""
        return self.filter(user=user, state__in=_GOOD, expires__gt=Now()).order_by("-pk").first()

    def shown_at(self, login: Login) -> Passcode | None:
        """The passcode that was issued for the caller of this sign-in, until it has been typed once."""
        return self.filter(login=login, state="issued", expires__gt=Now()).order_by("-pk").first()

    def end(self, user: User, *, reason: str) -> int:
        """No passcode of this person is good for anything any more. Returns how many were."""
        now, rows = timezone.now(), self.filter(user=user, state__in=_GOOD)
        return sum(each.move("end", reason=reason, ended_at=now, salt="", confirmed=False) for each in rows)


class Passcode(Moving, Device):
    """What lets a person in for some days whose phone is gone. Only the caller's own page has ever shown it."""

    machine = PASSCODE

    state = models.CharField(max_length=16, default=PASSCODE.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passcodes")
    # The sign-in at whose page it is shown.
    login = models.ForeignKey(Login, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    # SECURITY: emptied by every move: see RecoverySheet.
    salt = models.CharField(max_length=22, default=new_id, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    staff = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    second = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    why = models.CharField(_("why"), max_length=200, blank=True, editable=False)
    created = models.DateTimeField(_("issued"), default=timezone.now, editable=False)
    full_until = models.DateTimeField(_("in full until"), editable=False)
    expires = models.DateTimeField(_("until"), editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(max_length=12, blank=True, editable=False)

    objects = Passcodes()  # type: ignore[misc]

    class Meta:
        verbose_name = _("temporary passcode")
        verbose_name_plural = _("temporary passcodes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(state__in=_GOOD), name="one_passcode_a_person"),
        ]

    def __str__(self) -> str:
        return f"passcode of {self.created:%Y-%m-%d}"

    @classmethod
    def fresh(cls, login: Login, *, staff: User, second: User | None, why: str) -> Passcode:
        """A new one for the caller of this sign-in, who sees it on the page at which they wait."""
        now = timezone.now()
        row = cls(user=login.user, login=login, staff=staff, second=second, why=why[:200], name="passcode", created=now)
        row.full_until, row.expires = now + policy.PASSCODE_FULL, now + policy.PASSCODE_LIFE
        row.fingerprint = print_of("passcode", login.user_id, row.shown)
        row.save(force_insert=True)
        return row

    @property
    def shown(self) -> str:
        """The passcode, until it was typed once; then nothing. SECURITY: only for the page of its own sign-in."""
        return _code("passcode.shown", str(self.user_id), self.salt) if self.salt else ""

    @property
    def is_restricted(self) -> bool:
        """Whether its two full days are over."""
        return self.full_until <= timezone.now()

    def fits(self, code: str) -> bool:
        """Whether this is the passcode. Counts nothing: whoever asks has."""
        good = prints_of("passcode", self.user_id, code)
        return any(constant_time_compare(self.fingerprint, each) for each in good)

    def use(self) -> bool:
        """It was typed. SECURITY: the first time destroys what it could be derived from."""
        now = timezone.now()
        if self.move("use", when=Q(expires__gt=Now()), used_at=now, salt=""):
            return True
        rows = Passcode.objects.filter(pk=self.pk, state="used", expires__gt=Now())
        return bool(rows.update(used_at=now))


_ACTIVE = Prepared(lambda user: RecoverySheet.objects.filter(user=user, state="active"))
