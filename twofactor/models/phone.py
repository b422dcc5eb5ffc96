"""A person's telephone number, and a code that is carried to it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager

from accounts.models import Login, Moving, User, new_id
from accounts.prepared import Prepared
from twofactor import numbers, policy
from twofactor.lifecycle import CODE, PHONE
from twofactor.models.unsealing import unseal
from twofactor.protocol import sealing

# Whether texts to a number are a way to sign in: switched on, switched off by its person, or resting because a key does
# it better. What rests wakes up when the key ends.
ON, OFF, RESTS = "on", "off", "rests"


class Phones(DeviceManager["Phone"]):
    def verified(self, user: User) -> Phone | None:
        return _VERIFIED.first(user=user.pk)

    def unverified(self, user: User) -> Phone | None:
        """The number that still waits to be confirmed. A session is trusted to begin that for so long and no longer."""
        since = timezone.now() - policy.UNCONFIRMED_LIFE
        return self.filter(user=user, state="unverified", created__gt=since).first()

    def signing_in(self, user: User) -> Phone | None:
        """The number to which codes for a sign-in go, or None when texts are no way to sign in for this person.

        SECURITY: a number that was changed within the last 24 hours is held (P-47): until then the codes go to the one
        that it replaced, so that a session in wrong hands cannot carry the factor off unseen.
        """
        phone = self.verified(user)
        if phone is None or phone.texts != ON:
            return None
        if not phone.is_held:
            return phone
        earlier = phone.replaces
        return earlier if earlier is not None and earlier.reason == "replaced" else None

    def resting(self, user: User) -> Phone | None:
        """The number at which codes by text rest for a key, and may be asked for when the phone with it is gone."""
        phone = self.verified(user)
        return phone if phone is not None and phone.texts == RESTS and not phone.is_held else None

    def rest(self, user: User) -> None:
        """A key was activated: codes by text are not needed as long as it stands (decision 7)."""
        for phone in self.filter(user=user, texts=ON):
            phone.touch(texts=RESTS)

    def wake(self, user: User) -> None:
        """The key is gone: what rested for it protects again."""
        for phone in self.filter(user=user, texts=RESTS):
            phone.touch(texts=ON)

    def to_tell(self, user: User) -> list[Phone]:
        """Where this person hears of a change, beside their mail: the number that has stood for a day."""
        phone = self.verified(user)
        return [phone.trusted] if phone is not None else []

    def lately_bound(self, user: User) -> Phone | None:
        """The number that this person had within the hold and has no longer, the latest first."""
        since = timezone.now() - policy.PHONE_HOLD
        lately = self.filter(user=user, state="retired", retired_at__gt=since).exclude(reason__in=("stopped", "staff"))
        return lately.select_related("replaces").order_by("-retired_at").first()


class Phone(Moving, Device):
    """One telephone number of one person. Of the number itself only country and last digits stand here in clear."""

    machine = PHONE

    state = models.CharField(max_length=16, default=PHONE.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="phones")
    seal_id = models.CharField(max_length=22, default=new_id, unique=True, editable=False)
    sealed_number = models.CharField(max_length=160, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    country = models.CharField(_("country"), max_length=2, editable=False)
    # What the breaker counts by, as a keyed digest: in clear it would leave a hundred numbers of Hong Kong to try.
    prefix = models.CharField(max_length=64, editable=False)
    ending = models.CharField(_("last digits"), max_length=2, editable=False)
    texts = models.CharField(max_length=6, default=OFF, editable=False)
    # The number that this one took the place of; while `held_until` runs, that one still gets the codes.
    replaces = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    held_until = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    # When its person switched codes by text on or off.
    switched_at = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(max_length=12, blank=True, editable=False)

    objects = Phones()  # type: ignore[misc]

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        constraints: ClassVar = [
            # SECURITY: two changes that race end with one number, whatever the code above does.
            models.UniqueConstraint(fields=["user"], condition=Q(state="verified"), name="one_verified_phone"),
            models.UniqueConstraint(fields=["user"], condition=Q(state="unverified"), name="one_unverified_phone"),
        ]

    def __str__(self) -> str:
        return self.masked

    @classmethod
    def fresh(cls, user: User, number: numbers.Number) -> Phone:
        phone = cls(user=user, country=number.country, ending=number.ending, confirmed=False)
        phone.prefix = cls.print_of_prefix(number.prefix)
        phone.sealed_number = settings.PORTAL_KEYRING.seal(number.e164.encode(), "phone.number", phone.seal_id)
        phone.fingerprint = cls.print_of(number.e164)
        phone.name = phone.masked
        phone.save(force_insert=True)
        return phone

    @staticmethod
    def print_of(e164: str) -> str:
        """What budgets and comparisons know a number by."""
        return sealing.fingerprint(settings.PORTAL_PEPPER, "phone.number", e164)

    @staticmethod
    def print_of_prefix(prefix: str) -> str:
        """What deliveries and the breaker know the prefix of a number by (P-21)."""
        return sealing.fingerprint(settings.PORTAL_PEPPER, "phone.prefix", prefix)

    @property
    def number(self) -> str:
        """E.164, unsealed. Only for handing to a carrier, or showing to the person who typed it a moment ago."""
        return unseal(self.sealed_number, "phone.number", self.seal_id, self).decode()

    @property
    def masked(self) -> str:
        """Calling code and last two digits, as people see their number on pages (R-80)."""
        return f"+{numbers.calling_code(self.country)} \u2022\u2022\u2022\u2022 {self.ending}"

    @property
    def is_held(self) -> bool:
        return self.held_until is not None and self.held_until > timezone.now()

    @property
    def trusted(self) -> Phone:
        """This number, or where it was still held to the end, the one before it: the last that stood for a day."""
        held = self.held_until is not None and self.held_until > (self.retired_at or timezone.now())
        return self.replaces if held and self.replaces is not None else self


class Code(Moving):
    """Six digits for one sign-in or one number to confirm. They are derived when needed and stand nowhere (P-38)."""

    machine = CODE

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=CODE.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="codes")
    phone = models.ForeignKey(Phone, on_delete=models.CASCADE, related_name="codes")
    # None: it confirms the number. Else it is good for this sign-in and for nothing else.
    login = models.ForeignKey(Login, null=True, on_delete=models.CASCADE, related_name="codes")
    salt = models.CharField(max_length=22, default=new_id, editable=False)
    failures = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["login"], condition=Q(state="live", login__isnull=False), name="one_live_code_a_login"
            ),
            models.UniqueConstraint(
                fields=["phone"], condition=Q(state="live", login__isnull=True), name="one_live_code_a_confirmation"
            ),
        ]

    def __str__(self) -> str:
        return f"code {self.id}"

    @property
    def digits(self) -> str:
        """Derived like an HOTP value (RFC 4226) from the pepper, with the row's salt for a counter (decision 8).

        The number is part of it: a code that went to one number is never right for another.
        """
        purpose = "code.sign-in" if self.login_id else "code.confirm"
        return sealing.digits(settings.PORTAL_PEPPER, purpose, self.id, self.salt, self.phone.fingerprint)

    @property
    def standing(self) -> str:
        """The state as it is now: a live one whose time is over has expired, tidied or not (R-02)."""
        return "expired" if self.state == "live" and self.expires <= timezone.now() else self.state

    @property
    def tries_left(self) -> int:
        return max(0, policy.CODE_TRIES - self.failures)

    def try_once(self) -> bool:
        """Count one try before it is compared; False when none is left or the code is over."""
        rows = Code.objects.filter(pk=self.pk, state="live", expires__gt=Now(), failures__lt=policy.CODE_TRIES)
        won = rows.update(failures=F("failures") + 1, version=F("version") + 1)
        self.refresh_from_db(fields=["failures", "version", "state"])
        return bool(won)

    def give_back(self) -> None:
        """Undo one `try_once` that was right."""
        Code.objects.filter(pk=self.pk, failures__gt=0).update(failures=F("failures") - 1)

    def use(self) -> bool:
        """The code was right: one caller wins, by the database's clock."""
        return self.move("use", when=Q(expires__gt=Now()), used_at=timezone.now())


_VERIFIED = Prepared(lambda user: Phone.objects.filter(user=user, state="verified").select_related("replaces"))
