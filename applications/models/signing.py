"""The keys that sign what applications are told, in the order of their time."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from jwcrypto import jwk

_BITS = 2048
# What the private half is sealed for.
_PURPOSE = "signing.private"


class SigningKeys(models.Manager["SigningKey"]):
    def current(self) -> SigningKey:
        """The key that signs now: the newest that everybody could read already. The first is made when asked for."""
        found = self.published().filter(signs_from__lte=timezone.now()).first()
        return found or self.make(signs_from=timezone.now())

    def published(self) -> models.QuerySet[SigningKey]:
        """What whoever verifies may need: the current key, the next one, and those whose tokens still run."""
        return self.filter(retired_at=None).order_by("-signs_from", "-pk")

    def make(self, *, signs_from: datetime) -> SigningKey:
        """A new key, published at once, signing from then on."""
        made = jwk.JWK.generate(kty="RSA", size=_BITS)
        row = self.model(kid=made.thumbprint(), public=made.export_public(as_dict=True), signs_from=signs_from)
        with transaction.atomic():
            # SECURITY: at rest it is sealed, bound to the row by its name.
            row.sealed = settings.PORTAL_KEYRING.seal(made.export_private().encode(), _PURPOSE, row.kid)
            row.save()
        return row


class SigningKey(models.Model):
    """One RSA key pair for RS256, which every client must be able to verify (OpenID Connect Core 1.0, section 15.1)."""

    kid = models.CharField(max_length=43, unique=True, editable=False)
    public = models.JSONField(editable=False)
    sealed = models.TextField(editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    signs_from = models.DateTimeField(editable=False)
    # No longer published: nothing that it signed is good any more.
    retired_at = models.DateTimeField(null=True, editable=False)

    objects = SigningKeys()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["retired_at", "-signs_from"], name="signing_keys_in_use")]

    def __str__(self) -> str:
        return f"signing key {self.kid[:8]}"

    @property
    def jwk(self) -> jwk.JWK:
        """The pair, opened. Raises what the keyring raises when the key to it is lost."""
        clear: Any = json.loads(settings.PORTAL_KEYRING.open(self.sealed, _PURPOSE, self.kid))
        return jwk.JWK(**clear)
