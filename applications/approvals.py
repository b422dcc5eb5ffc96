"""Whose approvals of an action count, as long as others are still waited for."""

from __future__ import annotations

from itertools import combinations

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
    """How many different people have approved; two are as many as anything asks for.

    SECURITY: accounts with one e-mail address are one person, and one without any could be anybody's second (R-84).
    Whoever's approval no longer counts may be asked again.
    """
    counted = of(action)
    for part in action.parts.filter(state="approved").exclude(pk__in=[each.pk for each in counted]):
        part.move("lapse")
    pairs = combinations((part.user for part in counted), 2)
    return 2 if any(roles.is_another(one, other) for one, other in pairs) else min(len(counted), 1)


def by_others(action: Action, user: User) -> list[Part]:
    """Those of them that this person's own would make two people's."""
    return [part for part in of(action) if roles.is_another(part.user, user)]
