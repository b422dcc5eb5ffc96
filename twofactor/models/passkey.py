"""A person's passkeys: keys that a browser uses for this portal alone, so no look-alike can ask for them (WebAuthn)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager

from accounts.models import Login, Moving, OpenSession, User
from accounts.prepared import Prepared
from twofactor import policy
from twofactor.lifecycle import PASSKEY
from twofactor.protocol import sealing, webauthn
from twofactor.protocol.encoding import b64url, unb64url

# A person with one in these states has a second factor; a locked one is no way in, and no reason to ask for less.
BINDING = ("active", "locked")


def place() -> webauthn.Place:
    """Whose passkeys they are: the desk's host, as the operator has set it and never as a browser claims (R-35)."""
    base = urlsplit(settings.PORTAL_BASE_URL)
    port = f":{base.port}" if base.port not in (None, 80 if base.scheme == "http" else 443) else ""
    return webauthn.Place(base.hostname or "", f"{base.scheme}://{base.hostname}{port}")


def can_be_used_here() -> bool:
    """Whether browsers have passkeys for this portal at all: by https or on the machine itself, and at a name."""
    whose = place()
    try:
        ip_address(whose.rp_id)
    except ValueError:
        return whose.origin.startswith("https:") or settings.PORTAL_ON_LOOPBACK
    return False


def handle(user: User) -> bytes:
    """What authenticators know this person by: 32 bytes that say nothing about them (section 14.6.1)."""
    earlier = Passkey.objects.filter(user=user).order_by("pk").values_list("user_handle", flat=True).first()
    return unb64url(earlier) if earlier else sealing.derive(settings.PORTAL_PEPPER, "passkey.user", str(user.pk))


class Passkeys(DeviceManager["Passkey"]):
    def binding(self, user: User) -> models.QuerySet[Passkey]:
        """The passkeys that stand between this person's password and a session, as they were added."""
        return self.filter(user=user, state__in=BINDING).order_by("pk")

    def bound(self, user: User) -> list[Passkey]:
        """The same, read."""
        return _BINDING.all(user=user.pk)

    def active(self, user: User) -> models.QuerySet[Passkey]:
        """Those of them that sign the person in."""
        return self.filter(user=user, state="active").order_by("pk")

    def challenge_to_add(self, user: User, session: OpenSession) -> bytes:
        """What the next passkey of this person has to be made over, at this session.

        SECURITY: each is good for one passkey: adding it changes the count, and with that the challenge. Rows stay.
        """
        count = self.filter(user=user).count()
        return sealing.derive(settings.PORTAL_PEPPER, "passkey.add", str(user.pk), str(session.pk), str(count))


class Passkey(Moving, Device):
    """One passkey. The portal keeps its public key; what signs never leaves the authenticator or its keychain."""

    machine = PASSKEY

    state = models.CharField(max_length=16, default=PASSKEY.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    # Both in base64url; the public key is COSE (RFC 9052).
    credential_id = models.CharField(max_length=1364, unique=True, editable=False)
    public_key = models.CharField(max_length=1400, editable=False)
    user_handle = models.CharField(max_length=43, editable=False)
    # How often it has signed; a keychain that is on several devices does not count, and says 0.
    counter = models.PositiveBigIntegerField(default=0, editable=False)
    transports = models.JSONField(default=list, editable=False)
    # It is kept in a keychain that synchronises, so it outlives the device, and is as safe as that account.
    backed_up = models.BooleanField(_("kept in a keychain"), default=False, editable=False)
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    # Why it ended: desk (by its person), staff, stopped, not-me.
    reason = models.CharField(max_length=12, blank=True, editable=False)

    objects = Passkeys()  # type: ignore[misc]

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def fresh(cls, user: User, made: webauthn.Made, label: str) -> Passkey:
        """Keep what was made. Raises IntegrityError where this very passkey is known already, whoever has it."""
        return cls.objects.create(
            user=user,
            name=label,
            credential_id=b64url(made.credential_id),
            public_key=b64url(made.public_key),
            user_handle=b64url(handle(user)),
            counter=made.counter,
            transports=list(made.transports),
            backed_up=made.backed_up,
        )

    @staticmethod
    def challenge_of(login: Login) -> bytes:
        """What has to be signed for this sign-in. SECURITY: a sign-in is approved once, so this is good once."""
        return sealing.derive(settings.PORTAL_PEPPER, "passkey.sign-in", login.pk)

    @property
    def descriptor(self) -> dict[str, Any]:
        """How a browser is told which passkey is meant."""
        return {"type": "public-key", "id": self.credential_id, "transports": self.transports}

    def read(self, sent: str, challenge: bytes) -> webauthn.Used:
        """What an assertion says, once it has been found right. Raises statements.Refused for every other."""
        return webauthn.used(
            sent,
            place=place(),
            challenge=challenge,
            public_key=unb64url(self.public_key),
            handle=unb64url(self.user_handle),
        )

    def count_on(self, said: webauthn.Used) -> bool:
        """Note that it was used. False: its counter has not gone on, so somebody may have a copy (section 6.1.1)."""
        ahead = Q(counter__lt=said.counter) | Q(counter=0 if said.counter == 0 else -1)
        rows = Passkey.objects.filter(ahead, pk=self.pk, state="active")
        return bool(rows.update(counter=said.counter, backed_up=said.backed_up, last_used_at=timezone.now()))

    @classmethod
    def room(cls, user: User) -> int:
        """How many more this person may add."""
        return max(0, policy.PASSKEYS_A_PERSON - cls.objects.binding(user).count())


_BINDING = Prepared(lambda user: Passkey.objects.filter(user=user, state__in=BINDING).order_by("pk"))
