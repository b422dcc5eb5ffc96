"""Story 2, of a key that is there: rename it, test it, give it up, end it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import audit, browser, limits, pending, text
from accounts.models import User
from twofactor import carrying, live, policy, strength
from twofactor.asking import clock, may_notify_at, notify, silence, supersede
from twofactor.models import Challenge, Factors, Phone, PortalKey


def rename(key: PortalKey, typed: str) -> str | None:
    """Give the device another name. Returns the name as kept, None when nothing readable is left of it."""
    label = clean_label(typed)
    if label:
        key.rename(label)
        audit.record("key.rename", user=key.user, kid=key.kid, device=label)
        live.tell_key(key.kid)
        live.tell_person(key.user_id)
    return label or None


def clean_label(typed: str) -> str:
    """A name as text: without control, bidi and other invisible characters, at most 64 characters (R-74)."""
    return text.line(typed, policy.LABEL_LONGEST)


def test(request: HttpRequest, key: PortalKey, *, by_desk: bool) -> Challenge:
    """ "Send a test notification" and "Test it now": a challenge that signs nobody in.

    Args: `by_desk`: the support desk asks for it, from a browser that means nothing to the person.

    Raises limits.RateLimited when none can be sent right now.
    """
    user = key.user
    tests = Challenge.objects.filter(key=key, purpose="test", silent=False)
    recent = tests.order_by("-created").first()
    if recent and recent.created > timezone.now() - policy.RESEND_GAP:
        raise limits.RateLimited(recent.created + policy.RESEND_GAP, "test")
    with translation.override(user.own_tongue if by_desk else user.tongue):
        here = browser.words(browser.seen(request).label)
        display = {
            "lang": translation.get_language() or "en",
            "title": gettext("Test from %(portal)s") % {"portal": settings.PORTAL_NAME},
            "account": user.get_short_name(),
            "facts": [
                [gettext("Asked by"), gettext("The support desk")] if by_desk else [gettext("Browser"), here],
                [gettext("Time"), clock(timezone.now())],
            ],
            "warnings": [gettext("This is a test. Approving it signs nobody in.")],
        }
    for old in tests.filter(state="pending"):
        old.move("supersede", reason="replaced")
    challenge = Challenge.fresh(key, mode="tap", display=display, purpose="test")
    audit.record("challenge.ask", user=user, request=request, kid=key.kid, purpose="test")
    if not notify(challenge):
        raise limits.RateLimited(may_notify_at(challenge) or timezone.now() + policy.RESEND_GAP, "test")
    return challenge


def end_key(
    key: PortalKey,
    *,
    reason: str,
    request: HttpRequest | None = None,
    session_key: str | None = None,
    event: str = "revoke",
) -> bool:
    """Revoke a key: by its person at the desk, by its own phone, or because its activation was disowned.

    Every session of the person ends, but for the one that is named: it goes on, verified by what is left, if anything.
    With the event "lock" the key answers nothing either, and the person needs a way in that is no less than it.
    """
    with transaction.atomic():
        user = User.objects.locked(key.user_id)
        changes: dict[str, Any] = {"confirmed": False} if event == "revoke" else {}
        won = key.move(event, **changes)
        if won:
            supersede(key)
            alive = session_key is not None and pending.is_alive(session_key, user)
            device_id = _verified_by(user) if event == "revoke" else None
            pending.end_sessions(user, keep=session_key or "" if alive else "", device_id=device_id, request=request)
    if won:
        audit.record(
            "key.revoke", user=user, request=request, reason=reason, kid=key.kid, device=key.name, state=key.state
        )
        carrying.notice(user, "key-ended", also=Phone.objects.to_tell(user))
        live.tell_person(user.pk)
    return won


def _verified_by(user: User) -> str:
    """What verifies the session that goes on without its key. It has proved more than a text a moment ago, where a text
    is what is left.
    """
    # Codes by text that the key had put to rest are better than the password alone.
    strength.wake_texts(user)
    return Factors.of(user).strongest_left()


def surrender(request: HttpRequest, key: PortalKey) -> bool:
    """A device gives its key up. The key answers nothing more, and the person still needs a way back that is not it.

    SECURITY: a signature alone takes a key out of use and never lowers what the sign-in asks for: otherwise whoever has
    the password and the phone, but not its PIN, would be left with a password to get past. Only a desk that was
    verified a moment ago, or the support desk, takes a second factor away.
    """
    won = silence(key)
    if won:
        audit.record("key.surrender", user=key.user, request=request, kid=key.kid, device=key.name)
        carrying.notice(key.user, "key-given-up", also=Phone.objects.to_tell(key.user))
        live.tell_person(key.user_id)
    return won
