"""A person's pages of a device that they sign in on: they type its code, and see what becomes of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import browser, limits
from accounts.doors import door, person, sign_in_again
from accounts.forms import refuse
from accounts.limits import RateLimited
from accounts.models import User
from applications import device, scopes
from applications.device import Way
from applications.forms import LONGEST_TYPED, UserCode
from applications.models import DeviceSignIn
from twofactor.asking import may_notify_at
from twofactor.models import KeyStanding
from twofactor.views.enrolment import person_ticket, shown
from twofactor.views.pictures import question_link
from twofactor.views.signin import time_words


@require_http_methods(["GET", "HEAD", "POST"])
@door("unverified")
def enter(request: HttpRequest) -> HttpResponse:
    """One field. The address that a QR shows fills it; SECURITY: and never sends it, which only a person does."""
    user, status = person(request), 200
    form = UserCode(request.POST) if request.method == "POST" else UserCode(initial={"code": _given(request)})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = device.claim(request, user, form.cleaned_data["code"])
            except RateLimited as full:
                words = _("Too many wrong codes. Try again at {time}.")
                refuse(form, "code", "device-code-refused", format_html(words, time=time_words(full.retry_at)))
                status = 429
            else:
                if row is not None:
                    return redirect("device-one", row.pk)
                words = _(
                    "No device waits with this code. Compare it letter by letter, or let the device show a new one."
                )
                refuse(form, "code", "device-code-refused", words)
    return render(request, "device/enter.html", {"form": form}, status=status)


def _given(request: HttpRequest) -> str:
    given = request.GET.get("user_code", "")
    return given if len(given) <= LONGEST_TYPED else ""


@require_http_methods(["GET", "HEAD", "POST"])
@door("unverified")
def one(request: HttpRequest, name: str) -> HttpResponse:
    """What asks and from where, and how it stands. A reload asks nothing anew."""
    user = person(request)
    row = device.of(user, name)
    if row is None:
        raise Http404
    if request.method == "POST":
        return _act(request, user, row)
    return render(request, "device/one.html", _page(request, user, row))


def _page(request: HttpRequest, user: User, row: DeviceSignIn) -> dict[str, Any]:
    # Read before the rest: what changes meanwhile makes the page look again.
    activation = shown(request)
    standing = KeyStanding.of(user.pk, activation)
    way = device.way_of(request, row, user) if row.standing == "claimed" else Way("")
    question = way.question
    return {
        "row": row,
        "state": row.standing,
        "way": way,
        "learns": [scopes.WORDS[scope] for scope in row.scope.split()],
        "address": browser.spoken(row.address),
        "near": limits.is_near(row.address, limits.client_address(request)),
        "number": question.question if question and way.name == "asked" and question.mode == "number" else "",
        "ended": question.standing if question and way.name == "ask" else "",
        "send_at": may_notify_at(question) if question and way.name == "asked" else None,
        "phone_link": question_link(question.pk) if question and way.name == "asked" else "",
        "watched": standing.state,
        "version": standing.version,
        "ticket": person_ticket(request, activation),
    }


def _act(request: HttpRequest, user: User, row: DeviceSignIn) -> HttpResponse:
    way = device.way_of(request, row, user)
    if row.standing != "claimed":
        pass
    elif request.POST.get("act") == "deny":
        device.deny(request, row, user)
    elif way.key is not None:
        try:
            device.ask(request, row, way.key)
        except RateLimited as full:
            words = _("Your phone can be asked again at {time}.")
            messages.warning(request, format_html(words, time=time_words(full.retry_at)), extra_tags="device-later")
    elif not device.approve_here(request, row, user):
        return sign_in_again(request, reverse("device-one", args=[row.pk]))
    return redirect("device-one", row.pk)
