"""The road of a person from an application and back to it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_supported_language_variant
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import browser
from accounts.doors import door
from applications import entering, scopes, wishes
from applications.models import Arrival
from applications.views import arriving
from applications.wishes import Refused, Wish, Wrong


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@door("unverified")
def authorize(request: HttpRequest) -> HttpResponse:
    """An application sends somebody here. Whoever may pass and need not be asked is back there at once.

    A form of the application's own page goes on as a page does.
    """
    return _read(request, _pass)


def turned_away(request: HttpRequest, refusal: HttpResponse | None) -> HttpResponse:
    """Who is not signed in, or may not pass for now: the application hears it, or its person does what is due."""
    if refusal is not None and request.user.is_authenticated:
        return _read(request, lambda _request, wish: _due(wish, refusal))
    return _read(request, _sign_in_first)


authorize.otherwise = turned_away  # type: ignore[attr-defined]


def _due(wish: Wish, refusal: HttpResponse) -> HttpResponse:
    if wish.is_silent:
        raise wish.refused("interaction_required")
    return refusal


def _sign_in_first(request: HttpRequest, wish: Wish) -> HttpResponse:
    if wish.is_silent:
        raise wish.refused("login_required")
    return _led_to_sign_in(request, wish, entering.arrive(request, wish))


def _read(request: HttpRequest, then: Callable[[HttpRequest, Wish], HttpResponse]) -> HttpResponse:
    early = arriving.first(request)
    if early is not None:
        return early
    try:
        return then(request, wishes.read(request.META.get("QUERY_STRING", "")))
    except Wrong:
        return arriving.wrong(request)
    except Refused as refused:
        return _away(refused.url)


def _pass(request: HttpRequest, wish: Wish) -> HttpResponse:
    step = entering.next_step(request, wish, None)
    if step == entering.GO:
        return _away(entering.give_code(request, wish))
    arrival = entering.arrive(request, wish)
    if step == entering.SIGN_IN:
        return _led_to_sign_in(request, wish, arrival)
    return _remembered(request, wish, redirect("oauth-go-on", arrival.pk))


def _led_to_sign_in(request: HttpRequest, wish: Wish, arrival: Arrival) -> HttpResponse:
    asked = {"again": "1", "next": reverse("oauth-go-on", args=[arrival.pk])}
    if wish.login_hint:
        asked["for"] = wish.login_hint
    return _remembered(request, wish, redirect(f"{reverse('sign-in')}?{urlencode(asked)}"))


def _remembered(request: HttpRequest, wish: Wish, response: HttpResponse) -> HttpResponse:
    """SECURITY: the browser that came goes on, and no other. In the language of the application, if it has none yet."""
    browser.remember(response, browser.seen(request))
    spoken = next((code for code in map(_supported, wish.languages) if code), "")
    if spoken and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        browser.speak(response, spoken)
    return response


def _supported(code: str) -> str:
    try:
        return get_supported_language_variant(code)
    except LookupError:
        return ""


def _away(url: str) -> HttpResponse:
    """SECURITY: 302, which never sends a form on with what was typed into it, as 307 does (RFC 9700, section 4.12)."""
    return HttpResponse(status=HTTPStatus.FOUND, headers={"Location": url})


@require_http_methods(["GET", "HEAD", "POST"])
@door("unverified")
def go_on(request: HttpRequest, arrival: str) -> HttpResponse:
    """After a sign-in, or a yes: on to the application, by a page of our own.

    A browser follows no redirect to another site that began with a form of ours (`form-action`), and so it stays: this
    page begins anew. It needs no script.
    """
    row = entering.found(request, arrival)
    if row is None:
        return render(request, "applications/over.html", status=HTTPStatus.GONE)
    try:
        wish = wishes.read(row.query)
    except Wrong:
        return arriving.wrong(request)
    except Refused as refused:
        return _leave(request, row, refused.url)
    return _go_on(request, row, wish)


def _go_on(request: HttpRequest, row: Arrival, wish: Wish) -> HttpResponse:
    try:
        step = entering.next_step(request, wish, row.created)
        if step == entering.SIGN_IN:
            return _led_to_sign_in(request, wish, row)
        if step == entering.CONSENT:
            if request.method != "POST":
                return _consent(request, wish)
            if "allow" not in request.POST:
                return _leave(request, row, entering.refuse(request, wish), wish)
            entering.allow(request, wish)
        return _leave(request, row, entering.give_code(request, wish), wish)
    except Refused as refused:
        return _leave(request, row, refused.url, wish)


def _consent(request: HttpRequest, wish: Wish) -> HttpResponse:
    learns = [words for scope, words in scopes.WORDS.items() if scope in wish.scopes]
    # Where they really go, which is what a look-alike's name cannot change.
    page = {"application": wish.application, "learns": learns, "place": urlsplit(wish.redirect_uri).netloc}
    page["anybody"] = wish.is_of_anybody_here
    return render(request, "applications/consent.html", page)


def _leave(request: HttpRequest, row: Arrival, url: str, wish: Wish | None = None) -> HttpResponse:
    if not entering.answered(row):
        return render(request, "applications/over.html", status=HTTPStatus.GONE)
    return render(request, "applications/leave.html", {"url": url, "application": row.application})
