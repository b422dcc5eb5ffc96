"""Story: an application asks a person's phone to sign them in (OpenID CIBA Core 1.0, poll and ping)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import audit, limits, text
from accounts.models import User, normal_username
from applications import asked, hints, opening, pinging, policy, scopes, visits
from applications.lifecycle import PHONE_SIGN_IN
from applications.models import Application, PhoneSignIn, Refusal, Visit
from applications.polled import Over, Pending
from twofactor import asking
from twofactor.models import Challenge
from twofactor.models.challenge import Unwanted

GRANT = Application.GRANT_BACKCHANNEL


class Refused(Exception):
    """The application is told why, by the text's own word (section 13)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Begun:
    """What the application is told, once: its name for the request is kept nowhere."""

    row: PhoneSignIn
    auth_req_id: str


def begin(request: HttpRequest, application: Application, given: Mapping[str, str]) -> Begun:
    """The application asks. Raises Refused, limits.RateLimited.

    SECURITY: a person whom nobody knows, one without a key and one whom too many have asked already all look like one
    who does not answer. Only an ID token that we have given to this very application may name somebody who is gone.
    """
    scope, message, life = _scope(given), _message(given), _life(given)
    token = _token(application, given)
    hint = _hint(given)
    limits.charge(policy.BACKCHANNEL_APPLICATION, application.pk)
    user = _person(application, given)
    limits.charge(policy.BACKCHANNEL_HINT, application.pk, hints.print_of(normal_username(hint)))
    if user is not None and Refusal.objects.stands(application, user):
        raise Refused("access_denied", "This person does not want to be asked by this application.")
    with transaction.atomic():
        locked = User.objects.locked(user.pk) if user is not None else None
        row, auth_req_id = PhoneSignIn.begin(application, locked, scope=scope, life=life, token=token)
        key = asked.key_of(application, locked)
        audit.record(
            "backchannel.begin", user=locked, request=request, reason="" if key else "nobody",
            application=application.name,
        )  # fmt: skip
        if locked is not None and key is not None:
            key.user = locked
            with translation.override(locked.own_tongue):
                display = describe(application, locked, message, scope)
            asking.ask_for_application(
                str(application.pk), key, display, about=row.pk, purpose="sign-in",
                life=life - policy.BACKCHANNEL_FETCHED_WITHIN, number=False,
            )  # fmt: skip
    return Begun(row, auth_req_id)


def _scope(given: Mapping[str, str]) -> str:
    wanted = given.get("scope", "").split()
    if "openid" not in wanted:
        raise Refused("invalid_scope", "The scope must hold openid.")
    if not scopes.WORDS.keys() >= set(wanted):
        raise Refused("invalid_scope", "There is no such scope.")
    return " ".join(dict.fromkeys(wanted))


def _message(given: Mapping[str, str]) -> str:
    """The binding message. SECURITY: what the phone shows must be what the other screen shows, sign by sign."""
    message = given.get("binding_message", "")
    if text.line(message, policy.BINDING_MESSAGE_LONGEST) != message:
        most = policy.BINDING_MESSAGE_LONGEST
        raise Refused("invalid_binding_message", f"One line of at most {most} characters that can be seen.")
    if not message and settings.PORTAL_NUMBER_MATCH == "always":
        raise Refused("invalid_binding_message", "This portal asks for a message that the person can compare.")
    return message


def _life(given: Mapping[str, str]) -> timedelta:
    wanted = given.get("requested_expiry", "")
    if not wanted:
        return policy.BACKCHANNEL_LIFE
    if not (wanted.isascii() and wanted.isdecimal() and int(wanted[:9]) > 0):
        raise Refused("invalid_request", "requested_expiry must be a whole number of seconds.")
    seconds = timedelta(seconds=int(wanted[:9]))
    return min(max(seconds, policy.BACKCHANNEL_LIFE_SHORTEST), policy.BACKCHANNEL_LIFE)


def _token(application: Application, given: Mapping[str, str]) -> str:
    token = given.get("client_notification_token", "")
    if application.delivery != Application.Delivery.PING:
        return ""
    good = token.isascii() and token.isprintable() and " " not in token
    if not token or len(token) > policy.NOTIFICATION_TOKEN_LONGEST or not good:
        raise Refused("invalid_request", "client_notification_token is required with ping.")
    return token


