"""Pages about codes of an authenticator app: setting it up, and the one at which a sign-in waits for a code."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import door, person, sign_in_again
from accounts.forms import refuse
from accounts.marks import is_weaker
from accounts.models import Login
from twofactor import strength, totp
from twofactor.forms import AppCode
from twofactor.models import Factors, Totp
from twofactor.models.factors import TOTP
from twofactor.strength import held_until, is_proved
from twofactor.trying import Tried
from twofactor.views.held import unless_held
from twofactor.views.pictures import qr_picture
from twofactor.views.signin import waiting_page
from twofactor.views.tries import given

_PAGE = "security-totp"


@require_safe
@door("enrolment")
def overview(request: HttpRequest) -> HttpResponse:
    """How the app stands; its secret only while it is new and the sign-in fresh (P-42)."""
    return render(request, "security/totp.html", _page(request, AppCode()))


def _page(request: HttpRequest, form: AppCode) -> dict[str, Any]:
    user, proved = person(request), is_proved(request)
    fresh = Totp.objects.fresh(user)
    # SECURITY: whoever has taken a session over that is older does not read it (AT-047).
    shown = fresh if proved else None
    return {
        "app": Totp.objects.active(user),
        "fresh": fresh,
        "spelled": shown.spelled if shown else "",
        "link": shown.address if shown else "",
        "qr": qr_picture(shown.address, _("QR code for your authenticator app")) if shown else "",
        "strong": Factors.of(user).is_strong,
        "proved": proved,
        "weaker": is_weaker(request),
        "held": held_until(user),
        "form": form,
    }


@require_POST
@door("enrolment")
@unless_held
def make(request: HttpRequest) -> HttpResponse:
    """ "Set it up", and "Show a new QR code"."""
    if not is_proved(request):
        return sign_in_again(request, reverse(_PAGE))
    try:
        totp.begin(request, person(request))
    except strength.SignedOut:
        return redirect("sign-in")
    except strength.Held:
        pass  # the page itself says why
    return redirect(_PAGE)


@require_POST
@door("enrolment")
@unless_held
def prove(request: HttpRequest) -> HttpResponse:
    """The first code of the app. Whoever has to find the app first may be slower than a fresh sign-in lasts."""
    if is_weaker(request):
        return sign_in_again(request, reverse(_PAGE))
    form = AppCode(request.POST)
    if form.is_valid():
        try:
            if totp.prove(request, person(request), form.cleaned_data["code"]):
                messages.success(
                    request, _("Your app is set up. From now on its codes sign you in, and other browsers are out.")
                )
                return redirect(_PAGE)
            words = _("This is not what the app shows now. Check the clock of your device, and type the newest code.")
            refuse(form, "code", "app-code-refused", words)
        except strength.SignedOut:
            return redirect("sign-in")
        except (strength.Held, totp.NotBegun):
            messages.warning(request, _("This QR code waited too long. Show a new one."), extra_tags="app-code-late")
            return redirect(_PAGE)
    return render(request, "security/totp.html", _page(request, form), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@door("enrolment")
@unless_held
def end(request: HttpRequest) -> HttpResponse:
    """Give it up: asked on a page of its own, from a fresh sign-in."""
    user = person(request)
    app = Totp.objects.active(user)
    if app is None:
        return redirect(_PAGE)
    if not is_proved(request):
        return sign_in_again(request, request.path)
    if request.method == "POST":
        try:
            totp.end(request, user)
        except strength.SignedOut:
            return redirect("sign-in")
        except strength.Held:
            return redirect(_PAGE)
        messages.success(request, _("Codes of the app sign nobody in any more."))
        return redirect(_PAGE)
    factors = Factors.of(user)
    texts = factors.phone is not None or factors.resting is not None
    last, texts_next = not factors.is_strong and not texts, not factors.is_strong and texts
    return render(request, "security/factor_end.html", {"last": last, "texts_next": texts_next, "back": _PAGE})


# --- Signing in ---


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The page at which a sign-in waits for a code of the app."""
    form = AppCode(request.POST or None)
    too_many = _("Too many wrong codes. Try again at {time}.")
    return given(request, form, totp.type_code, partial(_explain, form), _waiting, "signin/totp.html", too_many)


def _explain(form: AppCode, tried: Tried) -> None:
    """What was wrong with a code, beside its field. That the app is closed stands in the field's place."""
    if tried.code == "malformed":
        refuse(form, "code", "app-code-refused", _("Type all 6 digits."))
    elif tried.code == "wrong":
        words = _("This code does not fit. Each works once: wait for the next one, and check your device's clock.")
        refuse(form, "code", "app-code-refused", words)
    elif tried.code == "over":
        refuse(form, None, "sign-in-ended", _("This sign-in has ended. Start again with your password."))


def _waiting(_request: HttpRequest, login: Login) -> dict[str, Any] | None:
    """What the page shows; None when codes of an app are no way in for this person."""
    page = waiting_page(login, kind=TOTP)
    app = page["factors"].totp
    return {**page, "closed": app.is_closed_to(known=login.known_browser)} if app is not None else None
