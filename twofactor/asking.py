"""Putting a question to a key: which mode, in which words, within which budget; and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from accounts import audit, browser, limits
from accounts.models import Login, User
from accounts.policy import Limit
from accounts.prepared import Prepared
from twofactor import budgets, live, policy, pushing
from twofactor.models import Challenge, PortalKey

_DENIED = Prepared(
    lambda user, since: Challenge.objects.filter(key__user=user, asker="", state="denied", decided_at__gt=since)
)
_REFUSED = Prepared(
    lambda user, since: Challenge.objects.filter(
        key__user=user, purpose="sign-in", asker="", state="denied", decided_at__gt=since
    )
)
_UNANSWERED = Prepared(
    lambda user, since: Challenge.objects.filter(
        key__user=user, purpose="sign-in", asker="", created__gt=since
    ).exclude(state="approved")
)


def _ended(now: Any, asker: Any = "", **more: Any) -> QuerySet[Challenge, Any]:
    # One that was not sent and approved by hand counts too: whoever answers is the owner.
    sent_or_answered = Q(notified_at__isnull=False) | Q(state="approved")
    told = Challenge.objects.filter(sent_or_answered, asker=asker, **more)
    ended = told.exclude(state="superseded").exclude(state="pending", expires__gt=now)
    newest = ended.order_by("-created")[: policy.IGNORED_IN_A_ROW]
    return newest.values_list("state", "decided_at", "expires")


def _of_key_and_person(**more: Any) -> tuple[Prepared, Prepared]:
    """For one key, whose questions lie in their order, and for all keys of its person, which has to sort them."""
    of_key = Prepared(lambda key, now: _ended(now, key=key, **more))
    return of_key, Prepared(lambda user, now: _ended(now, key__user=user, **more))


_ENDED = _of_key_and_person(purpose="sign-in")
_ENDED_KNOWN = _of_key_and_person(purpose="sign-in", login__known_browser=True)
_ENDED_ASKER = (
    Prepared(lambda key, now, asker: _ended(now, asker, key=key)),
    Prepared(lambda user, now, asker: _ended(now, asker, key__user=user)),
)
_CAME_FROM = Prepared(
    lambda user: (
        Login.objects.filter(user=user, state="consumed")
        .order_by("-created")
        .values_list("address")[: policy.NETWORKS_KNOWN]
    )
)
_CAME_BY = Prepared(
    lambda user, digest: Login.objects.filter(user=user, browser_digest=digest, state="consumed").exclude(
        browser_digest=""
    )
)


def ask(login: Login, key: PortalKey) -> Challenge:
    """Put a new question to the key, and notify it if the budget allows."""
    denied = _DENIED.any(user=login.user_id, since=timezone.now() - policy.REFUSAL_REMEMBERED)
    with translation.override(login.user.tongue):
        display = describe(login, _warnings(login, denied=denied))
    with transaction.atomic(savepoint=False):
        key.user = login.user
        challenge = Challenge.fresh(key, mode=_mode(login, denied=denied), display=display, login=login)
        audit.record("challenge.ask", user=login.user, login=login, mode=challenge.mode, kid=key.kid)
        notify(challenge)
    return challenge


def ask_action(
    key: PortalKey,
    display: dict[str, Any],
    *,
    about: str = "",
    request: HttpRequest | None = None,
    by_desk: bool = False,
) -> Challenge:
    """Ask the phone to allow something that is no sign-in, or notify it again of the same question.

    Args: `display` as `describe` makes it; `about` names what it is for, at most 24 characters: the caller finds the
    question by it. `request` is that of the person's own browser, which is refused if they say that it was not them;
    `by_desk`: the support desk asks, so there is no page of the person's own with a number on it.
    Who asked looks at `standing`; `live.tell_person` rings. Raises limits.RateLimited when it cannot be sent right now.
    """
    digest, address = "", None
    if request is not None:
        digest, address = browser.seen(request).digest, limits.client_address(request)
    with transaction.atomic():
        # Pressed twelve times at once, the button still asks once.
        User.objects.locked(key.user_id)
        mine = Challenge.objects.filter(key=key, purpose="action", about=about).select_related("key__user")
        question = mine.order_by("-created", "-pk").first()
        if question is None or question.standing != "pending":
            mode = "number" if settings.PORTAL_NUMBER_MATCH == "always" and not by_desk else "tap"
            question = Challenge.fresh(
                key, mode=mode, display=display, purpose="action", about=about, browser_digest=digest, address=address
            )
            audit.record("challenge.ask", user=key.user, request=request, kid=key.kid, purpose="action", mode=mode)
    if not notify(question):
        raise limits.RateLimited(may_notify_at(question) or timezone.now() + policy.RESEND_GAP, "action")
    return question


def ask_for_application(
    asker: str, key: PortalKey, display: dict[str, Any], *, about: str, purpose: str, life: timedelta, number: bool
) -> Challenge:
    """Put the question of an application to the key. In the caller's transaction, with the person locked.

    Args: `asker` is the application's number, `about` its request; `display` names the application; `number`: the
    person sees a page of the portal with the six digits on it, so they can be asked for where the operator wants that.
    It is sent if the budget that this application has with this person allows; what it uses up takes nothing from the
    person's own sign-ins.
    """
    mode = "number" if number and settings.PORTAL_NUMBER_MATCH == "always" else "tap"
    challenge = Challenge.fresh(key, mode=mode, display=display, purpose=purpose, asker=asker, about=about, life=life)
    audit.record(
        "challenge.ask", user=key.user, kid=key.kid, purpose=purpose, mode=mode, application=challenge.application
    )
    notify(challenge)
    return challenge


def _mode(login: Login, *, denied: bool) -> str:
    """Tap or number (decision 1). A new browser, a recent refusal or a recent unanswered challenge asks for more.

    Args: `denied`: some question was refused lately, so it is worth asking whether it was that of a sign-in.
    """
    if settings.PORTAL_NUMBER_MATCH != "risk":
        return "number" if settings.PORTAL_NUMBER_MATCH == "always" else "tap"
    if not login.known_browser:
        return "number"
    now, user = timezone.now(), login.user_id
    refused = denied and _REFUSED.any(user=user, since=now - policy.REFUSAL_REMEMBERED)
    return "number" if refused or _UNANSWERED.any(user=user, since=now - policy.UNANSWERED_REMEMBERED) else "tap"


def _warnings(login: Login, *, denied: bool) -> list[str]:
    warnings = []
    if not login.known_browser:
        again = _CAME_BY.any(user=login.user_id, digest=login.browser_digest)
        # SECURITY: what is signed must be true: a browser is forgotten when a password or factor changes (decision 10).
        warnings.append(gettext("This browser was forgotten") if again else gettext("First time from this browser"))
    if _is_elsewhere(login):
        warnings.append(gettext("First time from this network"))
    if denied:
        warnings.append(gettext("You refused a sign-in within the last 24 hours"))
    return warnings


def _is_elsewhere(login: Login) -> bool:
    """Whether none of the person's last sign-ins that were finished came from this network (R-12).

    A copied browser profile is a known browser wherever it is opened. Before the first sign-in nothing can be told.
    """
    # Most come from the same few addresses.
    came = {address for (address,) in _CAME_FROM.rows(user=login.user_id)}
    return bool(came) and login.address not in came and limits.network(login.address) not in map(limits.network, came)


def describe(login: Login, warnings: list[str]) -> dict[str, Any]:
    """The exact text the person sees on the phone, in the language of the moment; what is signed is its digest."""
    facts = [
        [gettext("Browser"), browser.words(login.browser)],
        [gettext("Address"), browser.spoken(login.address)],
        [gettext("Time"), clock(login.created)],
    ]
    if login.application:
        facts.insert(0, [gettext("Application"), login.application])
    return {
        "lang": translation.get_language() or "en",
        "title": gettext("Sign in to %(portal)s?") % {"portal": login.application or settings.PORTAL_NAME},
        "account": login.user.get_short_name(),
        "facts": facts,
        "warnings": warnings,
    }


def clock(moment: datetime) -> str:
    """A date and time with its zone, in the language of the moment: a signed text leaves nothing to guess."""
    local = timezone.localtime(moment)
    # Translators: a date and time in Django's format letters, as in "21 Nov 2026, 10:32".
    form = gettext("j M Y, H:i")
    return f"{date_format(local, form)} {local.tzname()}"


def notify(challenge: Challenge) -> bool:
    """Send the challenge to the phone, again if need be, within the budget of P-07 and P-08. False: not now."""
    user = challenge.key.user
    if may_notify_at(challenge):
        return False
    drawn = _budgets(challenge)
    try:
        # All or none: what one of them refuses is not sent, so it costs the others nothing.
        with transaction.atomic() if len(drawn) > 1 else nullcontext():
            for budget, who in drawn:
                limits.charge(budget, *who)
    except limits.RateLimited as full:
        audit.record("challenge.send", user=user, login=challenge.login, ok=False, reason=full.limit)
        return False
    challenge.touch(notified_at=timezone.now())
    pushing.wake(challenge)
    live.tell_key(challenge.key.kid)
    live.tell_desk(challenge.login_id)
    audit.record("challenge.send", user=user, login=challenge.login, kid=challenge.key.kid)
    return True


def may_notify_at(challenge: Challenge) -> datetime | None:
    """When the next notification may be sent; None: now. The page shows it, and `notify` obeys it."""
    now = timezone.now()
    times: list[datetime | None] = []
    if challenge.notified_at:
        times.append(challenge.notified_at + policy.RESEND_GAP)
    if challenge.purpose == "sign-in" or challenge.asker:
        times.append(_paused_until(challenge))
    times += [limits.opens_at(budget, *who) for budget, who in _budgets(challenge)]
    return max((moment for moment in times if moment and moment > now), default=None)


def _budgets(challenge: Challenge) -> list[tuple[tuple[Limit, ...], tuple[object, ...]]]:
    """What a notification of this question draws on, and whose that is."""
    user = challenge.key.user
    if challenge.asker:
        return [(policy.ASKED_BY_ONE, (user.pk, challenge.asker)), (policy.ASKED_BY_ALL, (user.pk,))]
    budget = {"test": policy.TESTS, "action": policy.ACTIONS}.get(challenge.purpose, policy.NOTIFICATIONS)
    return [(budget, budgets.whose(user, challenge.login))]


def _paused_until(challenge: Challenge) -> datetime | None:
    """P-08: the last three that were sent and came to an end were all refused or left alone.

    SECURITY: at a browser that is known only those of such browsers count: whoever merely knows the password cannot
    keep the owner's own sign-ins from the owner's phone (R-50). And of an application those alone that it asked.
    """
    now = timezone.now()
    known = challenge.login is not None and challenge.login.known_browser
    of_key, of_person = _ENDED_ASKER if challenge.asker else _ENDED_KNOWN if known else _ENDED
    more = {"asker": challenge.asker} if challenge.asker else {}
    last = of_key.rows(key=challenge.key_id, now=now, **more)
    if len(last) < policy.IGNORED_IN_A_ROW and not _is_approved(last):
        # What was asked of the keys before it is older, for a person has one key at a time.
        last = of_person.rows(user=challenge.key.user_id, now=now, **more)
    if len(last) < policy.IGNORED_IN_A_ROW or _is_approved(last):
        return None
    _state, decided_at, expires = last[0]
    ended_at: datetime = decided_at or expires
    return ended_at + policy.NOTIFICATION_PAUSE


def _is_approved(ended: list[Any]) -> bool:
    """Whether one of them was."""
    return any(state == "approved" for state, _decided_at, _expires in ended)


def tell(challenge: Challenge) -> None:
    live.tell_desk(challenge.login_id)
    tell_owner(challenge)


def tell_owner(challenge: Challenge) -> None:
    """The same, but for the desk."""
    pushing.withdraw(challenge)
    live.tell_key(challenge.key.kid)
    live.tell_person(challenge.key.user_id)


def supersede(key: PortalKey) -> None:
    """End what is open for a key that no longer answers, and tell everybody who waits for it."""
    for challenge in Challenge.objects.filter(key=key, state="pending").select_related("key", "login"):
        if challenge.login is not None:
            challenge.login.move("supersede", reason="key")
        challenge.move("supersede", reason="key", decided_at=timezone.now())
        pushing.withdraw(challenge)
        live.tell_desk(challenge.login_id)
    live.tell_key(key.kid)


def withdraw(login: Login, *, reason: str) -> None:
    """Take back what a sign-in that is over, or was approved another way, still asks on the phone."""
    for challenge in login.challenges.filter(state="pending").select_related("key"):
        challenge.move("supersede", reason=reason, decided_at=timezone.now())
        tell(challenge)
    live.tell_desk(login.pk)


# Who wants to hear that wrong PINs have locked a key. The rooms beside put themselves here; we know none of them.
key_locked: list[Callable[[User], None]] = []


def silence(key: PortalKey) -> bool:
    """The key answers nothing more, and what it was asked is over. Whether it was this that locked it."""
    with transaction.atomic():
        User.objects.locked(key.user_id)
        won = key.move("lock")
        if won:
            key.user.bump_epoch()
            supersede(key)
    return won


def lock(key: PortalKey, *, reason: str) -> None:
    """Ten wrong PINs in a row: the key answers nothing more (P-33), and its owner hears of it everywhere (R-96)."""
    if silence(key):
        audit.record("key.lock", user=key.user, reason=reason, kid=key.kid)
        for tell_owner in key_locked:
            tell_owner(key.user)
