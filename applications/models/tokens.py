"""What an application is given: the library's rows, each of them bound to a visit."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import models
from oauth2_provider.models import AbstractAccessToken, AbstractGrant, AbstractIDToken, AbstractRefreshToken

from applications.models.visit import Visit


def digest(secret: str) -> str:
    """How what opens something is kept and looked for: each has at least 128 random bits, so this is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class CodeField(models.CharField):
    """SECURITY: written and looked for as its digest alone: who reads the database finds no code to use.

    Its rows are made and never saved again.
    """

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else digest(str(value))


class Grant(AbstractGrant):
    """An authorization code. It stays when it is used, so that a second use is known for what it is."""

    code = CodeField(max_length=64, unique=True)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="grants")
    used_at = models.DateTimeField(null=True)


class AccessToken(AbstractAccessToken):
    visit = models.ForeignKey(Visit, null=True, on_delete=models.CASCADE, related_name="access_tokens")


class RefreshToken(AbstractRefreshToken):
    visit = models.ForeignKey(Visit, null=True, on_delete=models.CASCADE, related_name="refresh_tokens")


class IDToken(AbstractIDToken):
    """None is ever kept: who shows one that we have signed says by it which visit it is about. The library wants it."""
