"""What an application may learn of a person, by the name under which it asks for it."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy

from accounts.models import User

# OpenID Connect Core 1.0, section 5.4. SECURITY: what has no row here is told to nobody.
CLAIMS: Final = {
    "sub": "openid",
    "name": "profile",
    "preferred_username": "profile",
    "locale": "profile",
    "email": "email",
    "email_verified": "email",
}
# What each is where a person reads it.
WORDS: Final[dict[str, Any]] = {
    "openid": gettext_lazy("That it is you: a number that stands for your account"),
    "profile": gettext_lazy("Your name, username and language"),
    "email": gettext_lazy("Your e-mail address"),
    "offline_access": gettext_lazy("All of this also while you are signed out, until you take it back"),
}


def said(scope: str) -> str:
    """What is asked for, as a person reads it, on one line."""
    return "; ".join(str(WORDS[each]) for each in scope.split())


def claims_of(user: User) -> dict[str, Any]:
    """All of it; the library leaves out what was not asked for."""
    claims: dict[str, Any] = {"name": user.get_full_name(), "preferred_username": user.username}
    claims["locale"] = user.own_tongue
    if user.email:
        # Staff have written it down, and nobody has proved it.
        claims |= {"email": user.email, "email_verified": False}
    return claims
