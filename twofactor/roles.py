"""Who of the staff may do what, and for whom."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import Q

from accounts.models import User

# The permissions of `Proposal.Meta`, one for each thing that staff do at the desk.
_APP = "twofactor"


def may(staff: User, what: str) -> bool:
    """Whether this member of the staff has the permission `what` now; switched off or staff no more, they have none."""
    return staff.is_active and staff.is_staff and staff.has_perm(f"{_APP}.{what}")


def may_serve(staff: User, user: User) -> bool:
    """Whether staff may do anything at all to this person's account.

    SECURITY: nobody serves themselves, under whatever username; support serves clients, a security officer support too,
    and whoever could undo what an officer does only a superuser serves, also while they are locked. Otherwise one
    account in wrong hands would carry off all the others.
    """
    if is_same(staff, user) or not (staff.is_active and staff.is_staff):
        return False
    if staff.is_superuser:
        return True
    if user.is_superuser or _is_officer(user):
        return False
    return not user.is_staff or may(staff, "serve_staff")


def _is_officer(user: User) -> bool:
    """Whether this is somebody of the staff who serves staff; one who is locked still is, unlike for `has_perm`."""
    given = Permission.objects.filter(Q(user=user) | Q(group__user=user), content_type__app_label=_APP)
    return user.is_staff and given.filter(codename="serve_staff").exists()


def is_same(one: User, other: User) -> bool:
    """Whether two accounts are one person, as far as a portal can tell: those with one e-mail address are."""
    return one.pk == other.pk or (bool(_mail(one)) and _mail(one) == _mail(other))


def is_another(staff: User, other: User) -> bool:
    """Whether these two of the staff are two people (R-84).

    SECURITY: an account without an e-mail address could be anybody's second one, so it is nobody's second person.
    """
    return bool(_mail(staff) and _mail(other)) and not is_same(staff, other)


def _mail(user: User) -> str:
    return user.email.strip().casefold()
