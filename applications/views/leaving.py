"""The way out that an application leads to, and the question how far it goes."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts import sessions
from accounts.doors import person
from applications import leaving
from applications.leaving import Farewell, Unknown
from applications.views import arriving


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """A form of the application's own page comes without our cookie, so it goes on as a page does."""
    early = arriving.first(request)
    if early is not None:
        return early
    try:
        farewell = leaving.read(request.GET)
    except Unknown:
        return arriving.wrong(request)
    if not request.user.is_authenticated:
        return _gone(request, farewell)
    # SECURITY: a link of any page could have led here, and more ends than the person has asked for.
    page = {
        "application": farewell.application,
        "others": leaving.others(request, farewell),
        "may_stay": farewell.is_about(person(request)),
        "given": request.GET.urlencode(),
    }
    return render(request, "applications/sign_out.html", page)


@login_not_required
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """The person means it: all of it, or that one application alone."""
    try:
        farewell = leaving.read(QueryDict(request.POST.get("given", "")))
    except Unknown:
        return arriving.wrong(request)
    if request.user.is_authenticated and "alone" in request.POST:
        leaving.leave_one(request, person(request), farewell)
        return _back(request, farewell) or redirect("home")
    if request.user.is_authenticated:
        leaving.leave(request, person(request), farewell)
    return sessions.forgotten(_back(request, farewell) or _gone(request, farewell))


def _back(request: HttpRequest, farewell: Farewell) -> HttpResponse | None:
    """A page that begins anew, see `authorize.go_on`. None: the application has not said where to."""
    if not (farewell.back and farewell.application):
        return None
    return render(request, "applications/leave.html", {"url": farewell.back, "application": farewell.application})


def _gone(request: HttpRequest, farewell: Farewell) -> HttpResponse:
    if farewell.back:
        return HttpResponse(status=HTTPStatus.FOUND, headers={"Location": farewell.back})
    messages.success(request, _("You are signed out."))
    return redirect("sign-in")
