"""Story 6: Portal Key moves to a new phone, with the old one's approval or without the old one (H11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import audit, browser, limits, marks, sessions
from accounts.models import User
from twofactor import policy
from twofactor.asking import ask_action, clock, tell
from twofactor.models import Challenge, Passkey, PortalKey
from twofactor.models.key import ACTIVE
from twofactor.strength import held_until, is_proved, is_young

# Ways in which a session may show a code for a new phone.
_OPEN = frozenset({"approved", "weaker", "proved"})


@dataclass(frozen=True)
class Way:
    """How this session comes to a code for a new phone.

    `ask`: the old phone has to be asked; `asked`: it is being asked; `approved`: it has said yes to this session.
    `weaker`: a session that something else opened may go on without the old phone, and a hold follows. `proved`: the
    old phone approved the sign-in a moment ago and was locked since, or a passkey did. `held`: not without the old
    phone, until `until`. `again`: a fresh sign-in comes first.
    """

    name: str
    key: PortalKey
    # The last question of this session to the old phone, whatever became of it.
    question: Challenge | None = None
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.name in _OPEN


def way_of(request: HttpRequest, user: User) -> Way | None:
    """How things stand for this session. None: there is no key that could move.

    SECURITY: a sign-in says yes to a session, not to another key: whoever relays one to get a session has to get past
    a second question that names what it is for.
    """
    key = PortalKey.objects.binding(user)
    if key is None:
        return None
    if marks.is_weaker(request):
        return _without_old(request, user, key)
    if key.state != ACTIVE:
        return Way("proved" if is_proved(request) else "again", key)
    device = getattr(request.user, "otp_device", None)
    if isinstance(device, Passkey) and not is_young(request):
        # No relay gets a sign-in with a passkey, so there is nothing that a second question would keep out. SECURITY:
        # but a relay of another factor adds a passkey of its own, and comes back with it.
        return Way("proved" if is_proved(request) else "again", key)
    if not isinstance(device, PortalKey | Passkey):
        return Way("again", key)
    question = _questions(request, key).order_by("-created", "-pk").first()
    if question is not None and question.standing == "pending":
        return Way("asked", key, question)
    approved = _questions(request, key).filter(state="approved").order_by("-created", "-pk").first()
    if approved is not None and approved.decided_at and approved.decided_at > timezone.now() - policy.MOVE_LIFE:
        return Way("approved", key, approved, approved.decided_at + policy.MOVE_LIFE)
    return Way("ask", key, question)


def _without_old(request: HttpRequest, user: User, key: PortalKey) -> Way:
    """SECURITY: one move without the old phone, and no second one over it within the hold. A key that is locked helps
    nobody, so who has lost it, or has stopped a thief, need not wait.
    """
    until = held_until(user)
    if until and key.state == ACTIVE:
        return Way("held", key, until=until)
    return Way("weaker" if marks.is_recent(request) else "again", key)


def _questions(request: HttpRequest, key: PortalKey) -> QuerySet[Challenge]:
    """The questions that this very session has put to the old phone: an approval is good for nobody else."""
    here = sessions.here(request)
    sent = Q(key=key, purpose="action", notified_at__isnull=False)
    return Challenge.objects.filter(sent, about=_name(here.pk) if here else "-").select_related("key__user")


def _name(session_id: int) -> str:
    return f"move-{session_id}"


def ask_old(request: HttpRequest, user: User, key: PortalKey) -> Challenge:
    """Ask the old phone, or notify it again. Its approval lets this session show codes for ten minutes.

    Raises limits.RateLimited when it cannot be asked right now.
    """
    here = sessions.here(request)
    if here is None:
        raise limits.RateLimited(timezone.now() + policy.RESEND_GAP, "session")
    names = {"key": settings.PORTAL_KEY_NAME, "device": key.label}
    with translation.override(user.tongue):
        display = {
            "lang": translation.get_language() or "en",
            "title": gettext("Move %(key)s to a new phone?") % names,
            "account": user.get_short_name(),
            "facts": [
                [gettext("Browser"), browser.words(browser.seen(request).label)],
                [gettext("Address"), browser.spoken(limits.client_address(request))],
                [gettext("Time"), clock(timezone.now())],
            ],
            "warnings": [
                gettext("Approve only if you are at that browser yourself."),
                gettext("When the new phone is activated, this one approves nothing any more."),
            ],
        }
    return ask_action(key, display, about=_name(here.pk), request=request)


def take_back(request: HttpRequest, way: Way) -> None:
    """The person at the desk no longer wants it: what the old phone is asked, or has allowed, is void."""
    if way.question is None:
        return
    if way.name == "asked" and way.question.move("supersede", reason="cancelled", decided_at=timezone.now()):
        audit.record("key.move-cancel", user=way.key.user, request=request, kid=way.key.kid)
        tell(way.question)
