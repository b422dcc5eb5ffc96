"""Every page has a name from here on: in the log, in its errands, and in its answer, for whoever asks about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from accounts import requests
from portal.headers import GetResponse


class Named:
    """The outermost of all: what others refuse or break on the way has its name, too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = requests.of_client(request.headers.get(requests.HEADER, ""))
        with requests.named(name):
            response = self.get_response(request)
        response[requests.HEADER] = name
        return response
