"""What staff are going to do, where its owner sees it, and the cancel link that keeps it from being done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import person
from twofactor import notices, proposing
from twofactor.models.proposal import OTHERS


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, signed: str) -> HttpResponse:
    """What would be done, and the button that cancels it.

    SECURITY: the signed address is the permission: whoever has lost every factor can still say no. Opening it changes
    nothing, so that a program which looks at links in mails cancels nothing (R-72).
    """
    proposal = proposing.named(signed)
    if proposal is None:
        return render(request, "security/proposal.html", status=410)
    if request.method == "POST" and proposing.cancel(request, proposal, ended="link"):
        messages.success(request, _("It is cancelled, and our staff have been told. Everything stays as it is."))
        return redirect("home" if request.user.is_authenticated else "sign-in")
    return render(request, "security/proposal.html", {"proposal": proposal, "phone": proposal.phone})


def leaving(request: HttpRequest) -> list[dict[str, Any]]:
    """What staff are going to take away from this person, when, and the address at which they cancel it.

    SECURITY: a session that a code to that very number has opened is not shown the address: whoever has found the
    phone would keep the number for good.
    """
    user, found = person(request), []
    for proposal in proposing.coming(user):
        of_this_session = proposal.phone is not None and proposal.phone == getattr(user, "otp_device", None)
        link = "" if of_this_session else notices.cancel_link(proposal.pk).removeprefix(settings.PORTAL_BASE_URL)
        masked = proposal.phone.masked if proposal.phone else ""
        others = proposal.what == OTHERS
        found.append({"masked": masked, "others": others, "due": proposal.due, "link": link})
    return found
