"""Whom an application may ask on their phone, and what "That was not me" says of it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from applications.models import Application, Refusal
from twofactor import asking
from twofactor.models import Challenge, PortalKey
from twofactor.strength import held_until


def key_of(application: Application, user: User | None) -> PortalKey | None:
    """The key that this application may ask, or None: nobody is there, or nobody who would answer it.

    SECURITY: whoever has disowned something has to choose a new password first, whatever asks. And a key that came
    without the one before it, say by a recovery code, approves no payment before its owner could stop it.
    """
    if user is None or not user.is_active or user.password_change_required or held_until(user):
        return None
    return None if Refusal.objects.stands(application, user) else PortalKey.objects.active(user)


def take_back(questions: QuerySet[Challenge], *, reason: str) -> None:
    """End those of them that are still open, and tell everybody who waits for one."""
    for question in questions.filter(state="pending").select_related("key__user"):
        if question.move("supersede", reason=reason, decided_at=timezone.now()):
            asking.tell(question)


def settled(challenge: Challenge) -> None:
    """ "That was not me": nobody had a password of theirs, so it ends nothing else and costs the person nothing.

    In the transaction in which the question ends.
    """
    if challenge.reason == "not_me":
        Refusal.make(int(challenge.asker), challenge.key.user_id)
        audit.alert("application.disowned", user=challenge.key.user, application=challenge.application)
