"""Whom an application means: by a name, or by an ID token that we have given to it."""

from __future__ import annotations

import hashlib

from django.conf import settings

from applications.models import Application, SigningKey


class NotOurs(Exception):
    """No ID token of ours for this application."""


def print_of(hint: str) -> str:
    """What a count knows it by: who reads the counts learns no names."""
    return hashlib.sha256(hint.encode()).hexdigest()[:32]


def subject_of(id_token: str, application: Application) -> int:
    """Whose ID token this is, however old: it names somebody and proves nothing. Raises NotOurs.

    SECURITY: given to this very application: nobody asks by a token that they have found elsewhere.
    """
    claims = SigningKey.verified(id_token) or {}
    if claims.get("iss") != settings.PORTAL_BASE_URL or claims.get("aud") != application.client_id:
        raise NotOurs
    subject = str(claims.get("sub", ""))
    if not (subject.isascii() and subject.isdecimal()):
        raise NotOurs
    return int(subject)
