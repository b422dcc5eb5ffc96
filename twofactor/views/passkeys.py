"""Pages about passkeys: those of a person, and the one at which a sign-in waits for one."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import browser, pending
from accounts.doors import door, person, sign_in_again
from accounts.forms import refuse
from accounts.marks import is_weaker
from accounts.models import Login
from twofactor import enrolled, passkeys, policy, strength
from twofactor.forms import Label, NewPasskey, PasskeyAnswer
from twofactor.models import Factors, Passkey
from twofactor.models.factors import PASSKEY
from twofactor.models.passkey import can_be_used_here
from twofactor.strength import held_until, is_proved
from twofactor.trying import Tried
from twofactor.views.held import unless_held
from twofactor.views.signin import waiting_page
from twofactor.views.tries import given

_PAGE = "security-passkeys"


@require_safe
@door("enrolment")
def overview(request: HttpRequest) -> HttpResponse:
    """The passkeys there are, and a way to add one."""
    here = browser.words(browser.seen(request).label)
    return render(request, "security/passkeys.html", _page(request, NewPasskey(initial={"label": here})))


def _page(request: HttpRequest, form: NewPasskey) -> dict[str, Any]:
    user, proved = person(request), is_proved(request)
    # SECURITY: nothing to make a passkey over before the sign-in is fresh (P-42).
    options = passkeys.options_to_add(request, user) if proved else None
    return {
        "passkeys": Passkey.objects.binding(user),
        "most": policy.PASSKEYS_A_PERSON,
        "room": Passkey.room(user),
        "options": json.dumps(options) if options else "",
        "possible": can_be_used_here(),
        "proved": proved,
        "weaker": is_weaker(request),
        "held": held_until(user),
        "form": form,
    }


@require_POST
@door("enrolment")
@unless_held
def add(request: HttpRequest) -> HttpResponse:
    """ "Add a passkey": what the browser has made."""
    if not is_proved(request):
        return sign_in_again(request, reverse(_PAGE))
    form = NewPasskey(request.POST)
    if form.is_valid():
        label = enrolled.clean_label(form.cleaned_data["label"]) or _("Passkey")
        try:
            made = passkeys.add(request, person(request), form.cleaned_data["answer"], label)
        except strength.SignedOut:
            return redirect("sign-in")
        except strength.Held:
            return redirect(_PAGE)  # the page itself says why
        except passkeys.NotKept as refusal:
            refuse(form, None, "passkey-not-kept", _why_not(refusal.reason))
        else:
            words = _("The passkey “%(name)s” is added. Every other browser has been signed out.")
            messages.success(request, words % {"name": made.name})
            return redirect(_PAGE)
    return render(request, "security/passkeys.html", _page(request, form), status=422)


def _why_not(reason: str) -> str:
    if reason == "known":
        return _("This passkey is here already.")
    if reason == "many":
        return _("There are as many passkeys as there can be. Remove one first.")
    return _("The browser's answer did not fit this page. Reload it, and try again.")


@require_POST
@door("enrolment")
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    if is_weaker(request):
        return sign_in_again(request, reverse(_PAGE))
    form = Label(request.POST)
    label = enrolled.clean_label(form.cleaned_data["label"]) if form.is_valid() else ""
    if label:
        passkeys.rename(_own(request, pk), label)
        messages.success(request, _("The passkey is now called %(name)s.") % {"name": label})
    else:
        messages.error(request, _("Give the passkey a name of up to 64 letters."), extra_tags="name-refused")
    return redirect(_PAGE)


def _own(request: HttpRequest, pk: int) -> Passkey:
    """SECURITY: one of this person's that still stands; every other is not there."""
    found = Passkey.objects.binding(person(request)).filter(pk=pk).select_related("user").first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@door("enrolment")
@unless_held
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one: asked on a page of its own, from a fresh sign-in."""
    passkey = _own(request, pk)
    if not is_proved(request):
        return sign_in_again(request, request.path)
    if request.method == "POST":
        try:
            passkeys.end(request, person(request), passkey)
        except strength.SignedOut:
            return redirect("sign-in")
        except strength.Held:
            return redirect(_PAGE)
        messages.success(request, _("The passkey “%(name)s” is removed.") % {"name": passkey.name})
        return redirect(_PAGE)
    return render(request, "security/factor_end.html", _ending(request, passkey))


def _ending(request: HttpRequest, passkey: Passkey) -> dict[str, Any]:
    factors = Factors.of(person(request))
    others = factors.key is not None or factors.totp is not None or len(factors.passkeys) > 1
    texts = factors.phone is not None or factors.resting is not None
    return {"passkey": passkey, "last": not others and not texts, "texts_next": not others and texts, "back": _PAGE}


# --- Signing in ---


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The page at which a sign-in waits for a passkey."""
    form = PasskeyAnswer(request.POST or None)
    too_many = _("Too many wrong answers. Try again at {time}.")
    explain = partial(_explain, form)
    return given(request, form, passkeys.sign_in, explain, _waiting, "signin/passkey.html", too_many)


def _explain(form: PasskeyAnswer, tried: Tried) -> None:
    if tried.code == "copied":
        words = _("This passkey was used somewhere else in between, so it may have been copied. It is locked now.")
    elif tried.code == "over":
        words = _("This sign-in has ended. Start again with your password.")
    else:
        words = _("This passkey does not fit. Use one that you have added to this account.")
    refuse(form, None, "sign-in-ended" if tried.code == "over" else "passkey-refused", words)


def _waiting(_request: HttpRequest, login: Login) -> dict[str, Any] | None:
    """What the page shows; None when passkeys are no way in for this person."""
    page = waiting_page(login, kind=PASSKEY)
    if not page["factors"].passkeys:
        return None
    usable = PASSKEY in page["factors"].kinds
    options = passkeys.options(login) if pending.is_open(login) else None
    return {**page, "options": json.dumps(options) if options else "", "usable": usable, "possible": can_be_used_here()}
