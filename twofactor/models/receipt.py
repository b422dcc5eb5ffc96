"""What a key has signed, kept with the text that it stands for: whoever approved can read and check it later."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical
from accounts.models import AuditEvent, Login
from accounts.rows import new
from twofactor.models.challenge import Challenge

# Tests and questions about a PIN sign nobody in and allow nothing.
_KEPT_FOR = ("sign-in", "step-up", "action")

# How one begins that was kept before they were sealed: as every JWS with our header does. `rotate_keys` seals it.
CLEAR = "ey"


class Receipt(models.Model):
    """One approval that a key signed. Its digest stands in the event that tells of it, and so in the chain."""

    event = models.OneToOneField(AuditEvent, on_delete=models.CASCADE, related_name="receipt", editable=False)
    challenge = models.CharField(max_length=22, editable=False)
    purpose = models.CharField(_("what for"), max_length=10, editable=False)
    at = models.DateTimeField(_("at"), editable=False)
    # SECURITY: sealed. It holds a response, and who has copied the phone could try PINs against one.
    statement = models.TextField(editable=False)
    public_jwk = models.JSONField(editable=False)
    kid = models.CharField(_("key"), max_length=43, editable=False)
    device = models.CharField(_("phone"), max_length=64, blank=True, editable=False)
    display = models.JSONField(editable=False)
    browser = models.CharField(_("browser"), max_length=64, blank=True, editable=False)
    address = models.GenericIPAddressField(_("address"), null=True, editable=False)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return f"receipt {self.challenge}"

    @classmethod
    def of(cls, challenge: Challenge, login: Login | None, statement: str, at: datetime) -> Receipt | None:
        """The receipt for this approval, not yet saved; None where none is kept."""
        if not statement or challenge.purpose not in _KEPT_FOR:
            return None
        key = challenge.key
        return new(
            cls,
            challenge=challenge.pk,
            purpose=challenge.purpose,
            at=at,
            statement=settings.PORTAL_KEYRING.seal(statement.encode(), "receipt.statement", challenge.pk),
            public_jwk=key.public_jwk,
            kid=key.kid,
            device=key.name,
            display=challenge.display,
            browser=login.browser if login else "",
            address=login.address if login else None,
        )

    @property
    def signed(self) -> str:
        """The statement as the phone had sent it. Raises Unsealable where somebody has changed it."""
        if self.statement.startswith(CLEAR):
            return self.statement
        return settings.PORTAL_KEYRING.open(self.statement, "receipt.statement", self.challenge).decode()

    def as_json(self) -> dict[str, Any]:
        """All that is needed to check it, here or anywhere else."""
        return {
            "portal": settings.PORTAL_BASE_URL,
            "challenge": self.challenge,
            "purpose": self.purpose,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "statement": self.signed,
            "public_jwk": self.public_jwk,
            "kid": self.kid,
            "device": self.device,
            "display": self.display,
            "browser": self.browser,
            "address": self.address,
        }

    @property
    def digest(self) -> str:
        # Not of the portal's address: it may move, and the statement names the one that was signed for.
        content = {name: value for name, value in self.as_json().items() if name != "portal"}
        return hashlib.sha256(canonical(content)).hexdigest()

    @property
    def is_intact(self) -> bool:
        """Whether it is what the record says of it."""
        return constant_time_compare(str(self.event.facts.get("receipt")), self.digest)
