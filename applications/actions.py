"""Story: an application asks one or two people to approve exactly this; each of them on their own phone.

The text that a phone shows is the text that it signs. There is no way to change an action: whatever is different is
another one, with another question.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from accounts import audit, limits
from accounts.canonical import canonical
from accounts.models import User, normal_username
from applications import approvals, asked, hints, policy, receipts
from applications.models import Action, Application, JointAccount, Part
from applications.wanted import Wanted, Wrong
from twofactor import asking, live, signin
from twofactor import policy as factor_policy
from twofactor.models import Challenge
from twofactor.models.challenge import Unwanted
from twofactor.signin import Verdict

# Before the name of a joint account in `person`.
ACCOUNT = "account:"


class Differs(Exception):
    """The application has used this idempotency key for something else."""


def propose(request: HttpRequest, application: Application, wanted: Wanted) -> Action:
    """Write down what is asked, and ask everybody whom it concerns. Raises Wrong, Differs, limits.RateLimited.

    The same idempotency key gives the same action, and asks nobody twice.
    SECURITY: somebody whom nobody knows, or who has no key, looks like somebody who does not answer.
    """
    earlier = _earlier(application, wanted)
    if earlier is not None:
        return earlier
    with transaction.atomic():
        # Both or none.
        limits.charge(policy.ACTIONS_APPLICATION, application.pk)
        limits.charge(policy.ACTIONS_PERSON, application.pk, hints.print_of(normal_username(wanted.person)))
    account, people, holders = _concerned(wanted)
    try:
        with transaction.atomic():
            action = Action.objects.create(
                application=application,
                account=account,
                people=people,
                people_asked=wanted.people,
                title=wanted.title,
                facts=wanted.facts,
                lang=wanted.lang,
                idempotency_key=wanted.idempotency_key,
                asked_for=_print(wanted),
                expires=timezone.now() + wanted.life,
            )
            Part.objects.bulk_create([Part(action=action, user=user) for user in holders])
            _record("action.propose", action, request=request)
    except IntegrityError:
        # The same key at the same moment: whoever was first has asked.
        found = _earlier(application, wanted)
        if found is None:
            raise
        return found
    ask_all(action)
    return action


def _earlier(application: Application, wanted: Wanted) -> Action | None:
    if wanted.idempotency_key is None:
        return None
    rows = Action.objects.select_related("application", "account")
    found = rows.filter(application=application, idempotency_key=wanted.idempotency_key).first()
    if found is not None and not constant_time_compare(found.asked_for, _print(wanted)):
        raise Differs
    return found


def _print(wanted: Wanted) -> str:
    said = {**asdict(wanted), "life": int(wanted.life.total_seconds())}
    return hashlib.sha256(canonical(said)).hexdigest()


def _concerned(wanted: Wanted) -> tuple[JointAccount | None, int, list[User]]:
    """The account if it is one, how many people it takes, and who is asked."""
    if not wanted.person.startswith(ACCOUNT):
        if wanted.people > 1:
            raise Wrong("people", "Two people can approve for a joint account only.")
        return None, 1, list(User.objects.filter(username=normal_username(wanted.person)))
    account = JointAccount.objects.filter(name=wanted.person.removeprefix(ACCOUNT), is_active=True).first()
    if account is None:
        return None, wanted.people, []
    # An application may ask for more people than the account's rule, and never for fewer.
    return account, max(account.people, wanted.people), list(account.holders.order_by("pk"))


def _record(kind: str, action: Action, *, user: User | None = None, request: HttpRequest | None = None,
            ok: bool = True, reason: str = "", **facts: Any) -> None:  # fmt: skip
    audit.record(
        kind, user=user, request=request, ok=ok, reason=reason, application=action.application.name,
        action=action.pk, **facts,
    )  # fmt: skip


def ask_all(action: Action) -> None:
    """Ask everybody who has not said anything yet, in words that say who has."""
    for part in action.parts.filter(state="waiting").select_related("user"):
        ask(action, part)


def ask(action: Action, part: Part) -> Challenge | None:
    """Put the action to this person's phone, or send the open question again. None: there is no phone to ask."""
    with transaction.atomic():
        # Pressed twelve times at once, the button still asks once.
        user = User.objects.locked(part.user_id)
        key = asked.key_of(action.application, user)
        if key is None or not action.is_on or action.standing != "pending" or not holds(action, user):
            return None
        key.user = user
        question = question_of(action, user)
        if question is not None and question.standing == "pending" and question.key_id == key.pk:
            asking.notify(question)
            return question
        if len(questions(action, user)) >= policy.QUESTIONS_AN_ACTION:
            return question
        with translation.override(user.own_tongue):
            display = describe(action, user)
        return asking.ask_for_application(
            str(action.application_id), key, display, about=action.pk, purpose="action",
            life=min(factor_policy.CHALLENGE_LIFE, action.expires - timezone.now()), number=True,
        )  # fmt: skip


def holds(action: Action, user: User) -> bool:
    """Whether this person has a say in it. SECURITY: whoever no longer holds the account has none."""
    return action.account is None or action.account.holders.filter(pk=user.pk, is_active=True).exists()


def question_of(action: Action, user: User) -> Challenge | None:
    """The last question to this person's phone about it."""
    return next(iter(questions(action, user)), None)


