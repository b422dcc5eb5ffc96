"""The desk's pages of a sign-in with a code by text or call. Nothing is sent by a GET or a reload (R-27)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import limits, pending
from accounts.forms import refuse
from accounts.limits import RateLimited
from accounts.models import Login
from twofactor import codes
from twofactor.carrying import Checked, Errand, NotCarried, can_carry
from twofactor.forms import ConfirmationNumber, SecurityCode
from twofactor.models import Code, Delivery
from twofactor.models.delivery import CODES, is_failing
from twofactor.models.factors import TEXT
from twofactor.trying import NotOffered
from twofactor.views.choosing import PAGES
from twofactor.views.signin import current, time_words, waiting_page
from twofactor.views.tries import given


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The field for the six digits."""
    form = SecurityCode(request.POST or None)
    too_many = _("Too many wrong codes. Try again at {time}.")
    return given(request, form, codes.type_code, partial(explain, form), _page, "signin/code.html", too_many)


def explain(form: SecurityCode | ConfirmationNumber, checked: Checked) -> None:
    """What was wrong with a code, beside its field."""
    if checked.code == "malformed":
        refuse(form, "code", "code-malformed", _("Type all 6 digits."))
    elif checked.code == "wrong" and checked.left:
        text = ngettext(
            "These are not the digits that were sent. You have %(count)d more try.",
            "These are not the digits that were sent. You have %(count)d more tries.",
            checked.left,
        )
        refuse(form, "code", "code-wrong", text % {"count": checked.left})
    elif checked.code == "wrong":
        refuse(form, None, "code-wrong", _("That was the last try."))
    else:
        refuse(form, None, "code-over", _("These digits no longer work. Ask for new ones and type those."))


def _page(request: HttpRequest, login: Login) -> dict[str, Any] | None:
    """What the page shows; None when codes are no way in for this person."""
    page = waiting_page(login, kind=TEXT)
    phone, standing = page["factors"].number_for(login), page["standing"]
    if phone is None:
        return None
    errand = Errand(login.user, standing.code.phone if standing.code else phone, login)
    shown = errand_page(request, errand, standing.code, standing.deliveries)
    return {**page, **shown, "resent": sum(each.way == "text" for each in standing.deliveries) > 1}


def errand_page(request: HttpRequest, errand: Errand, newest: Code | None, carried: list[Delivery]) -> dict[str, Any]:
    """What pages with a field for a code show: how far the `newest` has come, and what may be asked for when."""
    deliveries, network = sent(carried), limits.network(limits.client_address(request))
    failing = is_failing(errand.phone.country, "text")
    live = newest is not None and newest.standing == "live"
    burned = newest is not None and newest.state == "burned"
    return {
        "masked": errand.phone.masked,
        "live": live,
        "tries_left": newest.tries_left if newest else 0,
        "ends": newest.expires if newest and live else None,
        "deliveries": deliveries,
        "last": deliveries[-1] if deliveries else None,
        "send_at": errand.may_send_at("text", network, carried, failing),
        "can_send": can_carry("text") and not burned,
        "call_at": errand.may_send_at("call", network, carried, failing),
        "can_call": can_carry("call") and not burned,
        "call_first": can_carry("call") and failing,
        "no_carrier": not can_carry("text"),
    }


def sent(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Deliveries as pages show them, oldest first."""
    shown, codes = [], set()
    for each in deliveries:
        shown.append(
            {
                "way": each.way,
                "state": each.state,
                "reason": each.reason,
                "asked": each.created,
                "handed_at": each.handed_at,
                "delivered_at": each.delivered_at,
                "failed_at": each.failed_at,
                "slow": each.is_slow,
                "again": each.kind in CODES and each.code_id in codes,
            }
        )
        codes.add(each.code_id)
    return shown


@login_not_required
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """ "Send the code again": the same one while it lives."""
    return _send(request, "text")


@login_not_required
@require_POST
def call(request: HttpRequest) -> HttpResponse:
    """ "Call me instead"."""
    return _send(request, "call")


def _send(request: HttpRequest, way: str) -> HttpResponse:
    login, elsewhere = current(request)
    if login is None:
        return elsewhere or redirect("sign-in")
    try:
        codes.send_again(request, login, way)
    except NotOffered:
        return redirect("verify")
    except (RateLimited, NotCarried) as refusal:
        login.refresh_from_db()
        # Decided meanwhile: the page itself says how, and this browser's session may be a new one by now.
        if pending.is_open(login):
            say_not_now(request, refusal, way)
    return redirect("verify-code")


def say_not_now(request: HttpRequest, refusal: RateLimited | NotCarried, way: str) -> None:
    """Why nothing was sent, and when it will be."""
    if isinstance(refusal, RateLimited):
        words = (
            _("The next text can be sent at {time}.") if way == "text" else _("The next call can be made at {time}.")
        )
        messages.warning(request, format_html(words, time=time_words(refusal.retry_at)), extra_tags="text-later")
    elif refusal.reason == "country":
        messages.error(
            request, _("This portal does not send to the country of your number any more."), extra_tags="number-refused"
        )
    elif refusal.reason == "over":
        messages.error(
            request, _("This code is over, and no other can be sent for it. Start again."), extra_tags="code-over"
        )
    elif way == "call":
        messages.error(request, _("No call can be made right now. Use another way."), extra_tags="call-not-made")
    else:
        messages.error(
            request, _("No text can be sent right now. Use another way, or try later."), extra_tags="text-not-sent"
        )


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """ "Select second factor device"."""
    login, elsewhere = current(request)
    if login is None:
        return elsewhere or redirect("sign-in")
    kind = request.POST.get("kind", "")
    if login.state == "pending":
        try:
            codes.choose(request, login, kind)
        except NotOffered:
            messages.error(request, _("This way to sign in is not switched on for you."), extra_tags="way-not-on")
            return redirect("verify")
        except (RateLimited, NotCarried) as refusal:
            say_not_now(request, refusal, "text")
    return redirect(PAGES.get(kind, "verify"))
