"""The frame's own pages: home, security overview, help, errors."""

from __future__ import annotations

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.doors import door, person
from accounts.views import sessions_of
from applications import launcher
from portal import safety
from twofactor import activity, hosts
from twofactor.policy import RETRY_DATABASE
from twofactor.strength import held_until
from twofactor.views import authenticator
from twofactor.views.enrolment import invitation
from twofactor.views.proposals import leaving
from twofactor.views.sheets import recovered


@require_safe
@door("unverified")
def home(request: HttpRequest) -> HttpResponse:
    user = person(request)
    known, invited, held = safety.of(user), invitation(request), held_until(user)
    sign_ins = activity.sign_ins(user)
    # Since the time before this one: what was tried earlier could be read then.
    elsewhere = activity.tried_elsewhere(user, request, sign_ins[1]["number"] if sign_ins[1:] else 0)
    step = safety.next_step(known, elsewhere=elsewhere is not None, invited=invited is not None, held=held is not None)
    page = {"invitation": invited, "held": held, "sign_ins": sign_ins, "elsewhere": elsewhere, "step": step, **known}
    page["applications"] = launcher.tiles(user)
    page |= {"recovered": recovered(request), "leaving": leaving(request)}
    return render(request, "home.html", page)


@require_safe
@door("unverified")
def security(request: HttpRequest) -> HttpResponse:
    user = person(request)
    known = safety.of(user)
    page = {
        **known,
        "groups": safety.groups(known),
        "sessions": sessions_of(request, user),
        "recent": activity.latest(user),
        "held": held_until(user),
        "leaving": leaving(request),
    }
    return render(request, "security/overview.html", page)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    # Another tab was faster: this one's page is older than the session, and there is nothing left to do.
    done = request.path.startswith(reverse("sign-in")) and request.user.is_authenticated
    return render(request, "403_csrf.html", {"done": done}, status=403)


def bad_message(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # Not `get_host`, which has perhaps just refused the name.
    if hosts.is_authenticators(request.META.get("HTTP_HOST", "")):
        return authenticator.nothing(request, status=400)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def unavailable(retry_after: int) -> HttpResponse:
    """Not now. Without a context, which may need what is not there."""
    response = render(None, "503.html", {"retry_after": retry_after}, status=503)
    response["Retry-After"] = str(retry_after)
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """SECURITY: without a context: whatever broke may be what the context needs, and no detail may leak."""
    problem = sys.exc_info()[1]
    if isinstance(problem, DatabaseError):
        # Before or after every view: a session that could not be read or kept (FI-04).
        audit.accident(request, problem)
        return unavailable(RETRY_DATABASE)
    if hosts.is_authenticators(request.META.get("HTTP_HOST", "")):
        return authenticator.nothing(request, status=500)
    return HttpResponse(render_to_string("500.html"), status=500)
