"""What a person sees of applications: all of theirs, and the way to take back what each was given."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import door, person
from applications import launcher
from applications.models import Application


@require_safe
@door("unverified")
def applications(request: HttpRequest) -> HttpResponse:
    """What each may know of this person, when it was used last, and how to take that back."""
    return render(request, "applications/list.html", {"held": launcher.held_by(person(request))})


@require_POST
@door("unverified")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """It takes away and gives nothing, so a session that is open is enough."""
    application = get_object_or_404(Application, pk=pk)
    if launcher.revoke(request, person(request), application):
        words = _(
            "%(application)s can read nothing of you any more. You are signed out there as soon as it next asks us."
        )
        messages.success(request, words % {"application": application.name})
    else:
        messages.info(request, _("There was nothing left to take back."))
    return redirect("applications")
