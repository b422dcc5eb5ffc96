"""The desk's pages about a person's telephone number: add, confirm, change, switch texts, remove; and the stop link."""

from __future__ import annotations

from typing import Any

import phonenumbers
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import door, person, sign_in_again
from accounts.forms import refuse
from accounts.limits import RateLimited
from accounts.marks import is_weaker
from accounts.models import User
from twofactor import forgotten, notices, numbers, phones, policy, undoing
from twofactor.carrying import Errand, NotCarried, can_carry, send
from twofactor.forms import ConfirmationNumber, MobileNumber, country_name
from twofactor.models import Delivery, Factors, KeyStanding, Phone, PortalKey
from twofactor.models.phone import ON
from twofactor.strength import held_until, is_proved
from twofactor.views.codes import errand_page, explain, say_not_now, sent
from twofactor.views.enrolment import NEWS, person_ticket, shown
from twofactor.views.held import refused, unless_held
from twofactor.views.proposals import leaving
from twofactor.views.signin import time_words


@require_http_methods(["GET", "HEAD", "POST"])
@door("number")
def phone(request: HttpRequest) -> HttpResponse:
    """The number of this person, in whatever state it is; POST: one to confirm."""
    user = person(request)
    if request.method != "POST":
        return render(request, "security/phone.html", _page(request, MobileNumber(), entering="change" in request.GET))
    refusal = refused(request)
    if refusal is not None:
        return refusal
    if not is_proved(request):
        return sign_in_again(request, reverse("security-phone"))
    form, status = MobileNumber(request.POST), 200
    if form.is_valid():
        try:
            phones.add(request, user, form.cleaned_data["number"], form.cleaned_data["country"])
        except numbers.BadNumber as bad:
            refuse(form, "number", "number-refused", _reason(bad))
        except phones.SameNumber:
            refuse(form, "number", "number-same", _("This is your number already."))
        except phones.SignedOut:
            return redirect("sign-in")
        except NotCarried:
            refuse(
                form, None, "text-not-sent", _("No text can be sent right now. Your number was not changed; try later.")
            )
            status = 503
        except RateLimited as full:
            words = _("Too many texts were asked for. The next one can be sent at {time}.")
            refuse(form, None, "text-later", format_html(words, time=time_words(full.retry_at)))
            status = 429
        else:
            return redirect("security-phone")
    return render(request, "security/phone.html", _page(request, form, entering=True), status=status)


def _reason(bad: numbers.BadNumber) -> str:
    """Why a number is refused, and what to do instead."""
    reasons = {
        "empty": _("Enter your mobile number."),
        "unreadable": _("This is no phone number. Use digits, as in the example."),
        "extension": _("Leave out extensions, commas and other signs: only the digits of a mobile number."),
        "short": _("This number is too short. Type all of its digits."),
        "long": _("This number is too long. Check its digits and the country."),
        "unassigned": _("No phone has this number: it is in no range that is in use. Check the digits."),
        "premium": _("This is a premium-rate number. Give an ordinary mobile number."),
        "shared-cost": _("Calls to this number cost its owner and the caller. Give an ordinary mobile number."),
        "voip": _("This is an internet phone number: its texts can be read without a phone. Give a mobile number."),
        "landline": _("This is a landline. Give a mobile number, which can receive texts."),
        "no-mobile": _("This is not the number of a mobile phone."),
    }
    if bad.reason != "country":
        return reasons[bad.reason]
    if bad.country not in numbers.supported():
        return _("This number belongs to no country. Give an ordinary mobile number.")
    words = _("This portal does not send texts to %(country)s. Give a number of a country in the list.")
    return words % {"country": country_name(bad.country)}


