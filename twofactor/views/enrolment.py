"""The desk's pages about a person's key: activate it, see it, test it, rename it, disown it, give it up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import browser
from accounts.doors import door, person, sign_in_again
from accounts.limits import RateLimited
from accounts.marks import is_weaker
from accounts.models import OpenSession, User
from accounts.prepared import Prepared
from twofactor import enrolled, enrolment, live, moving
from twofactor.forms import ConfirmCode, Label
from twofactor.models import Activation, Challenge, Factors, KeyStanding, Phone, PortalKey, Subscription
from twofactor.protocol import activation
from twofactor.strength import held_until, is_proved
from twofactor.views.held import unless_held
from twofactor.views.pictures import qr_picture
from twofactor.views.proposals import leaving

# How long the page says "Activated on Pixel 9" with "This was not me" beside it.
NEWS = timedelta(hours=1)


@dataclass(frozen=True)
class Invitation:
    """An activation as the page shows it. The code and the QR are there only while it can still be claimed."""

    state: str
    reason: str
    qr: SafeString = field(repr=False)
    code: str = field(repr=False)
    link: str = field(repr=False)
    expires: datetime | None
    version: int
    ticket: str = field(repr=False)
    device: str
    claimed_where: str
    claimed_at: datetime | None
    key: PortalKey | None


def invitation(request: HttpRequest) -> Invitation | None:
    """The activation that this session shows, with the one word of how it stands and all that the page needs."""
    row = shown(request)
    if row is None:
        return None
    standing = KeyStanding.of(person(request).pk, row)
    state = standing.state
    if state == "used" and not _is_told(row):
        return None
    if state == "used" and row.reason:
        # The key that it made was disowned: for the person this code ended without one.
        state = "burned"
    code = row.code if state == "fresh" else ""
    link = activation.address(settings.PORTAL_BASE_URL, code) if code else ""
    return Invitation(
        state=state,
        reason=row.reason,
        qr=qr_picture(link, _("Activation QR code")) if link else SafeString(""),
        code=activation.spaced(code) if code else "",
        link=link,
        expires=standing.ends,
        version=standing.version,
        ticket=person_ticket(request, row),
        device=row.key.label if row.key else "",
        claimed_where=browser.place(row.claimed_browser, row.claimed_address) if row.claimed_at else "",
        claimed_at=row.claimed_at,
        key=row.key,
    )


def _is_told(row: Activation) -> bool:
    """Whether the page still says how a used code ended: a key that is new and active, or one that was disowned."""
    return row.key is not None and _is_news(row.key) and (row.key.state == "active" or bool(row.reason))


def _is_news(key: PortalKey) -> bool:
    return bool(key.activated_at and key.activated_at > timezone.now() - NEWS)


_SHOWN = Prepared(
    lambda user, session_key: (
        Activation.objects.select_related("key").filter(user=user, session_key=session_key).order_by("-created")
    )
)


def shown(request: HttpRequest) -> Activation | None:
    """The activation that this session shows or has shown last."""
    return _SHOWN.first(user=person(request).pk, session_key=request.session.session_key or "-")


def person_ticket(request: HttpRequest, row: Activation | None = None) -> str:
    """The pass for the socket of the pages about a person's own factors, as long as this session is open."""
    here = OpenSession.objects.filter(session_key=request.session.session_key).values_list("pk", flat=True).first()
    return live.ticket(live.PERSON, f"{person(request).pk}:{row.pk if row else ''}:{here or 0}")


@require_safe
@door("enrolment")
def key(request: HttpRequest) -> HttpResponse:
    return render(request, "security/key.html", _key_page(request))


def _key_page(request: HttpRequest) -> dict[str, Any]:
    user, row = person(request), shown(request)
    standing = KeyStanding.of(user.pk, row)
    test = standing.test
    recent = test if test and test.created > timezone.now() - NEWS else None
    held = PortalKey.objects.binding(user)
    return {
        "key": held,
        "pushes": Subscription.state_of(held),
        "texts": _texts(user),
        "others": _others(user),
        "invitation": invitation(request),
        "confirm_form": ConfirmCode(),
        "held": held_until(user),
        "leaving": leaving(request),
        "test": recent
        and {"state": recent.standing, "at": recent.decided_at or recent.created, "version": recent.version},
        "version": standing.version,
        "ticket": person_ticket(request, row),
        "state": standing.state,
    }


def _texts(user: User) -> str:
    phone = Phone.objects.verified(user)
    return phone.texts if phone else ""


