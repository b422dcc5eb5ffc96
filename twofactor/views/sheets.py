"""The page of a person's recovery codes: make them, show them, print them, prove one, see how many are left."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import person, sign_in_again
from accounts.forms import refuse
from accounts.marks import is_weaker
from twofactor import policy, recovery, strength
from twofactor.forms import RecoveryCodeField
from twofactor.models import Passcode, PortalKey, RecoverySheet
from twofactor.models.factors import PASSCODE, RECOVERY
from twofactor.protocol import activation
from twofactor.strength import held_until, is_proved
from twofactor.views.held import unless_held


@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """How the codes stand; the codes themselves only while the sheet is new and the sign-in fresh (P-42)."""
    return render(request, "recovery/sheet.html", _page(request, RecoveryCodeField()))


def _page(request: HttpRequest, form: RecoveryCodeField) -> dict[str, Any]:
    user = person(request)
    fresh = RecoverySheet.objects.fresh(user)
    # SECURITY: whoever has taken a session over that is older does not read them (AT-047).
    shown = fresh if is_proved(request) else None
    return {
        "fresh": fresh,
        "codes": [activation.spaced(code) for code in shown.printed] if shown else [],
        "sheet": RecoverySheet.objects.active(user),
        "count": policy.RECOVERY_CODES,
        "weaker": is_weaker(request),
        "has_key": PortalKey.objects.binding(user) is not None,
        "held": held_until(user),
        "address": settings.PORTAL_BASE_URL,
        "form": form,
    }


def recovered(request: HttpRequest) -> dict[str, Any] | None:
    """What the pages say to somebody whom a recovery code or a passcode let in; None to everybody else."""
    device = getattr(person(request), "otp_device", None)
    if isinstance(device, RecoverySheet):
        return {"by": RECOVERY, "left": device.left, "low": device.is_low}
    return {"by": PASSCODE, "until": device.full_until, "end": device.expires} if isinstance(device, Passcode) else None


@require_POST
@unless_held
def make(request: HttpRequest) -> HttpResponse:
    """ "Make recovery codes", and "Make new ones": the earlier sheet counts until one of these has been typed."""
    if not is_proved(request):
        return sign_in_again(request, reverse("security-recovery"))
    try:
        recovery.make(request, person(request))
    except strength.SignedOut:
        return redirect("sign-in")
    except (strength.Held, recovery.NotOffered):
        pass  # the page itself says why
    return redirect("security-recovery")


@require_http_methods(["GET", "HEAD", "POST"])
@unless_held
def prove(request: HttpRequest) -> HttpResponse:
    """ "Type one of them". Whoever has one of the codes before them may be slower than a fresh sign-in lasts."""
    if request.method != "POST":
        return redirect("security-recovery")
    if is_weaker(request):
        return sign_in_again(request, reverse("security-recovery"))
    form = RecoveryCodeField(request.POST)
    if form.is_valid():
        try:
            if recovery.prove(request, person(request), form.cleaned_data["code"]):
                messages.success(
                    request, _("Your recovery codes are ready. Keep them where you find them without your phone.")
                )
                return redirect("security-recovery")
            refuse(
                form,
                "code",
                "sheet-not-proved",
                _("This is none of the new codes. Look at your sheet and type any one of it."),
            )
        except strength.SignedOut:
            return redirect("sign-in")
        except (strength.Held, recovery.NotOffered):
            messages.warning(request, _("These codes waited too long. Make new ones."), extra_tags="sheet-late")
            return redirect("security-recovery")
    return render(request, "recovery/sheet.html", _page(request, form))


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The sheet as a text file, on the same terms as the page that shows it."""
    if not is_proved(request):
        return sign_in_again(request, reverse("security-recovery"))
    page = _page(request, RecoveryCodeField())
    if not page["codes"]:
        return redirect("security-recovery")
    words = render_to_string("recovery/sheet.txt", page, request)
    response = HttpResponse(words, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response