def _page(
    request: HttpRequest, form: MobileNumber, *, entering: bool, confirm_form: ConfirmationNumber | None = None
) -> dict[str, Any]:
    user = person(request)
    verified, unconfirmed = Phone.objects.verified(user), Phone.objects.unverified(user)
    activation = shown(request)
    standing = KeyStanding.of(user.pk, activation)
    serving = Phone.objects.signing_in(user)
    factors = Factors.of(user)
    has_better = factors.is_better
    tests = Delivery.objects.filter(user=user, kind="test", created__gt=timezone.now() - NEWS).order_by("-created")
    newest = tests.first()
    test_at = newest.created + policy.RESEND_WAITS[0] if newest else None
    page: dict[str, Any] = {
        "phone": verified,
        "unconfirmed": unconfirmed,
        "entering": entering or (verified is None and unconfirmed is None),
        "form": form,
        "confirm_form": confirm_form or ConfirmationNumber(),
        "number": _spaced(unconfirmed.number) if unconfirmed else "",
        "no_carrier": not can_carry("text"),
        "has_key": factors.key is not None,
        "has_better": has_better,
        "texts_allowed": settings.PORTAL_TEXTS_WITH_KEY or not has_better,
        "fresh": is_proved(request),
        "held": held_until(user),
        "leaving": leaving(request),
        "proof": sent(tests.filter(phone=verified)[:1]),
        "test_at": test_at if test_at and test_at > timezone.now() else None,
        "codes_go_to": serving.masked if serving and verified and serving.pk != verified.pk else "",
        "state": standing.state,
        "version": standing.version,
        "ticket": person_ticket(request, activation),
    }
    if unconfirmed is None:
        return page
    errand = Errand(user, unconfirmed)
    return {**page, **errand_page(request, errand, errand.code, list(errand.deliveries))}


def _spaced(e164: str) -> str:
    parsed = phonenumbers.parse(e164)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


@require_http_methods(["GET", "HEAD", "POST"])
@door("number")
@unless_held
def confirm(request: HttpRequest) -> HttpResponse:
    """The confirmation number, typed. A fresh sign-in chose the number; the code may take its own five minutes."""
    user = person(request)
    unconfirmed = Phone.objects.unverified(user)
    if unconfirmed is None or request.method != "POST":
        # Pressed twice, and the first has done it; or the address was opened by hand.
        return redirect("security-phone")
    if is_weaker(request):
        # A sign-in with the key began it; a text beside it does not finish it.
        return sign_in_again(request, reverse("security-phone"))
    form, status = ConfirmationNumber(request.POST), 200
    if form.is_valid():
        try:
            checked = phones.confirm(request, user, unconfirmed, form.cleaned_data["code"])
        except RateLimited as full:
            refuse(
                form,
                None,
                "code-too-many",
                format_html(_("Too many wrong codes. Try again at {time}."), time=time_words(full.retry_at)),
            )
            status = 429
        else:
            if checked.ok:
                messages.success(request, _confirmed(user))
                if Delivery.objects.filter(phone=unconfirmed, kind="test").exists():
                    messages.info(request, _("A test text was sent to it, to show that texts arrive."))
                return redirect("security-phone")
            explain(form, checked)
    page = _page(request, MobileNumber(), entering=False, confirm_form=form)
    return render(request, "security/phone.html", page, status=status)


def _confirmed(user: User) -> str:
    verified = Phone.objects.verified(user)
    if verified is not None and verified.texts == ON and not verified.is_held:
        return _("Your number is confirmed. From now on a code by text completes your sign-in.")
    return _("Your number is confirmed.")


@require_POST
@door("number")
def again(request: HttpRequest) -> HttpResponse:
    return _send(request, "text")


@require_POST
@door("number")
def call(request: HttpRequest) -> HttpResponse:
    return _send(request, "call")


def _send(request: HttpRequest, way: str) -> HttpResponse:
    user = person(request)
    unconfirmed = Phone.objects.unverified(user)
    if unconfirmed is not None:
        try:
            send(request, Errand(user, unconfirmed), way)
        except (RateLimited, NotCarried) as refusal:
            say_not_now(request, refusal, way)
    return redirect("security-phone")


