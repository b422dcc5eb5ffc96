"""Story 6, what support may not do alone (R-84): one proposes, another approves, a day passes, the owner may cancel.

Every condition is looked at again when it is done: who proposed and approved are still staff who may, and what would be
taken away is still the person's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Min, Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import Login, User
from accounts.prepared import Prepared
from twofactor import carrying, enrolled, live, notices, passkeys, phones, policy, recovery, roles, tasks
from twofactor.models import Delivery, Phone, PortalKey, Proposal
from twofactor.models.key import BINDING
from twofactor.models.proposal import KEY, OPEN, OTHERS, PASSCODE, PHONE


class NotYours(Exception):
    """Another person has to do this: whoever proposes does not approve, nor does whoever it is about."""


class Nothing(Exception):
    """There is nothing to propose or to approve any more."""


def propose(request: HttpRequest, user: User, what: str, reason: str, login: Login | None = None) -> Proposal:
    """Write down what should be done and why. Nothing happens and nobody is told until somebody else approves it.

    Args: `what` as in Proposal; `login` is the sign-in at whose page a passcode is to be shown.
    """
    staff = _staff(request)
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        key = PortalKey.objects.binding(locked) if what == KEY else None
        phone = Phone.objects.verified(locked) if what == PHONE else None
        if (key or phone or login) is None and not (what == OTHERS and passkeys.others(locked)):
            raise Nothing
        try:
            with transaction.atomic():
                proposal = Proposal.objects.create(
                    user=locked, what=what, key=key, phone=phone, login=login, reason=reason, by=staff
                )
        except IntegrityError as twice:
            raise Nothing from twice
    _record("proposal.make", proposal, request, why=reason)
    live.tell_person(user.pk)
    return proposal


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 # nosec B101 # the administration's door has seen to it
    return request.user


def _record(kind: str, proposal: Proposal, request: HttpRequest | None = None, *, ok: bool = True, **more: str) -> None:
    staff = _staff(request) if request is not None and request.user.is_authenticated else None
    reason = more.pop("reason", "")
    facts: dict[str, Any] = {"proposal": proposal.pk, "purpose": proposal.what}
    facts |= {name: said for name, said in more.items() if said}
    if staff is not None:
        facts |= audit.by_staff(staff)
    audit.record(kind, user=proposal.user, request=request, ok=ok, reason=reason, **facts)


def may_approve(staff: User, proposal: Proposal) -> bool:
    """Whether this member of the staff is the second person that it needs.

    SECURITY: another account with another e-mail address, and not the one that it is about; without an address nobody
    is another person. An operator who is alone may be both (PORTAL_ONE_PERSON_DESK); the day of waiting and the notices
    stay.
    """
    if not roles.may(staff, "approve_proposal") or not roles.may_serve(staff, proposal.user):
        return False
    return proposal.by is not None and (settings.PORTAL_ONE_PERSON_DESK or roles.is_another(staff, proposal.by))


def approve(request: HttpRequest, proposal: Proposal, why: str) -> None:
    """The second person agrees. A passcode is issued now; everything else waits a day, and its owner is told.

    Args: `why` is what they wrote, for the record. Raises NotYours, Nothing.
    """
    staff = _staff(request)
    if not may_approve(staff, _read(proposal.pk)):
        _record("proposal.approve", proposal, request, ok=False, reason="same-person", why=why)
        raise NotYours
    with transaction.atomic():
        User.objects.locked(proposal.user_id)
        proposal = _read(proposal.pk)
        now = timezone.now()
        at_once = proposal.what == PASSCODE
        young = Q(created__gt=Now() - policy.PROPOSAL_LIFE)
        due = now if at_once else now + policy.PROPOSAL_DELAY
        if not _stands(proposal) or not proposal.move(
            "approve", when=young, approved_by=staff, approved_at=now, due=due
        ):
            raise Nothing
        alone = proposal.by is None or not roles.is_another(staff, proposal.by)
        _record("proposal.approve", proposal, request, reason="one-person" if alone else "", why=why)
        if at_once and proposal.login is not None and proposal.by is not None:
            recovery.issue_passcode(proposal.login, staff=proposal.by, reason=proposal.reason, second=staff)
            proposal.move("execute", ended_at=now)
    if not at_once:
        carrying.notice(
            proposal.user, "desk-proposed", also=_places(proposal), proposal=proposal.pk, what=proposal.what
        )
        transaction.on_commit(tasks.runner.wake)
    live.tell_person(proposal.user_id)


def _read(pk: int) -> Proposal:
    return Proposal.objects.select_related("user", "key", "phone", "login", "by", "approved_by").get(pk=pk)


def _places(proposal: Proposal) -> list[Phone]:
    """Where the owner is told beside their mail: the number that has stood for a day, and the one that would go."""
    return [*Phone.objects.to_tell(proposal.user), *([proposal.phone] if proposal.phone else [])]


def _stands(proposal: Proposal) -> bool:
    """Whether whoever proposed it is still staff who may, nothing has happened since, and there is still what it needs.

    SECURITY: a person who was alarmed, who stopped something, or whom staff have locked since is asked anew.
    """
    by, user = proposal.by, proposal.user
    what = "issue_passcode" if proposal.what == PASSCODE else "propose_removal"
    if by is None or not roles.may(by, what) or not roles.may_serve(by, user):
        return False
    happened = (user.disowned_at, user.stopped_at, user.locked_at)
    return _holds(proposal) and not any(moment and moment > proposal.created for moment in happened)


def _holds(proposal: Proposal) -> bool:
    """Whether what it would take away is still the person's; or whether the caller still waits."""
    if proposal.what == KEY:
        return proposal.key is not None and proposal.key.state in BINDING
    if proposal.what == PHONE:
        return proposal.phone is not None and proposal.phone.state == "verified"
    if proposal.what == OTHERS:
        return bool(passkeys.others(proposal.user, before=proposal.created))
    return proposal.login is not None and proposal.login.state == "pending" and proposal.login.expires > timezone.now()