def _hint(given: Mapping[str, str]) -> str:
    """The one hint that says whom to ask (section 7.1)."""
    if given.get("user_code"):
        raise Refused("invalid_request", "user_code is not supported.")
    if given.get("request"):
        raise Refused("invalid_request", "Signed authentication requests are not supported.")
    if given.get("login_hint_token"):
        raise Refused("invalid_request", "login_hint_token is not supported: use login_hint or id_token_hint.")
    found = [given[name] for name in ("login_hint", "id_token_hint") if given.get(name)]
    if len(found) != 1 or len(found[0]) > policy.HINT_LONGEST:
        raise Refused("invalid_request", "Exactly one of login_hint and id_token_hint is required.")
    return found[0]


def _person(application: Application, given: Mapping[str, str]) -> User | None:
    if given.get("login_hint"):
        return User.objects.filter(username=normal_username(given["login_hint"])).first()
    try:
        subject = hints.subject_of(given["id_token_hint"], application)
    except hints.NotOurs:
        raise Refused("invalid_request", "id_token_hint is no ID token of ours for this application.") from None
    found = User.objects.filter(pk=subject).first()
    if found is None:
        raise Refused("unknown_user_id", "The person of this ID token is no longer here.")
    return found


def describe(application: Application, user: User, message: str, scope: str) -> dict[str, object]:
    """What the phone shows and signs: which application, and what the other screen shows, if it shows anything.

    Somebody else's application is also told what it learns: to approve is to consent.
    """
    names = {"application": application.name}
    facts = [[gettext("Message"), message]] if message else []
    facts += [[gettext("It learns"), scopes.said(scope)]] if not application.skip_authorization else []
    if message:
        warning = gettext("Approve only if %(application)s shows you the same message now.") % names
    else:
        warning = gettext("Approve only if you began this yourself, just now.")
    return {
        "lang": translation.get_language() or "en",
        "title": gettext("Sign in to %(application)s?") % names,
        "account": user.get_short_name(),
        "application": application.name,
        "facts": [*facts, [gettext("Time"), asking.clock(timezone.now())]],
        "warnings": [warning],
    }


def settled(challenge: Challenge) -> None:
    """A phone has answered: this is its transaction. Raises Unwanted."""
    if challenge.purpose != "sign-in":
        return
    row = PhoneSignIn.objects.select_related("application").filter(pk=challenge.about).first()
    approved = challenge.state == "approved"
    if approved and row is not None and not row.application.allows_grant_type(GRANT):
        # SECURITY: nothing is approved in the name of an application that is switched off.
        raise Unwanted
    if row is not None and row.decide("approve" if approved else "deny", reason=challenge.reason):
        transaction.on_commit(pinging.wake)
    elif approved:
        # SECURITY: nobody may believe that they have approved what was over.
        raise Unwanted


def end(rows: QuerySet[PhoneSignIn], *, reason: str) -> int:
    """End what is still asked, and what was approved and not yet fetched. Returns how many of them there were."""
    found = list(rows.filter(state__in=PHONE_SIGN_IN.sources("deny"), expires__gt=timezone.now()))
    for row in found:
        # The question first: whoever answers it has it locked, and comes to the request afterwards.
        asker = str(row.application_id)
        asked.take_back(Challenge.objects.filter(about=row.pk, asker=asker), reason=reason)
        row.decide("deny", reason=reason)
    return len(found)


def redeem(application: Application, auth_req_id: str) -> Visit:
    """The application asks for its tokens: what they will hang on, once. Raises Pending, Over."""
    rows = PhoneSignIn.objects.select_related("application", "user")
    row = rows.filter(digest=PhoneSignIn.digest_of(auth_req_id)).first()
    # SECURITY: another application's request is as unknown as one that never was (section 11, invalid_grant).
    if row is None or row.application_id != application.pk or row.state == "used":
        raise Over("unknown")
    if row.standing == "pending":
        raise Pending(too_soon=not row.may_ask())
    if row.standing != "approved" or row.user is None:
        raise Over(row.standing)
    with transaction.atomic():
        # SECURITY: a lock, a new password or a factor that went since the approval ends it.
        user = User.objects.locked(row.user.pk)
        holds = user.is_active and user.auth_epoch == row.auth_epoch
        won = row.use() if holds else row.move("deny", reason="changed")
        if not holds:
            audit.record(
                "backchannel.sign-in", user=user, ok=False, reason="changed", application=application.name
            )  # fmt: skip
    if not holds:
        raise Over("denied")
    if not won:
        raise Over("unknown")
    acr, amr = opening.of_phone()
    visit = visits.begin(application, user, scope=row.scope, acr=acr, amr=amr, auth_time=row.decided_at or row.created)
    visits.entered(visit)
    return visit