@require_POST
@door("number")
def drop(request: HttpRequest) -> HttpResponse:
    phones.drop(person(request))
    messages.info(request, _("The number that was not confirmed is given up."))
    return redirect("security-phone")


@require_POST
@door("number")
@unless_held
def texts(request: HttpRequest) -> HttpResponse:
    """Codes by text as a way to sign in, on or off."""
    if not is_proved(request):
        return sign_in_again(request, reverse("security-phone"))
    on = request.POST.get("texts") == "on"
    try:
        switched = phones.switch_texts(request, person(request), on=on)
    except phones.NotAllowed:
        messages.error(
            request, _("This portal does not allow codes by text beside an active key."), extra_tags="texts-not-allowed"
        )
        return redirect("security-phone")
    if switched and on and not request.user.is_verified():  # type: ignore[union-attr]
        # This session has proved the password only, which is not enough any more.
        logout(request)
        messages.success(request, _("Codes by text are switched on. Sign in with one now."))
        return redirect("sign-in")
    if switched and on:
        messages.success(request, _("Codes by text are switched on."))
    elif switched:
        messages.success(request, _("Codes by text are switched off."))
    return redirect("security-phone")


@require_POST
@door("number")
def test(request: HttpRequest) -> HttpResponse:
    """ "Send a test text"."""
    verified = Phone.objects.verified(person(request))
    if verified is not None and not phones.test(request, person(request), verified):
        messages.warning(
            request, _("No test text can be sent right now. Try again in a minute."), extra_tags="text-not-sent"
        )
    return redirect("security-phone")


@require_http_methods(["GET", "HEAD", "POST"])
@door("number")
@unless_held
def remove(request: HttpRequest) -> HttpResponse:
    """Take the number away: the consequences first, on a page of its own, from a fresh sign-in."""
    user = person(request)
    verified = Phone.objects.verified(user)
    if verified is None:
        return redirect("security-phone")
    if not is_proved(request):
        return sign_in_again(request, reverse("phone-remove"))
    if request.method == "POST":
        # While a change is young the last text goes to the number before it.
        told = verified.trusted.masked
        if not phones.remove(request, user):
            return redirect("sign-in")
        words = _("Your number is removed. For 24 hours the link in a text to %(number)s can undo this.")
        messages.success(request, words % {"number": told})
        return redirect("security-phone")
    only = verified.texts == ON and not Factors.of(user).is_better
    return render(request, "security/phone_remove.html", {"phone": verified, "only_factor": only})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """The stop link of a notice: what it would undo, and the button that does. Opening it changes nothing."""
    told = notices.read_stop(signed)
    undone = undoing.undo(request, told) if request.method == "POST" else None
    if undone is not None:
        by_mail = _chooses_by_mail(undone.user)
        if by_mail:
            words = _("The change is undone and every browser is signed out. Now choose a new password.")
        else:
            words = _("The change is undone and every browser is signed out. Sign in, and choose a new password.")
        messages.success(request, words)
        return redirect("password-forgotten" if by_mail else "sign-in")
    change = undoing.named(told)
    if change is None:
        return render(request, "security/phone_stop.html", {"what": "over"}, status=410)
    stays = change.earlier or Phone.objects.verified(change.user)
    page: dict[str, Any] = {
        "what": change.what,
        "old": stays.masked if stays else "",
        "new": change.phone.masked if change.phone and change.what in ("asked", "changed") else "",
        "until": change.until,
        "ends_key": change.ends_key,
        "by_mail": forgotten.can_mail() and bool(change.user.email),
    }
    return render(request, "security/phone_stop.html", page)


def _chooses_by_mail(user: User) -> bool:
    """Whether the new password takes the link by mail: no key is left that is older than the alarm."""
    return forgotten.can_mail() and bool(user.email) and PortalKey.objects.active(user) is None
