"""What happened, as its owner sees it: all events, one of them with its receipt, and "This was not me"."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import marks
from accounts.doors import door, person, sign_in_again
from accounts.models import AuditEvent
from twofactor import activity, alarm
from twofactor.models import Factors, Receipt
from twofactor.protocol.sealing import Unsealable
from twofactor.strength import is_proved

_A_PAGE = 25


@require_safe
@door("unverified")
def events(request: HttpRequest) -> HttpResponse:
    """Everything that happened to this account, newest first; of one kind, if one is asked for."""
    group = request.GET.get("about", "")
    if group not in activity.GROUPS:
        group = ""
    found = activity.events_of(person(request), group)
    part = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    page = {"events": activity.told(part), "part": part, "group": group, "groups": activity.GROUPS.items()}
    return render(request, "security/activity.html", page)


@require_safe
@door("unverified")
def event(request: HttpRequest, event: str) -> HttpResponse:
    """One event of this person, with what was signed."""
    found = _own(request, event)
    return render(request, "security/event.html", {"event": activity.tell(found), **_own_receipt(request, found)})


def _own_receipt(request: HttpRequest, found: AuditEvent) -> dict[str, Any]:
    """SECURITY: not for a session of something weaker: what was signed holds a response, and whoever has taken the
    phone and got in by a text could try PINs against that.
    """
    if marks.is_weaker(request) and "receipt" in found.facts:
        return {"receipt": None, "lost": False, "hidden": True}
    return receipt_page(found)


def _own(request: HttpRequest, name: str) -> AuditEvent:
    """SECURITY: another person's event is as unknown as one that never was."""
    found = AuditEvent.objects.select_related("receipt").filter(user=person(request), name=name).first()
    if found is None or not activity.is_told(found):
        raise Http404
    return found


def receipt_page(found: AuditEvent) -> dict[str, Any]:
    """What the parts of the receipt need; `receipt` is None where nothing was signed."""
    receipt: Receipt | None = getattr(found, "receipt", None)
    try:
        words = json.dumps(receipt.as_json(), ensure_ascii=False) if receipt else ""
    except Unsealable:
        receipt = None
    if receipt is None:
        return {"receipt": None, "lost": "receipt" in found.facts}
    return {"receipt": receipt, "receipt_text": words, "lost": False}


@require_safe
@door("unverified")
def download(request: HttpRequest, event: str) -> HttpResponse:
    """The receipt as a file, to be kept and checked anywhere."""
    found = _own_receipt(request, _own(request, event))["receipt"]
    if found is None:
        raise Http404
    answer = JsonResponse(found.as_json(), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="receipt-{found.at:%Y-%m-%d}-{found.challenge[:6]}.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@door("unverified")
def not_me(request: HttpRequest, event: str) -> HttpResponse:
    """ "This was not me": first what it does, then it is done.

    SECURITY: both take what changing a factor takes (P-42, R-61): it ends the owner's sessions, too.
    """
    found = _own(request, event)
    if not activity.may_disown(found):
        raise Http404
    factors = Factors.of(person(request))
    if marks.is_weaker(request) and factors.is_better:
        # Asked to sign in with the key they may be told of, people would run in a circle.
        page = {"event": activity.tell(found), "has_key": factors.key is not None}
        return render(request, "security/not_me_weaker.html", page, status=403)
    if not is_proved(request):
        return sign_in_again(request, request.path)
    if request.method != "POST":
        page = {"event": activity.tell(found), "ends": alarm.what_ends(person(request), found)}
        return render(request, "security/not_me.html", page)
    alarm.raise_from_activity(request, person(request), found)
    messages.warning(
        request, _("Everything else that was open has ended, and our staff are told."), extra_tags="all-ended"
    )
    return redirect("password-change")