def _others(user: User) -> bool:
    """Whether a passkey or an app is left where the key goes."""
    factors = Factors.of(user)
    return bool(factors.passkeys) or factors.totp is not None


def _told(test: Challenge) -> dict[str, Any]:
    return {"state": test.standing, "at": test.decided_at or test.created, "version": test.version}


@require_safe
@door("enrolment", background=True)
def key_status(request: HttpRequest) -> JsonResponse:
    row = shown(request)
    standing = KeyStanding.of(person(request).pk, row)
    return JsonResponse({"state": standing.state, "version": standing.version, "ticket": person_ticket(request, row)})


@require_POST
@door("enrolment")
def invite(request: HttpRequest) -> HttpResponse:
    """ "New code": what signing out and in again would do, as long as the sign-in is fresh (P-42).

    Beside a key it is a move: whoever may not show a code yet is led to the page about that.
    """
    user = person(request)
    way = moving.way_of(request, user)
    if way is not None:
        if way.is_open:
            enrolment.invite(request, user, beside=way.key)
        return redirect("key-move")
    if not is_proved(request):
        # Without a key any sign-in shows a new code, also one with a recovery code.
        return sign_in_again(request, reverse("security-key"), by_any=True)
    enrolment.invite(request, user)
    return redirect("home")


@require_POST
@door("enrolment")
def confirm(request: HttpRequest) -> HttpResponse:
    """The six digits of the new phone, typed at the desk."""
    form, row = ConfirmCode(request.POST), shown(request)
    if row and row.state == "used":
        # Pressed twice; the first one has done it.
        return redirect("security-key")
    if row and form.is_valid() and enrolment.confirm(request, row, form.cleaned_data["code"]):
        messages.success(request, _("The phone is active. From now on it approves your sign-ins."))
    else:
        messages.error(
            request,
            _("That is not the number on the phone. Look again and type all six digits."),
            extra_tags="activation-number-refused",
        )
    return redirect("security-key")


@require_POST
@door("enrolment")
def not_me(request: HttpRequest) -> HttpResponse:
    """ "This was not me": whoever used the code loses what it gave them."""
    row = shown(request)
    if row is not None and row.key is not None and not _is_news(row.key) and not is_proved(request):
        # Long after the news this would be "Deactivate" without its fresh sign-in (P-42).
        return sign_in_again(request, reverse("security-key"))
    enrolment.disown_activation(request, person(request), row)
    messages.warning(
        request,
        _("That device is shut out. Show a new code only on a screen that nobody else can see."),
        extra_tags="activation-disowned",
    )
    return redirect("security-key")


@require_POST
def test(request: HttpRequest) -> HttpResponse:
    active = PortalKey.objects.active(person(request))
    try:
        if active is not None:
            enrolled.test(request, active, by_desk=False)
    except RateLimited:
        messages.warning(
            request, _("No test can be sent right now. Try again in half a minute."), extra_tags="test-later"
        )
    return redirect("security-key")


@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    if is_weaker(request):
        return sign_in_again(request, reverse("security-key"))
    form, active = Label(request.POST), PortalKey.objects.active(person(request))
    name = enrolled.rename(active, form.cleaned_data["label"]) if active and form.is_valid() else None
    if name:
        messages.success(request, _("The phone is now called %(name)s.") % {"name": name})
    else:
        messages.error(request, _("Give the phone a name of up to 64 letters."), extra_tags="name-refused")
    return redirect("security-key")


@require_http_methods(["GET", "HEAD", "POST"])
@unless_held
def deactivate(request: HttpRequest) -> HttpResponse:
    """Give the key up: asked on a page of its own, from a fresh sign-in."""
    held = PortalKey.objects.binding(person(request))
    if held is None:
        return redirect("security-key")
    if not is_proved(request):
        return sign_in_again(request, reverse("key-deactivate"))
    if request.method == "POST":
        enrolled.end_key(held, reason="desk", request=request, session_key=request.session.session_key)
        if _others(person(request)):
            messages.success(request, _("The key is switched off. What else you have completes your sign-in."))
        elif Factors.of(person(request)):
            messages.success(
                request, _("The key is switched off. A code by text completes your sign-in until you activate one.")
            )
        else:
            messages.success(
                request, _("The key is switched off. Your password alone signs you in until you activate one.")
            )
        return redirect("security-key")
    page = {"key": held, "texts": _texts(person(request)), "others": _others(person(request))}
    return render(request, "security/deactivate.html", page)
