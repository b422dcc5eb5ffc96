"""What stands between a person's password and their session."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from accounts.models import Login, User
from twofactor.models.delivery import is_failing
from twofactor.models.key import ACTIVE, PortalKey
from twofactor.models.phone import Phone

KEY, TEXT = "key", "text"


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
        if key is not None and not settings.PORTAL_TEXTS_WITH_KEY:
            phone = None
        return cls(user, key, phone)

    def __bool__(self) -> bool:
        return self.key is not None or self.phone is not None

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
