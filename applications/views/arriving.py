"""What a browser brings from an application's page: what is answered before anybody reads it."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import limits
from applications import malformed, policy
from applications.wishes import LONGEST


def first(request: HttpRequest) -> HttpResponse | None:
    """None: it is a page that somebody opens, and counted. Raises limits.RateLimited."""
    if request.method == "POST":
        return _as_a_page(request)
    limits.charge(policy.ARRIVALS, limits.network(limits.client_address(request)))
    return None


def _as_a_page(request: HttpRequest) -> HttpResponse:
    """A form of another site comes without our cookies, and goes on as a page does, which brings them.

    SECURITY: answered as it came, it would get new cookies in the place of those that stayed behind, and any page
    could make a browser unknown to the person whose it is.
    """
    query = request.POST.urlencode() if malformed.is_form(request) else None
    if query is None or len(query) > LONGEST:
        return wrong(request)
    response = redirect(f"{request.path}?{query}")
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def wrong(request: HttpRequest) -> HttpResponse:
    """SECURITY: nobody is led anywhere by what makes no sense."""
    return render(request, "applications/wrong.html", status=HTTPStatus.BAD_REQUEST)
