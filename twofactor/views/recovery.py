"""The desk's pages for people whose phone is gone, from the waiting sign-in on. Nothing is sent or used by a GET."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import pending
from accounts.forms import refuse
from accounts.limits import RateLimited
from accounts.models import Login
from twofactor import pairs, recovery
from twofactor.carrying import NotCarried, can_carry
from twofactor.forms import RecoveryCodeField, TemporaryPasscode
from twofactor.models import Code, Passcode
from twofactor.models.factors import KEY
from twofactor.protocol import activation
from twofactor.trying import Tried
from twofactor.views.codes import say_not_now
from twofactor.views.signin import current, waiting_page
from twofactor.views.tries import given


def _waiting(request: HttpRequest) -> tuple[Login | None, dict[str, Any], HttpResponse]:
    """The sign-in that waits here and what its page shows, or None and where to go instead."""
    login, elsewhere = current(request)
    if login is None:
        return None, {}, elsewhere or redirect("sign-in")
    page = _page(request, login)
    return (login, page, redirect("verify")) if page is not None else (None, {}, redirect("verify"))


def _page(_request: HttpRequest, login: Login) -> dict[str, Any] | None:
    page = waiting_page(login)
    # A challenge that ran out does not end a sign-in: the phone is not there to answer it.
    return page if pending.is_open(login) and page["factors"] else None


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
        messages.error(request, _("This way to sign in is not switched on for you."), extra_tags="way-not-on")
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
    return _typed(request, form, recovery.type_code, "recovery/code.html", "recovery-code-refused", wrong)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def passcode(request: HttpRequest) -> HttpResponse:
    """The field for the passcode of the support desk."""
    form = TemporaryPasscode(request.POST or None)
    wrong = _("This passcode does not fit, or it is over. Compare it character by character, or ask the support desk.")
    return _typed(request, form, recovery.type_passcode, "recovery/passcode.html", "passcode-refused", wrong)


def _typed(
    request: HttpRequest,
    form: RecoveryCodeField | TemporaryPasscode,
    judge: Callable[[HttpRequest, Login, str], Tried],
    template: str,
    code: str,
    wrong: str,
) -> HttpResponse:
    def explain(tried: Tried) -> None:
        # SECURITY: one refusal for unknown, used and another person's.
        malformed = _("It has 16 letters and digits, in four groups of four.")
        refuse(form, "code", code, malformed if tried.code == "malformed" else wrong)

    too_many = _("Too many wrong codes. Try again at {time}.")
    return given(request, form, judge, explain, _page, template, too_many)


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
        # Named although it is never full here, see `tries.given`.
        "full": "",
        "form": TemporaryPasscode(),
    }
    return render(request, "recovery/desk.html", page)
