"""Every page has a name from here on: in the log, in its errands, and in its answer, for whoever asks about it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.request import HttpHeaders

from accounts import requests, watching
from portal.headers import GetResponse

# As a request has them before all of its headers are put in order, which few pages ask for.
_NAME, _WITHIN = (HttpHeaders.to_wsgi_name(name) for name in (requests.HEADER, requests.TRACE))


class Named:
    """The outermost of all: what others refuse or break on the way has its name, too, and its time is taken."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = requests.of_client(request.META.get(_NAME, ""))
        request.META[requests.KEPT] = name
        within = requests.trace_of_client(request.META.get(_WITHIN, ""))
        with requests.named(name), watching.step("request", within, route="none", status="none") as words:
            response = self.get_response(request)
            words |= {"route": _route(request), "status": f"{response.status_code // 100}xx"}
        response[requests.HEADER] = name
        return response


def _route(request: HttpRequest) -> str:
    """Which of our pages it was. SECURITY: its name and not its address, which may hold what opens something."""
    match = request.resolver_match
    if match:
        # What has no name is called after its code, which says nothing to anybody.
        return match.view_name if match.url_name else "none"
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"
