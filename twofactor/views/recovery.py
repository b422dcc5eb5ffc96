"""The desk's pages for people whose phone is gone, from the waiting sign-in on. Nothing is sent or used by a GET."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import pending
from accounts.limits import RateLimited
from accounts.models import Login
from twofactor import pairs, recovery
from twofactor.carrying import NotCarried, can_carry
from twofactor.forms import RecoveryCodeField, TemporaryPasscode
from twofactor.models import Code, Passcode
from twofactor.models.factors import KEY
from twofactor.protocol import activation
from twofactor.views.codes import say_not_now
from twofactor.views.signin import current, finish_here, time_words, waiting_page


def _waiting(request: HttpRequest) -> tuple[Login | None, dict[str, Any], HttpResponse]:
    """The sign-in that waits here and what its page shows, or None and where to go instead."""
    login, elsewhere = current(request)
    if login is None:
        return None, {}, elsewhere or redirect("sign-in")
    page = waiting_page(login)
    # A challenge that ran out does not end a sign-in: the phone is not there to answer it.
    if not pending.is_open(login) or not page["factors"]:
        return None, {}, redirect("verify")
    return login, page, redirect("verify")


@login_not_required
@require_safe
def lost(request: HttpRequest) -> HttpResponse:
    """ "I can't use my phone": the ways that this person has."""
    login, page, elsewhere = _waiting(request)
    if login is None:
        return elsewhere
    factors = page["factors"]
    number = factors.phone or factors.resting
    page |= {
        "sheet": factors.sheet,
        "passcode": factors.passcode,
        "masked": number.masked if number and can_carry("text") else "",
        "rests": factors.phone is None,
        "code_out": Code.objects.filter(login=login).exists(),
        "can_answer": KEY in factors.kinds,
    }
    return render(request, "recovery/lost.html", page)


@login_not_required
@require_POST
def text(request: HttpRequest) -> HttpResponse:
    """A code to the number at which texts rest."""
    login, _page, elsewhere = _waiting(request)
    if login is None:
        return elsewhere
    try:
        recovery.text(request, login)
    except recovery.NotOffered:
        messages.error(request, _("This way to sign in is not switched on for you."))
        return redirect("verify-lost")
    except (RateLimited, NotCarried) as refusal:
        say_not_now(request, refusal, "text")
        return redirect("verify-code" if Code.objects.filter(login=login).exists() else "verify-lost")
    return redirect("verify-code")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_code(request: HttpRequest) -> HttpResponse:
    """The field for a recovery code."""
    form = RecoveryCodeField(request.POST or None)
    wrong = _("This code does not fit, or it has been used. Try another one of your newest sheet.")
    return _typed(request, form, recovery.type_code, "recovery/code.html", wrong)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def passcode(request: HttpRequest) -> HttpResponse:
    """The field for the passcode of the support desk."""
    form = TemporaryPasscode(request.POST or None)
    wrong = _("This passcode does not fit, or it is over. Compare it character by character, or ask the support desk.")
    return _typed(request, form, recovery.type_passcode, "recovery/passcode.html", wrong)


def _typed(
    request: HttpRequest,
    form: RecoveryCodeField | TemporaryPasscode,
    judge: Callable[[HttpRequest, Login, str], recovery.Typed],
    template: str,
    wrong: str,
) -> HttpResponse:
    login, _elsewhere = current(request)
    status = 200
    if login is not None and request.method == "POST" and form.is_valid():
        try:
            typed = judge(request, login, form.cleaned_data["code"])
        except RateLimited as full:
            words = _("Too many wrong codes. Try again at {time}.")
            form.add_error(None, format_html(words, time=time_words(full.retry_at)))
            status = 429
        else:
            login.refresh_from_db()
            if typed.ok or login.state == "consumed":
                return finish_here(request, login)
            # SECURITY: one refusal for unknown, used and another person's.
            malformed = _("It has 16 letters and digits, in four groups of four.")
            form.add_error("code", malformed if typed.code == "malformed" else wrong)
    waiting, page, elsewhere = _waiting(request)
    if waiting is None:
        return elsewhere
    return render(request, template, {**page, "form": form}, status=status)


@login_not_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """ "Ask the support desk": two words that the desk sees too, and then the passcode that it has issued.

    SECURITY: the passcode stands on the page of this very sign-in and on no other, until it has been typed once.
    """
    login, page, elsewhere = _waiting(request)
    if login is None:
        return elsewhere
    issued = Passcode.objects.shown_at(login)
    page |= {
        "words": pairs.pair(login.pk),
        "issued": activation.spaced(issued.shown) if issued else "",
        "full_until": issued.full_until if issued else None,
        "expires": issued.expires if issued else None,
        "waits_until": login.expires,
        "form": TemporaryPasscode(),
    }
    return render(request, "recovery/desk.html", page)
