"""The frame's own pages: home, security overview, help, errors."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.doors import door, person
from accounts.views import sessions_of
from portal import safety
from twofactor import activity, hosts
from twofactor.forms import country_name
from twofactor.models import FilterContact, Phone
from twofactor.policy import RETRY_DATABASE
from twofactor.strength import held_until
from twofactor.views import authenticator
from twofactor.views.enrolment import invitation
from twofactor.views.proposals import leaving
from twofactor.views.sheets import recovered

# The articles of the help by what brings a reader there, in the order in which they are needed.
_HELP_GROUPS: list[tuple[Any, dict[str, Any]]] = [
    (
        gettext_lazy("Every day"),
        {
            "signing-in": gettext_lazy("Signing in"),
            "without-a-network": gettext_lazy("Signing in without a network"),
        },
    ),
    (
        gettext_lazy("Setting up your phone"),
        {
            "activation": gettext_lazy("Activating your phone"),
            "installing": gettext_lazy("Installing it like an app"),
            "notifications": gettext_lazy("Notifications, and how to switch them on"),
            "pin": gettext_lazy("PIN, fingerprint and face"),
            "several-users": gettext_lazy("Several users on one phone"),
            "phone-number": gettext_lazy("Setting and changing your phone number"),
            "this-browser": gettext_lazy("Will this browser do?"),
            "recovery-codes": gettext_lazy("Recovery codes"),
            "passkeys": gettext_lazy("Passkeys"),
            "authenticator-app-codes": gettext_lazy("Codes of an authenticator app"),
            "new-phone": gettext_lazy("Moving to a new phone"),
        },
    ),
    (
        gettext_lazy("When something does not work"),
        {
            "not-received": gettext_lazy("When no notification arrives"),
            "scanning": gettext_lazy("Scanning QR codes"),
            "texts": gettext_lazy("When a text does not arrive"),
            "lost-phone": gettext_lazy("When you cannot use your phone"),
        },
    ),
    (
        gettext_lazy("Your account"),
        {
            "passwords": gettext_lazy("Choosing and changing your password"),
            "activity": gettext_lazy("What happened in your account"),
            "support-desk": gettext_lazy("What the support desk can do"),
        },
    ),
]
_HELP = {slug: title for _group, articles in _HELP_GROUPS for slug, title in articles.items()}


@require_safe
@door("unverified")
def home(request: HttpRequest) -> HttpResponse:
    user = person(request)
    known, invited, held = safety.of(user), invitation(request), held_until(user)
    sign_ins = activity.sign_ins(user)
    # Since the time before this one: what was tried earlier could be read then.
    elsewhere = activity.tried_elsewhere(user, request, sign_ins[1]["at"] if sign_ins[1:] else user.created)
    step = safety.next_step(known, elsewhere=elsewhere is not None, invited=invited is not None, held=held is not None)
    page = {"invitation": invited, "held": held, "sign_ins": sign_ins, "elsewhere": elsewhere, "step": step, **known}
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


@login_not_required
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    return render(request, "help/index.html", {"groups": _HELP_GROUPS})


@login_not_required
@require_safe
def help_article(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in _HELP:
        raise Http404
    language = "zh-hant" if (translation.get_language() or "").startswith("zh") else "en"
    known = {"contacts": _contacts(request)} if slug == "texts" else {}
    try:
        body = render_to_string(f"help/{language}/{slug}.html", known, request)
    except TemplateDoesNotExist:
        body = render_to_string(f"help/en/{slug}.html", known, request)
    page = {"title": _HELP[slug], "body": mark_safe(body), "slug": slug}  # noqa: S308 # nosec B308 B703 # our own template, rendered
    return render(request, "help/article.html", page)


def _contacts(request: HttpRequest) -> list[dict[str, Any]]:
    """Whom to ask about texts that are kept back, by country; the reader's own comes first and stands open (B12)."""
    phone = Phone.objects.verified(person(request)) if request.user.is_authenticated else None
    own = phone.country if phone else settings.PORTAL_COUNTRY
    found: dict[str, list[FilterContact]] = {own: []} if own else {}
    for contact in FilterContact.objects.all():
        found.setdefault(contact.country, []).append(contact)
    countries = [
        {"name": country_name(country), "contacts": contacts, "own": country == own}
        for country, contacts in found.items()
    ]
    return sorted(countries, key=lambda country: (not country["own"], country["name"]))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    # Another tab was faster: this one's page is older than the session, and there is nothing left to do.
    done = request.path == reverse("sign-in-finish") and request.user.is_authenticated
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
