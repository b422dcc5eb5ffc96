"""The cancel link of a notice: what staff are going to do, and the button that keeps it from being done."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from twofactor import proposing


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
        return redirect("sign-in")
    return render(request, "security/proposal.html", {"proposal": proposal, "phone": proposal.phone})
