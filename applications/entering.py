"""A person comes from an application and goes back to it with a code: what stands between the two."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts import audit, browser
from accounts.doors import person
from accounts.models import User
from accounts.prepared import update
from applications import opening, policy, visits, wishes
from applications.models import Arrival, Consent
from applications.opening import Opening
from applications.wishes import Wish

SIGN_IN, CONSENT, GO = "sign-in", "consent", "go"


def arrive(request: HttpRequest, wish: Wish) -> Arrival:
    """Keep what the application asks for while its person signs in and decides."""
    digest = browser.seen(request).digest
    return Arrival.objects.create(application=wish.application, query=wish.query, browser_digest=digest)


def found(request: HttpRequest, pk: str) -> Arrival | None:
    """The arrival of this browser that still waits for its answer."""
    since = timezone.now() - policy.ARRIVAL_LIFE
    open_ones = Arrival.objects.filter(pk=pk, answered_at=None, created__gt=since)
    return open_ones.filter(browser_digest=browser.seen(request).digest).first()


def answered(arrival: Arrival) -> bool:
    """An arrival is answered once, whoever presses twice."""
    return bool(update(Arrival, Q(pk=arrival.pk, answered_at=None), answered_at=timezone.now()))


@cache
def _start() -> str:
    return reverse("oauth-authorize")


def application_of(page: str) -> str:
    """The name of the application that a sign-in with this next page is for; nothing for one to the portal itself."""
    start = _start()
    if not page.startswith(start):
        return ""
    if page.startswith(f"{start}?"):
        return _asking_by(page.removeprefix(f"{start}?"))
    rows = Arrival.objects.filter(pk=page.removeprefix(start).strip("/"))
    return rows.values_list("application__name", flat=True).first() or ""


def _asking_by(query: str) -> str:
    """The same where whoever sent the person here left out our first step, and led them to the sign-in itself."""
    try:
        return wishes.read(query).application.name
    except (wishes.Wrong, wishes.Refused):
        return ""


def next_step(request: HttpRequest, wish: Wish, since: datetime | None) -> str:
    """What is still to be done. `since`: when the person was sent here; a sign-in of after that is the one asked for.

    Raises Refused, where it can never be done, or not without asking.
    """
    user, here = person(request), opening.here(request)
    fresh = here is not None and since is not None and here.at >= since
    if here is None or (not fresh and _wants_sign_in(wish, user, here)):
        if wish.is_silent:
            raise wish.refused("login_required")
        return SIGN_IN
    if wish.subject and wish.subject != str(user.pk):
        # Who has just signed in is another person than the one whom the application knows.
        raise wish.refused("login_required", "Somebody else is signed in.")
    if wish.essential and not here.answers(wish.acr):
        raise wish.refused("unmet_authentication_requirements", "This person has nothing that strong.")
    if _wants_consent(wish, user):
        if wish.is_silent:
            raise wish.refused("consent_required")
        return CONSENT
    return GO


def _wants_sign_in(wish: Wish, user: User, here: Opening) -> bool:
    if not wish.prompt.isdisjoint(("login", "select_account")):
        return True
    if wish.max_age is not None and timezone.now() - here.at > wish.max_age:
        return True
    if wish.subject and wish.subject != str(user.pk):
        return True
    # Asked for only what the person can do: nobody signs in again for nothing.
    reachable = any(opening.can_reach(user, level) for level in wish.acr)
    return bool(wish.acr) and not here.answers(wish.acr) and reachable


def _wants_consent(wish: Wish, user: User) -> bool:
    if wish.is_of_anybody_here:
        return True
    if wish.application.skip_authorization:
        return False
    if "consent" in wish.prompt:
        return True
    given = Consent.objects.filter(user=user, application=wish.application).values_list("scopes", flat=True).first()
    return not set(wish.scopes) <= set(given or ())


def allow(request: HttpRequest, wish: Wish) -> None:
    """The person lets this application know what it asks for, from now on until they take it back."""
    user = person(request)
    with transaction.atomic():
        User.objects.locked(user.pk)
        row, _made = Consent.objects.get_or_create(user=user, application=wish.application)
        row.scopes, row.given_at = sorted({*row.scopes, *wish.scopes}), timezone.now()
        row.save()
    audit.record("application.consent", user=user, request=request, application=wish.application.name)


def refuse(request: HttpRequest, wish: Wish) -> str:
    """The person says no. Returns where the application hears it."""
    audit.record(
        "application.consent",
        user=person(request),
        request=request,
        ok=False,
        reason="refused",
        application=wish.application.name,
    )
    return wish.refused("access_denied").url


def give_code(request: HttpRequest, wish: Wish) -> str:
    """A code for what the session of now was opened with. Returns where the browser takes it. Raises Refused."""
    user, here = person(request), opening.here(request)
    if here is None:
        raise wish.refused("login_required")
    with transaction.atomic():
        visit = visits.begin(
            wish.application,
            user,
            scope=" ".join(wish.scopes),
            acr=here.answers(wish.acr) or here.acr,
            amr=list(here.amr),
            auth_time=here.at,
            session=here.session,
        )
        credentials = wish.credentials | {"user": user, "visit": visit}
        try:
            headers, _body, _status = wishes.server().create_authorization_response(
                f"/?{wishes.plain(wish.query)}", "GET", "", {}, wish.scopes, credentials
            )
        except OAuth2Error as error:
            raise wish.refused(error.error or "", error.description or "") from error
    return wishes.answer(headers["Location"])
