"""The frame's own pages: home, security overview, help, probes, errors."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.browser import place, words
from accounts.doors import door, person
from accounts.models import AuditEvent, OpenSession, User
from twofactor.forms import country_name
from twofactor.models import FilterContact, Phone, PortalKey, Subscription
from twofactor.views.enrolment import invitation

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
        },
    ),
    (
        gettext_lazy("When something does not work"),
        {
            "not-received": gettext_lazy("When no notification arrives"),
            "scanning": gettext_lazy("Scanning QR codes"),
            "texts": gettext_lazy("When a text does not arrive"),
            "lost-phone": gettext_lazy("When your phone is lost or replaced"),
        },
    ),
]
_HELP = {slug: title for _group, articles in _HELP_GROUPS for slug, title in articles.items()}
_RECENT = 8
# What a person wants to read about; everything else stays in the record for the support desk.
_EVENTS = {
    ("login.claim", "ok"): gettext_lazy("Signed in"),
    ("password.check", "refused"): gettext_lazy("A wrong password was typed"),
    ("challenge.deny", "ok"): gettext_lazy("A sign-in was refused on the phone"),
    ("challenge.response", "refused"): gettext_lazy("A wrong response was typed"),
    ("challenge.pin", "refused"): gettext_lazy("A wrong PIN was given on the phone"),
    ("key.pin", "refused"): gettext_lazy("A wrong PIN was given on the phone"),
    ("key.pin", "ok"): gettext_lazy("The PIN was changed on the phone"),
    ("factor.weaker", "ok"): gettext_lazy("Signed in by text instead of the key"),
    ("code.check", "refused"): gettext_lazy("A wrong code was typed"),
    ("phone.verify", "ok"): gettext_lazy("A phone number was confirmed"),
    ("phone.remove", "ok"): gettext_lazy("The phone number was removed"),
    ("code.send", "ok"): gettext_lazy("A code was sent to your phone"),
    ("phone.end", "ok"): gettext_lazy("Our staff took the phone number away"),
    ("phone.stop", "ok"): gettext_lazy("A change of the phone number was undone"),
    ("texts.on", "ok"): gettext_lazy("Codes by text were switched on"),
    ("texts.off", "ok"): gettext_lazy("Codes by text were switched off"),
    ("key.activate", "ok"): gettext_lazy("A phone was activated"),
    ("key.replace", "ok"): gettext_lazy("A phone was replaced by another one"),
    ("key.revoke", "ok"): gettext_lazy("A phone was switched off"),
    ("key.surrender", "ok"): gettext_lazy("A phone gave its key up"),
    ("key.lock", "ok"): gettext_lazy("The key was locked after too many wrong tries"),
    ("password.change", "ok"): gettext_lazy("The password was changed"),
    ("session.end-others", "ok"): gettext_lazy("All other browsers were signed out"),
}
_GOOD = frozenset(
    {"login.claim", "phone.verify", "texts.on", "key.activate", "key.pin", "password.change", "session.end-others"}
)


def _recent(user: User) -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(user=user, kind__in={kind for kind, _outcome in _EVENTS})[: 3 * _RECENT]
    told = [event for event in events if (event.kind, event.outcome) in _EVENTS][:_RECENT]
    return [
        {
            "what": _EVENTS[event.kind, event.outcome],
            "at": event.at,
            "where": place(event.browser, event.address) if event.browser else "",
            "good": event.kind in _GOOD and event.outcome == "ok",
            "refused": event.outcome != "ok" or event.kind == "challenge.deny",
        }
        for event in told
    ]


@require_safe
@door("unverified")
def home(request: HttpRequest) -> HttpResponse:
    user = person(request)
    page = {"invitation": invitation(request), "recent": _recent(user), **_factors(user)}
    return render(request, "home.html", page)


def _factors(user: User) -> dict[str, Any]:
    """What protects this person beside the password: the key, the number, and whether texts to it sign in."""
    phone = Phone.objects.verified(user)
    texts = phone.texts if phone else ""
    key = PortalKey.objects.binding(user)
    return {"key": key, "phone": phone, "texts": texts, "pushes": Subscription.state_of(key)}


@require_safe
@door("unverified")
def security(request: HttpRequest) -> HttpResponse:
    user = person(request)
    page = {
        "invitation": invitation(request),
        **_factors(user),
        "sessions": _sessions(request, user),
        "recent": _recent(user),
    }
    return render(request, "security/overview.html", page)


def _sessions(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    """The browsers where this person is signed in now, the one that asks first."""
    here = request.session.session_key
    alive = Session.objects.filter(expire_date__gt=Now()).values("session_key")
    rows = OpenSession.objects.filter(user=user, session_key__in=alive).order_by("-since")
    found = [
        {"browser": words(row.browser), "address": row.address, "at": row.since, "current": row.session_key == here}
        for row in rows
    ]
    return sorted(found, key=lambda session: not session["current"])


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
    page = {"title": _HELP[slug], "body": mark_safe(body), "slug": slug}  # noqa: S308 - our own template, rendered
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


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"live": True})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Ready when the database answers and stands where this code needs it."""
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return JsonResponse({"ready": False, "database": False}, status=503)
    return JsonResponse({"ready": not behind, "database": True, "migrated": not behind}, status=503 if behind else 200)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    # Another tab was faster: this one's page is older than the session, and there is nothing left to do.
    done = request.path == reverse("sign-in-finish") and request.user.is_authenticated
    return render(request, "403_csrf.html", {"done": done}, status=403)


def bad_message(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """SECURITY: without a context: whatever broke may be what the context needs, and no detail may leak."""
    return HttpResponse(render_to_string("500.html"), status=500)
