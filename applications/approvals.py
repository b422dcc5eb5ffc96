"""Whose approvals of an action count, as long as others are still waited for."""

from __future__ import annotations

from django.db.models import F

from accounts.models import User
from applications.models import Action, Part
from twofactor import roles


def of(action: Action) -> list[Part]:
    """Who has approved, and still may. The first one first."""
    parts = action.parts.filter(state="approved").select_related("user")
    if action.state != "pending":
        # Whoever was counted at its end has approved it, whatever became of them later.
        return list(parts)
    # SECURITY: a lock, a new password or a factor that went since the approval ends it.
    parts = parts.filter(user__is_active=True, user__auth_epoch=F("auth_epoch"))
    if action.account is not None:
        parts = parts.filter(user__joint_accounts=action.account)
    return list(parts)


def people(action: Action) -> int:
    """How many different people have approved. SECURITY: two accounts with one e-mail address are one person.

    Whoever's approval no longer counts may be asked again.
    """
    counted, found = of(action), list[User]()
    for part in action.parts.filter(state="approved").exclude(pk__in=[each.pk for each in counted]):
        part.move("lapse")
    for part in counted:
        if not any(roles.is_same(part.user, other) for other in found):
            found.append(part.user)
    return len(found)
