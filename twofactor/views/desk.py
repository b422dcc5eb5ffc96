"""The support desk in the administration: a client's page, and each thing that staff do on a page of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import person
from accounts.hashing import HashersBusy
from accounts.limits import RateLimited
from accounts.models import User
from twofactor import desk, glance, passkeys, proposing, recovery, roles, sealed
from twofactor.forms import Reason
from twofactor.models import Passcode, Phone, PortalKey, Proposal
from twofactor.models.proposal import OPEN
from twofactor.views import deeds
from twofactor.views.deeds import DEEDS, Deed
from twofactor.views.signin import time_words


@require_safe
def client(request: HttpRequest, pk: int, base: dict[str, Any]) -> HttpResponse:
    """How this client stands, and what the reader may do for them. `base` is what every page of the site has."""
    staff, user = person(request), get_object_or_404(User, pk=pk)
    if not roles.may(staff, "view_desk"):
        raise PermissionDenied
    page = {
        **base,
        **glance.of(user),
        "title": _("Support desk: %(name)s") % {"name": user.get_short_name()},
        "serves": roles.may_serve(staff, user),
        "deeds": _offered(staff, user),
    }
    for proposal in page["proposals"]:
        proposal.may_approve = proposing.may_approve(staff, proposal)
        proposal.may_cancel = may(staff, user, DEEDS["withdraw"])
        proposal.lacks_mail = not staff.email or (proposal.by is not None and not proposal.by.email)
    return render(request, "admin/desk/client.html", page)


def may(staff: User, user: User, deed: Deed) -> bool:
    """SECURITY: asked again with every page and every press; a button that is not shown is not the door."""
    if deed.name == "lift" and not desk.may_lift(staff, user):
        return False
    return roles.may_serve(staff, user) and any(roles.may(staff, each) for each in deed.permissions)


def _offered(staff: User, user: User) -> dict[str, Deed]:
    """What makes sense now and this member of the staff may do, by name: a template asks for what belongs to it."""
    key, phone = PortalKey.objects.binding(user), Phone.objects.verified(user)
    active = key is not None and key.state == "active"
    others = bool(passkeys.others(user))
    sense = {
        "lock": user.is_active,
        "unlock": not user.is_active,
        "wake": user.dormant_at is not None,
        "end-sessions": user.is_active,
        "cancel": True,
        "passcode": key is not None or phone is not None or others,
        "take-back": Passcode.objects.good(user) is not None,
        "switch-off": active,
        "revoke": key is not None and desk.leaves_something(user),
        "propose-key": key is not None and not desk.leaves_something(user) and not _is_proposed(user, "key"),
        "propose-others": others and not _is_proposed(user, "others"),
        "propose-phone": phone is not None and not _is_proposed(user, "phone"),
        "test": active and user.is_active,
        "password": active and user.is_active,
        "check": active and user.is_active,
        "lift": True,
    }
    # Templates know no dashes.
    return {
        name.replace("-", "_"): DEEDS[name] for name, makes in sense.items() if makes and may(staff, user, DEEDS[name])
    }


def _is_proposed(user: User, what: str) -> bool:
    return Proposal.objects.filter(user=user, what=what, state__in=OPEN).exists()


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, name: str, row: str = "", *, base: dict[str, Any]) -> HttpResponse:
    """What it means and why it is done, then the button. `row` is the sign-in or proposal that it is about."""
    staff, user = person(request), get_object_or_404(User, pk=pk)
    deed = DEEDS.get(name)
    if deed is None or deed.needs_row != bool(row):
        raise Http404
    if not may(staff, user, deed):
        raise PermissionDenied
    form = Reason(request.POST or None, longest=deed.longest, asks_compromised=name == "password")
    if request.method == "POST" and form.is_valid() and _did(request, user, deed, row, form):
        return redirect("admin:desk", pk=user.pk)
    proposal = _proposal(user, deed, row)
    page = {**base, "client": user, "deed": deed, "row": row, "form": form, "title": deed.title}
    page |= {"proposal": proposal, "means": deeds.means(deed, proposal)}
    return render(request, "admin/desk/act.html", page, status=200 if request.method != "POST" else 422)


def _proposal(user: User, deed: Deed, row: str) -> Proposal | None:
    """What a second person is asked to decide: nobody should have to decide it unread."""
    if deed.name not in ("approve", "withdraw") or not row.isdecimal():
        return None
    return Proposal.objects.select_related("by", "login").filter(user=user, pk=int(row)).first()


def _did(request: HttpRequest, user: User, deed: Deed, row: str, form: Reason) -> bool:
    """Do it, and say how it ended. False: it was not done, and the form says why; what was typed stays."""
    try:
        deed.run(request, user, row, form.cleaned_data)
    except recovery.SecondPersonNeeded:
        form.add_error(None, _second_person(user, row))
    except proposing.NotYours:
        form.add_error(None, _("Somebody else of the staff has to approve this: not whoever proposed it."))
    except RateLimited as full:
        words = _("Not now: too many in a short time. It can be done again at {time}.")
        form.add_error(None, format_html(words, time=time_words(full.retry_at, _style(full.retry_at))))
    except sealed.TooYoung as young:
        words = _("This phone was activated less than a day ago. A password can be sent to it from {time} on.")
        form.add_error(None, format_html(words, time=time_words(young.until, "day")))
    except (desk.Nothing, proposing.Nothing, recovery.NotIssued, sealed.NoKey):
        form.add_error(None, _("Nothing was done: it has ended already, or something it needs is not there any more."))
    except HashersBusy:
        form.add_error(None, _("The portal is very busy. Press the button again in a moment."))
    else:
        messages.success(request, str(deed.done))
        return True
    return False


def _style(moment: datetime) -> str:
    """A time of another day is told with its date."""
    today = timezone.localtime(moment).date() == timezone.localdate()
    return "seconds" if today else "day"


def _second_person(user: User, row: str) -> str:
    words = _(
        "The last passcode was not followed by a new phone that is still in use, so this one needs a second person. "
        "{link} and let a security officer approve it while the caller waits."
    )
    address = reverse("admin:desk-act-row", args=[user.pk, "propose-passcode", row])
    return format_html(words, link=format_html('<a href="{}">{}</a>', address, _("Propose it")))
