"""The keys that sign what applications are told, in the order of their time."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from jwcrypto import jwk, jwt
from jwcrypto.common import JWException, base64url_decode

from applications import policy

_BITS = 2048
# What the private half is sealed for.
_PURPOSE = "signing.private"
_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class SigningKeys(models.Manager["SigningKey"]):
    def current(self) -> SigningKey:
        """The key that signs now: the newest that everybody could read already. The first is made when asked for."""
        now = timezone.now()
        return self.published().filter(signs_from__lte=now).first() or self.make(signs_from=now, number=1)

    def for_clients(self) -> list[SigningKey]:
        """What is published. There is always one: whoever reads the list before the first signature knows it, too."""
        return list(self.published()) or [self.current()]

    def published(self) -> models.QuerySet[SigningKey]:
        """What whoever verifies may need: the current key, the next one, and those whose tokens still run."""
        return self.filter(retired_at=None).order_by("-signs_from", "-number")

    def rotate(self, *, now: bool) -> SigningKey:
        """The next key. It signs once everybody has read it; at once, `now`, where the current one may be known.

        Then nothing that the others have signed is good any more.
        """
        current = self.current()
        following = self.filter(number__gt=current.number, retired_at=None).first()
        if not now:
            return following or self.make(signs_from=timezone.now() + policy.KEYS_KEPT_BY_CLIENTS, number=self._next())
        made = self.make(signs_from=timezone.now(), number=self._next())
        self._retire(self.filter(number__lt=made.number))
        return made

    def tidy(self) -> None:
        """Take those out of the list whose tokens are over. The private half is gone for good; the name stays."""
        since = timezone.now() - policy.KEY_KEPT
        followed = self.filter(signs_from__lte=since).order_by("-number").first()
        if followed is not None:
            self._retire(self.filter(number__lt=followed.number))

    def _next(self) -> int:
        return 1 + int(self.aggregate(last=models.Max("number"))["last"] or 0)

    def _retire(self, rows: models.QuerySet[SigningKey]) -> None:
        rows.filter(retired_at=None).update(retired_at=timezone.now(), sealed="")

    def make(self, *, signs_from: datetime, number: int) -> SigningKey:
        """A new key, published at once, signing from then on. Of two that make the same one at once, both get one."""
        made = _made()
        public = made.export_public(as_dict=True)
        row = self.model(number=number, kid=made.thumbprint(), public=public, signs_from=signs_from)
        # SECURITY: at rest it is sealed, bound to the row by its name.
        row.sealed = settings.PORTAL_KEYRING.seal(made.export_private().encode(), _PURPOSE, row.kid)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            return self.get(number=number)
        return row


class SigningKey(models.Model):
    """One RSA key pair for RS256, which every client must be able to verify (OpenID Connect Core 1.0, section 15.1)."""

    # Its place in their order. No two of one place: two processes make one first key, and one next one.
    number = models.PositiveIntegerField(unique=True, editable=False)
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

    def sign(self, claims: dict[str, Any], kind: str = "JWT") -> str:
        """What an application can verify by `published`: a JWT of these claims (RFC 7519). `kind` is its `typ`."""
        made = jwt.JWT(header=self.header(kind), claims=claims)
        made.make_signed_token(self.jwk)
        return str(made.serialize())

    def header(self, kind: str) -> dict[str, str]:
        return {"alg": "RS256", "typ": kind, "kid": self.kid}

    @classmethod
    def verified(cls, token: str, kind: str = "JWT") -> dict[str, Any] | None:
        """The claims of a JWT of this kind that one of our keys has signed; None: none of those that are published has.

        What the claims say of times and of whom they are for is the caller's to look at.
        SECURITY: its header is what we write and nothing else, so nobody makes us read what only a stranger writes.
        """
        header = _header_of(token)
        row = next((row for row in cls.objects.published() if header == row.header(kind)), None) if header else None
        if row is None:
            return None
        try:
            read = jwt.JWT(jwt=token, key=jwk.JWK(**row.public), algs=["RS256"], check_claims={})
            claims: Any = json.loads(read.claims)
        except (JWException, ValueError):
            return None
        return claims if isinstance(claims, dict) else None

    @property
    def jwk(self) -> jwk.JWK:
        """The pair, opened. Raises what the keyring raises when the key to it is lost."""
        return _opened(self.kid, self.sealed)


def _header_of(token: str) -> Any:
    """That of a JWS in its compact form (RFC 7515, section 7.1); None: it is none."""
    if not _COMPACT.fullmatch(token):
        return None
    try:
        return json.loads(base64url_decode(token.partition(".")[0]))
    except (ValueError, RecursionError):
        return None


@lru_cache(maxsize=4)
def _opened(kid: str, sealed: str) -> jwk.JWK:
    """Kept in this process: to check the pair anew for each signature costs as much as a password's hash, twice."""
    clear: Any = json.loads(settings.PORTAL_KEYRING.open(sealed, _PURPOSE, kid))
    return jwk.JWK(**clear)


def _made() -> jwk.JWK:
    pair: jwk.JWK = jwk.JWK.generate(kty="RSA", size=_BITS)
    return pair
