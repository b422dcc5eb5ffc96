"""What stands between a person's password and their session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from accounts.models import Login, User
from twofactor.models.delivery import is_failing
from twofactor.models.key import ACTIVE, PortalKey
from twofactor.models.phone import Code, Phone
from twofactor.models.recovery import Passcode, RecoverySheet

KEY, TEXT = "key", "text"
# What helps beside them and is no factor of its own: who has only recovery codes has no second factor yet.
RECOVERY, PASSCODE = "recovery", "passcode"


@dataclass(frozen=True)
class Factors:
    """The second factors of a person, as the server sees them now; nothing that a browser sends changes them (R-07)."""

    user: User
    key: PortalKey | None
    phone: Phone | None

    @classmethod
    def of(cls, user: User) -> Factors:
        key = PortalKey.objects.binding(user)
        phone = Phone.objects.signing_in(user)
        if key is not None and (user.is_staff or not settings.PORTAL_TEXTS_WITH_KEY):
            # SECURITY: whoever moves the number of one of the staff to another card moves no key with it.
            phone = None
        return cls(user, key, phone)

    def __bool__(self) -> bool:
        return self.key is not None or self.phone is not None

    @cached_property
    def sheet(self) -> RecoverySheet | None:
        """The recovery codes that sign this person in, whatever has become of the key."""
        return RecoverySheet.objects.active(self.user) if self else None

    @cached_property
    def passcode(self) -> Passcode | None:
        """The temporary passcode that signs this person in."""
        return Passcode.objects.good(self.user) if self else None

    @cached_property
    def resting(self) -> Phone | None:
        """The number that a person whose phone is gone may ask for a code at, where texts rest for the key.

        SECURITY: not one that its person has switched off, and not one that was changed within a day (P-47). None for
        staff: a key that opens the administration is not had for a password and somebody's texts.
        """
        allowed = settings.PORTAL_TEXTS_RECOVER and settings.PORTAL_TEXTS_WITH_KEY and not self.user.is_staff
        return Phone.objects.resting(self.user) if allowed and self.key is not None else None

    def number_for(self, login: Login) -> Phone | None:
        """Where codes for this sign-in go: the number that signs in, or the resting one once a code was asked there."""
        if self.phone is not None:
            return self.phone
        return self.resting if Code.objects.filter(login=login).exists() else None

    @property
    def kinds(self) -> list[str]:
        """What may be used now, the strongest first. A locked key is no way in, and no reason to ask for less."""
        found = [KEY] if self.key is not None and self.key.state == ACTIVE else []
        return found + ([TEXT] if self.phone is not None else [])

    @property
    def first(self) -> str:
        """Where a sign-in begins: the kind used last where there are several, else the only one, else nothing (E10).

        Not with a text while texts to that country hardly arrive (N13).
        """
        if len(self.kinds) < 2 or self.phone is None or is_failing(self.phone.country, "text"):
            return next(iter(self.kinds), "")
        done = Login.objects.filter(user=self.user, state="consumed", factor__in=self.kinds)
        return done.order_by("-created").values_list("factor", flat=True).first() or self.kinds[0]
