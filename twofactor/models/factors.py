"""What stands between a person's password and their session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from accounts.models import Login, User
from twofactor.models.delivery import is_failing
from twofactor.models.key import ACTIVE, PortalKey
from twofactor.models.passkey import Passkey
from twofactor.models.phone import Code, Phone
from twofactor.models.recovery import Passcode, RecoverySheet
from twofactor.models.totp import Totp

PASSKEY, KEY, TOTP, TEXT = "passkey", "key", "totp", "text"
# Every kind, the strongest first: what no look-alike can ask for, what shows whom it asks for what, a secret of the
# person's own, and what goes through other hands.
KINDS = (PASSKEY, KEY, TOTP, TEXT)
# What helps beside them and is no factor of its own: who has only recovery codes has no second factor yet.
RECOVERY, PASSCODE = "recovery", "passcode"


@dataclass(frozen=True)
class Factors:
    """The second factors of a person, as the server sees them now; nothing that a browser sends changes them (R-07)."""

    user: User
    key: PortalKey | None
    phone: Phone | None

    @classmethod
    def of(cls, user: User, *, asked: PortalKey | None = None) -> Factors:
        """Args: `asked`: a key of theirs that was read a moment ago. An active one is the one they sign in with."""
        key = asked if asked is not None and asked.state == ACTIVE else PortalKey.objects.binding(user)
        factors = cls(user, key, Phone.objects.signing_in(user))
        if factors.phone is not None and (user.is_staff or not settings.PORTAL_TEXTS_WITH_KEY) and factors.is_better:
            # SECURITY: whoever moves the number of one of the staff to another card moves no key with it.
            return cls(user, factors.key, None)
        return factors

    def __bool__(self) -> bool:
        return self.key is not None or self.phone is not None or self.is_better

    @cached_property
    def passkeys(self) -> list[Passkey]:
        """Those that stand between the password and a session, locked ones among them."""
        return Passkey.objects.bound(self.user)

    @cached_property
    def totp(self) -> Totp | None:
        """The authenticator app. SECURITY: none for staff beside a key or a passkey: its codes can be asked for."""
        return None if self.user.is_staff and self.is_strong else Totp.objects.active(self.user)

    @property
    def is_strong(self) -> bool:
        """Whether there is one that opens everything: a key or a passkey, locked or not."""
        return self.key is not None or bool(self.passkeys)

    @property
    def is_better(self) -> bool:
        """Whether there is one that makes codes by text unnecessary: they rest as long as it stands."""
        return self.is_strong or self.totp is not None

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
        return Phone.objects.resting(self.user) if allowed and self.is_better else None

    def number_for(self, login: Login) -> Phone | None:
        """Where codes for this sign-in go: the number that signs in, or the resting one once a code was asked there."""
        if self.phone is not None:
            return self.phone
        return self.resting if Code.objects.filter(login=login).exists() else None

    @property
    def kinds(self) -> list[str]:
        """What may be used now, the strongest first. A locked key is no way in, and no reason to ask for less."""
        usable = {
            PASSKEY: any(each.state == ACTIVE for each in self.passkeys),
            KEY: self.key is not None and self.key.state == ACTIVE,
            TOTP: self.totp is not None,
            TEXT: self.phone is not None,
        }
        return [kind for kind in KINDS if usable[kind]]

    @property
    def first(self) -> str:
        """Where a sign-in begins: the kind used last where there are several, else the only one, else nothing (E10).

        Not with a text while texts to that country hardly arrive (N13).
        """
        kinds = self.kinds
        if len(kinds) > 1 and self.phone is not None and is_failing(self.phone.country, "text"):
            kinds = [kind for kind in kinds if kind != TEXT]
        if len(kinds) < 2:
            return next(iter(kinds), "")
        done = Login.objects.filter(user=self.user, state="consumed", factor__in=kinds)
        return done.order_by("-created").values_list("factor", flat=True).first() or kinds[0]

    def strongest_left(self) -> str:
        """What verifies a session that goes on without what it was verified by: the strongest that there is, or "".

        It has proved as much a moment ago, or it would not have taken that away.
        """
        usable = [each for each in self.passkeys if each.state == ACTIVE]
        phone = self._own_phone() if self.phone is not None else None
        device = next(
            (each for each in (*usable, self.key, self.totp, phone, *self.passkeys) if each is not None), None
        )
        return device.persistent_id if device is not None else ""

    def _own_phone(self) -> Phone | None:
        # While a changed number is held the codes go to the one before it; the session is the person's number's.
        return Phone.objects.verified(self.user)
