"""What a browser brings from an application's page: what is answered before anybody reads it."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import limits
from applications import malformed, policy
from applications.wishes import LONGEST


def first(request: HttpRequest) -> HttpResponse | None:
    """None: it is a page that somebody opens, and there is room for it.

    SECURITY: what a hostile page asks for behind its back is not counted, or it could close this door to its reader,
    and to everybody who shares their address.
    """
    if malformed.is_out_of_sight(request):
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    if request.method == "POST":
        return _as_a_page(request)
    try:
        limits.charge(policy.ARRIVALS, limits.network(limits.client_address(request)))
    except limits.RateLimited as full:
        # Said here: whoever is not signed in comes by a middleware, and what that raises is nobody's to explain.
        response = render(request, "429.html", {"retry_at": full.retry_at}, status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(full.retry_after)
        return response
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
