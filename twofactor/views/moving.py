"""The desk's page about moving to a new phone: with the old one's approval, or without it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import door, person, sign_in_again
from accounts.limits import RateLimited
from accounts.models import User
from twofactor import enrolment, moving
from twofactor.asking import may_notify_at
from twofactor.models import KeyStanding, PortalKey
from twofactor.moving import Way
from twofactor.strength import held_until
from twofactor.views.enrolment import invitation, person_ticket, shown
from twofactor.views.signin import time_words

# An activation that is over and made nothing: the page offers the next one beside it.
_VOID = ("expired", "burned")


@require_http_methods(["GET", "HEAD", "POST"])
@door("enrolment")
def move(request: HttpRequest) -> HttpResponse:
    """How a key comes to a new phone. A reload asks and shows nothing anew."""
    user = person(request)
    way = moving.way_of(request, user)
    if way is None:
        return redirect("security-key")
    if request.method == "POST":
        return _act(request, user, way)
    page = _page(request, user, way)
    if way.name == "again" and page["offers"]:
        return _sign_in_again(request)
    return render(request, "security/move.html", page)


def _page(request: HttpRequest, user: User, way: Way) -> dict[str, Any]:
    row, told = shown(request), invitation(request)
    standing = KeyStanding.of(user.pk, row)
    # A first activation is no move, and who asks for another one has read how the last one ended.
    earlier = PortalKey.objects.filter(user=user, state="replaced").order_by("-pk").first()
    if told is not None and told.state == "used" and (earlier is None or "another" in request.GET):
        told = None
    asked = way.question if way.name == "asked" else None
    send_at = may_notify_at(asked) if asked else None
    # Nobody who has just stopped a code is shown the next one unasked.
    decided = way.question.decided_at if way.question and way.name == "approved" else None
    goes_on = decided is not None and (told is None or (row is not None and decided > row.created))
    return {
        "way": way,
        "key": way.key,
        "invitation": told,
        "earlier": earlier,
        "offers": told is None or told.state in _VOID,
        "number": asked.question if asked and asked.mode == "number" else "",
        "ended": way.question.standing if way.question and way.name == "ask" else "",
        "reason": way.question.reason if way.question else "",
        "send_at": send_at,
        "held": held_until(user),
        "approved": row is not None and not row.weaker,
        "state": "approved" if goes_on else standing.state,
        "ends": asked.expires if asked else standing.ends,
        "version": standing.version,
        "ticket": person_ticket(request, row),
    }


def _act(request: HttpRequest, user: User, way: Way) -> HttpResponse:
    if way.is_open:
        enrolment.invite(request, user, beside=way.key)
    elif way.name == "again":
        return _sign_in_again(request)
    elif way.name == "asked" and request.POST.get("act") == "cancel":
        moving.take_back(request, way)
        messages.info(request, _("The old phone is no longer asked. Nothing was changed."))
    elif way.name in ("ask", "asked"):
        try:
            moving.ask_old(request, user, way.key)
        except RateLimited as full:
            words = _("The old phone can be asked again at {time}.")
            messages.warning(request, format_html(words, time=time_words(full.retry_at)), extra_tags="old-phone-later")
    return redirect("key-move")


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """A fresh sign-in, with whatever is left: this page then says what that is enough for."""
    return sign_in_again(request, reverse("key-move"), by_any=True)
