"""The page of the virtual phone. Open to everybody who reaches the demo: its codes belong to made-up people."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from portal.demo import phone
from twofactor.gateways import demo

_REASONS = {
    "busy": _("The carrier is busy"),
    "unreachable": _("The carrier cannot be reached"),
    "malformed": _("Its answer makes no sense"),
    "number": _("The number cannot receive it"),
    "blocked": _("A filter keeps it back"),
    "setup": _("The account is not in order"),
}
# The two that are no way of carrying stand for themselves.
_NOTHING, _ALL = "nothing", "all"
_REFUSABLE = {
    _NOTHING: _("Nothing"),
    _ALL: _("Every message"),
    "text": _("Texts"),
    "call": _("Calls"),
    "mail": _("E-mails"),
}


@login_not_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    number = phone.read_number(request.GET.get("number", ""))
    # Read first: what changes meanwhile makes the page look again.
    version = demo.handset.version
    messages, waiting = phone.shown(number)
    page = {
        "version": version,
        "calls": [each for each in messages if each.is_open_call],
        "received": [each for each in messages if not each.is_open_call],
        "waiting": waiting,
        "number": number,
        "number_words": phone.spaced(number),
        "reception": demo.handset.reception,
        "refusal": demo.handset.refusal,
        "refusal_words": _REASONS.get(demo.handset.refusal, ""),
        "refused": (demo.handset.refused_way or _ALL) if demo.handset.refusal else _NOTHING,
        "refusable": _REFUSABLE.items(),
        "reasons": _REASONS.items(),
        "keys": "123456789*0#",
    }
    return render(request, "demo/phone.html", page)


@login_not_required
@require_safe
def status(request: HttpRequest) -> JsonResponse:
    demo.handset.lapse()
    return JsonResponse({"version": demo.handset.version})


@login_not_required
@require_POST
def call(request: HttpRequest, message_id: str) -> HttpResponse:
    """Answer, decline, press a key or hang up. Too late is no error: the page shows what became of the call."""
    carried = demo.handset.get(message_id)
    if carried is None or carried.message.way != "call":
        raise Http404
    if request.POST.get("key"):
        event = "press"
    else:
        # Whoever hangs up before pressing a key has not heard the code.
        hang_up = "end" if carried.state == "speaking" else "miss"
        event = {"answer": "answer", "decline": "decline", "hang-up": hang_up}.get(request.POST.get("act", ""), "")
    if not event:
        return HttpResponseBadRequest()
    demo.handset.move(message_id, event)
    return _back(request)


@login_not_required
@require_POST
def reception(request: HttpRequest) -> HttpResponse:
    demo.handset.set_reception(request.POST.get("reception") == "on")
    return _back(request)


@login_not_required
@require_POST
def refuse(request: HttpRequest) -> HttpResponse:
    reason, what = request.POST.get("reason", ""), request.POST.get("what", "")
    if reason not in _REASONS or what not in _REFUSABLE:
        return HttpResponseBadRequest()
    demo.handset.refuse("" if what == _NOTHING else reason, "" if what == _ALL else what)
    return _back(request)


@login_not_required
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """An empty phone, with reception and without failures."""
    demo.handset.clear()
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page, with the number that it was filtered by."""
    number = request.POST.get("number", "")
    return redirect(reverse("demo-phone") + (f"?{urlencode({'number': number})}" if number else ""))
