"""The portal's application with one more page, for `python -m bench pages` alone: as small as the stock assembly's."""

from __future__ import annotations

from importlib import import_module

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from bench.stock.words import PAGE
from portal.asgi import application

__all__ = ["application"]

_page = engines["django"].from_string(PAGE)


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    words = {"title": "Sign in", "words": "To your portal.", "action": "/sign-in/"}
    return HttpResponse(_page.render(words, request))


# Only now: the application makes the apps ready.
import_module("portal.urls").urlpatterns.insert(0, path("bench/", page))