def cancel(request: HttpRequest, proposal: Proposal, *, ended: str, why: str = "") -> bool:
    """Take it back: by the `link` of its notice, or by `staff`. False: it had ended before."""
    if not proposal.move("cancel", ended=ended, ended_at=timezone.now()):
        return False
    _record("proposal.cancel", proposal, request, reason=ended, why=why)
    if proposal.due is not None:
        carrying.notice(proposal.user, "desk-cancelled", also=_places(proposal), proposal=proposal.pk)
    if ended == "link":
        # Two of the staff wanted it, and the owner does not: somebody should look at that.
        audit.alert("proposal.disowned", user=proposal.user, proposal=proposal.pk)
    live.tell_person(proposal.user_id)
    return True


def named(signed: str) -> Proposal | None:
    """The proposal behind a cancel link, while it can still be cancelled; None for anything forged or over."""
    told = notices.read_cancel(signed)
    rows = Proposal.objects.select_related("user", "phone").filter(state__in=OPEN)
    return rows.filter(pk=int(told)).first() if told.isdecimal() else None


_COMING = Prepared(
    lambda user: (
        Proposal.objects.filter(user=user, state="approved", due__isnull=False).select_related("phone").order_by("due")
    )
)


def coming(user: User) -> list[Proposal]:
    """What two of the staff have decided to take away from this person, and its owner can still cancel."""
    return _COMING.all(user=user.pk)


def sweep() -> datetime | None:
    """Do what is due, forget what nobody approved. Returns when the next one falls due, or None."""
    stale = Proposal.objects.filter(state="proposed", created__lte=Now() - policy.PROPOSAL_LIFE)
    for proposal in stale:
        if proposal.move("lapse", ended="late", ended_at=timezone.now()):
            _record("proposal.lapse", proposal, ok=False, reason="late")
    for pk in Proposal.objects.filter(state="approved", due__lte=Now()).values_list("pk", flat=True):
        execute(pk)
    ahead = Proposal.objects.filter(state="approved").aggregate(next=Min("due"))["next"]
    # Never at once again: one that could not be done now is not asked for in a loop.
    return max(ahead, timezone.now() + timedelta(minutes=1)) if ahead else None


def execute(pk: int) -> bool:
    """The day is over and nobody has cancelled it. One caller wins; False: not now, or never any more."""
    with transaction.atomic():
        user_id = Proposal.objects.values_list("user_id", flat=True).get(pk=pk)
        user = User.objects.locked(user_id)
        proposal = _read(pk)
        if not _still_meant(proposal):
            if proposal.move("lapse", ended="changed", ended_at=timezone.now()):
                _record("proposal.lapse", proposal, ok=False, reason="changed")
            return False
        if not proposal.move("execute", when=Q(due__lte=Now()), ended_at=timezone.now()):
            return False
        staff = proposal.approved_by
        by = audit.by_staff(staff)["by"] if staff else ""
        _record("proposal.execute", proposal, by=by, why=proposal.reason)
        if proposal.key is not None:
            return enrolled.end_key(proposal.key, reason="staff")
        if proposal.what == OTHERS:
            return passkeys.end_others(user, before=proposal.created)
        return proposal.phone is not None and phones.end(proposal.phone, by=by)


def _still_meant(proposal: Proposal) -> bool:
    """SECURITY: whoever has left, or may it no longer, has no say in what is done today. And what its owner has not
    been told of is not done: they had no day in which to cancel it.
    """
    second = proposal.approved_by
    return second is not None and _stands(proposal) and may_approve(second, proposal) and _was_told(proposal)


def _was_told(proposal: Proposal) -> bool:
    """Whether a notice of it found room in the budgets; or there is no place where this person could be told."""
    told = Delivery.objects.filter(user=proposal.user, kind="desk-proposed", facts__proposal=proposal.pk)
    return told.exists() or not carrying.reaches(proposal.user, _places(proposal))
