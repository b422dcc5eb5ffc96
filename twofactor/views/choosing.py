"""Which second factors a waiting sign-in offers, and on which page each of them is waited for."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from twofactor.forms import Kind
from twofactor.models import Factors
from twofactor.models.factors import KEY, PASSKEY, TEXT, TOTP

# On which page a sign-in waits for each kind of second factor.
PAGES = {PASSKEY: "verify-passkey", KEY: "verify", TOTP: "verify-totp", TEXT: "verify-code"}


def page_of(factors: Factors) -> str:
    """The page on which a sign-in of this person begins. Where no way is open, the one that says how to recover."""
    if not factors.kinds and factors.key is None and factors.passkeys:
        return PAGES[PASSKEY]
    return PAGES.get(factors.first, "verify")


def chooser(factors: Factors, kind: str) -> Kind | None:
    """The list box, exactly when several kinds are active (E10). `kind` is the one that the page waits for."""
    if len(factors.kinds) < 2:
        return None
    words = {PASSKEY: _("Passkey"), TOTP: _("Code from an authenticator app")}
    if factors.phone is not None:
        words[TEXT] = _("Text to %(number)s") % {"number": factors.phone.masked}
    if factors.key is not None:
        words[KEY] = _("%(key)s on %(device)s") % {"key": settings.PORTAL_KEY_NAME, "device": factors.key.label}
    # What was used last comes first; chosen is what this page waits for.
    kinds = sorted([(each, words[each]) for each in factors.kinds], key=lambda each: each[0] != factors.first)
    return Kind(kinds=kinds, initial={"kind": kind})
