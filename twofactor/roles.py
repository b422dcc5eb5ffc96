"""Who of the staff may do what, and for whom."""

from __future__ import annotations

from accounts.models import User

# The permissions of `Proposal.Meta`, one for each thing that staff do at the desk.
_APP = "twofactor"


def may(staff: User, what: str) -> bool:
    """Whether this member of the staff has the permission `what` now; switched off or staff no more, they have none."""
    return staff.is_active and staff.is_staff and staff.has_perm(f"{_APP}.{what}")


def may_serve(staff: User, user: User) -> bool:
    """Whether staff may do anything at all to this person's account.

    SECURITY: nobody serves themselves; support serves clients, a security officer support too, and whoever could undo
    what an officer does only a superuser serves. Otherwise one account in wrong hands would carry off all the others.
    """
    if staff.pk == user.pk or not (staff.is_active and staff.is_staff):
        return False
    if staff.is_superuser:
        return True
    if user.is_superuser or may(user, "serve_staff"):
        return False
    return not user.is_staff or may(staff, "serve_staff")


def is_another(staff: User, other: User) -> bool:
    """Whether these are two people, as far as a portal can tell: two accounts with one e-mail address are one."""
    same_mail = bool(staff.email) and staff.email.strip().casefold() == other.email.strip().casefold()
    return staff.pk != other.pk and not same_mail
