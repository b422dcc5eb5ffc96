"""How safely an account stands: what protects it, its weakest point first, and the one thing worth doing next."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.models import User
from twofactor.models import Passkey, Phone, PortalKey, RecoverySheet, Subscription, Totp
from twofactor.models.key import ACTIVE

# What stands on the overview, the strongest first: each is a row, templates/parts/protects_<name>.html.
_PARTS = ("key", "passkeys", "app", "recovery", "texts", "number", "password")


def of(user: User) -> dict[str, Any]:
    """What protects this person, as templates take it; `weak` names the parts that need somebody to look at them."""
    phone, passkeys, app = Phone.objects.verified(user), Passkey.objects.bound(user), Totp.objects.active(user)
    texts = phone.texts if phone else ""
    key = _key(user)
    pushes, sheet = Subscription.state_of(key), RecoverySheet.objects.active(user)
    usable = sum(each.state == ACTIVE for each in passkeys)
    known: dict[str, Any] = {
        "key": key,
        "passkeys": passkeys,
        "usable": usable,
        "app": app,
        "phone": phone,
        "texts": texts,
    }
    protected = bool(key or passkeys or app or texts == "on")
    known |= {"pushes": pushes, "sheet": sheet, "few": sheet is not None and sheet.is_low, "protected": protected}
    return {**known, "weak": _weak(known)}


def _key(user: User) -> PortalKey | None:
    """What has verified this session was read with it: an active key is the one they sign in with."""
    verified = getattr(user, "otp_device", None)
    is_active = isinstance(verified, PortalKey) and verified.state == ACTIVE
    return verified if is_active else PortalKey.objects.binding(user)


def _weak(known: dict[str, Any]) -> list[str]:
    key, sheet = known["key"], known["sheet"]
    needs = {
        "key": key.state != ACTIVE if key else not known["usable"],
        "passkeys": bool(known["passkeys"]) and not known["usable"],
        "app": known["app"] is not None and known["app"].is_closed,
        "recovery": known["protected"] and (sheet is None or known["few"]),
    }
    return [name for name in _PARTS if needs.get(name)]


def groups(known: dict[str, Any]) -> dict[str, list[str]]:
    """The rows of the overview: what needs a look, what protects, and what could."""
    stands = {
        "key": known["key"],
        "passkeys": known["passkeys"],
        "app": known["app"],
        "recovery": known["sheet"],
        "texts": known["texts"] == "on",
        "number": known["phone"],
        "password": True,
    }
    # Who has nothing to recover needs no codes; texts are of use to nobody who has something better and no number.
    left_out = set() if known["protected"] else {"recovery"}
    fine = [name for name in _PARTS if name not in known["weak"] and name not in left_out]
    return {
        "weak": known["weak"],
        "stands": [name for name in fine if stands[name]],
        "open": [name for name in fine if not stands[name]],
    }


def next_step(known: dict[str, Any], *, elsewhere: bool, invited: bool, held: bool) -> str:
    """The most useful thing to do now, of those in templates/parts/next.html; empty where nothing is.

    Args: `elsewhere`: a sign-in was tried from elsewhere; `invited`: an activation stands on the page already, which is
    the thing to do; `held`: factors stay as they are for now.
    """
    if elsewhere or invited:
        return "elsewhere" if elsewhere else ""
    key, active = known["key"], known["key"] is not None and known["key"].state == ACTIVE
    steps = {
        "again": key is not None and not active,
        "passkeys": "passkeys" in known["weak"] and not held,
        "activate": key is None and not known["passkeys"],
        "try": active and not key.last_used_at,
        "repair": active and known["pushes"] in ("suspect", "gone"),
        "recovery": "recovery" in known["weak"] and not held,
        "number": known["phone"] is None and not held,
        "notifications": active and known["pushes"] == "none" and settings.PORTAL_VAPID is not None,
        "passkey": active and not known["passkeys"] and not held,
    }
    return next((name for name, worth in steps.items() if worth), "")