def questions(action: Action, user: User) -> list[Challenge]:
    """All questions to this person's phone about it, the newest first."""
    mine = Challenge.objects.filter(about=action.pk, asker=str(action.application_id), key__user=user)
    return list(mine.select_related("key__user").order_by("-created", "-pk"))


def describe(action: Action, user: User) -> dict[str, object]:
    """What the phone shows and signs, in the language of the moment: who asks, exactly what, and who has approved."""
    names = {"application": action.application.name, "title": action.title}
    facts = [*action.facts]
    if action.account is not None:
        facts.append([gettext("Joint account"), action.account.title])
    facts.append([gettext("Time"), asking.clock(action.created)])
    return {
        "lang": translation.get_language() or "en",
        "title": gettext("%(application)s asks: %(title)s") % names,
        "account": user.get_short_name(),
        "application": action.application.name,
        "facts": facts,
        "warnings": _warnings(action, user),
    }


def _warnings(action: Action, user: User) -> list[str]:
    if action.people == 1:
        return [gettext("Approve only if every line is right.")]
    others = [part.user.name or part.user.username for part in approvals.by_others(action, user)]
    if others:
        name = {"name": others[0]}
        return [gettext("%(name)s has approved this. With your approval it is done.") % name]
    return _nobody_yet()


def _nobody_yet() -> list[str]:
    return [gettext("Two people must approve this. Nobody has yet.")]


def settled(challenge: Challenge) -> None:
    """A phone has answered: this is its transaction. Raises Unwanted.

    A question that has lapsed, or was taken back, or had three wrong PINs is no answer: it may be asked again.
    """
    event = {"approved": "approve", "denied": "decline"}.get(challenge.state)
    if challenge.purpose != "action" or event is None:
        return
    # One at a time: two people who answer in the same moment are counted one after the other.
    action = Action.objects.locked(challenge.about)
    if event == "approve" and not (action.is_on and _is_still_true(action, challenge)):
        # SECURITY: nobody approves because another one has whose approval counts no longer: they are asked anew.
        raise Unwanted(lambda: _after(action.pk))
    if not _settle(action, challenge, event) and event == "approve":
        # SECURITY: nobody may believe that they have approved what was over.
        raise Unwanted
    # Whatever goes wrong there, the answer stands. Django names what went wrong, and a `partial` has no name.
    transaction.on_commit(lambda: _after(action.pk), robust=True)


def _is_still_true(action: Action, challenge: Challenge) -> bool:
    """Whether what the phone showed of other approvals holds. Who read of none may come after one of this moment."""
    with translation.override(str(challenge.display["lang"])):
        return challenge.display["warnings"] in (_warnings(action, challenge.key.user), _nobody_yet())


def _settle(action: Action, challenge: Challenge, event: str) -> bool:
    user = challenge.key.user
    part = action.parts.filter(user=user).first()
    if part is None or action.standing != "pending" or not holds(action, user):
        return False
    at = challenge.decided_at or timezone.now()
    epoch = User.objects.values_list("auth_epoch", flat=True).get(pk=user.pk)
    display, by = challenge.display, challenge.by
    if not part.settle(event, challenge=challenge.pk, display=display, by=by, at=at, auth_epoch=epoch):
        return False
    _record(f"action.{event}", action, user=user, ok=event == "approve", reason=challenge.reason, by=challenge.by)
    if event == "decline":
        return action.end("decline", reason=challenge.reason)
    return approvals.people(action) < action.people or action.end("approve")


def _after(action_id: str) -> None:
    """What follows an answer, outside of its transaction: whoever is still to answer reads who has."""
    action = Action.objects.select_related("application", "account").get(pk=action_id)
    take_back(action)
    if action.standing == "pending":
        ask_all(action)
    elif action.state == "approved":
        receipts.of(action)
    tell(action)


def take_back(action: Action) -> None:
    """End what is still asked: the action is over, or its words have changed."""
    asker = str(action.application_id)
    asked.take_back(Challenge.objects.filter(about=action.pk, asker=asker), reason="action")


def tell(action: Action) -> None:
    """Everybody's open page of it looks again."""
    for user_id in action.parts.values_list("user", flat=True):
        live.tell_person(user_id)


def cancel(action: Action, *, request: HttpRequest | None = None) -> bool:
    """The application no longer wants it. False: it was over before."""
    won = action.end("cancel", reason="application")
    if won:
        _record("action.cancel", action, request=request)
        take_back(action)
        tell(action)
    return won


def decline(request: HttpRequest, action: Action, user: User) -> bool:
    """Declined on the page of it: to refuse needs no phone. False: it was over before."""
    with transaction.atomic():
        action = Action.objects.locked(action.pk)
        part = action.parts.filter(user=user).first()
        now = timezone.now()
        won = part is not None and holds(action, user) and part.decline(at=now) and action.end("decline", reason="page")
        if not won:
            transaction.set_rollback(True)
        else:
            _record("action.decline", action, user=user, request=request, ok=False, reason="page")
    if won:
        take_back(action)
        tell(action)
    return won


def answer_by_hand(request: HttpRequest, action: Action, user: User, typed: str) -> Verdict:
    """The eight digits of a phone that is offline, typed on the page of this action. Raises limits.RateLimited."""
    question = question_of(action, user)
    if question is None or action.standing != "pending":
        return Verdict(code="expired")
    return signin.answer_action_by_hand(request, question, typed)
