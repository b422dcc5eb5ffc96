"""The help: its first page with the search, and the articles."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from accounts.doors import person
from accounts.text import line
from portal.help import pages, search
from portal.help.articles import ARTICLES, GROUPS, around
from portal.help.pictures import pictured
from twofactor.forms import country_name
from twofactor.models import FilterContact, Phone

# From so many sections on, a list of them helps.
_LONG = 4


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    query = line(request.GET.get("q", ""), search.LONGEST)
    page = {"groups": GROUPS, "query": query, "hits": search.found(query) if query else None}
    return render(request, "help/index.html", page)


@login_not_required
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in ARTICLES:
        raise Http404
    known = {"contacts": _contacts(request)} if slug == "texts" else {}
    body, language = pages.written(slug, known, request), pages.language_of(slug)
    headings = pages.headings(body)
    page = {
        "slug": slug,
        "title": ARTICLES[slug].title,
        "language": language,
        "body": mark_safe(pictured(pages.linked(body), language, slug)),  # noqa: S308 # nosec B308 B703 # our own template, rendered
        "headings": headings if len(headings) >= _LONG else [],
        **around(slug),
    }
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
