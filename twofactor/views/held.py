"""The page of the hold: after a move without the old phone nothing about the sign-in changes for a day."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.doors import View, person
from twofactor.strength import held_until


def refused(request: HttpRequest) -> HttpResponse | None:
    """What a door that changes a factor answers during the hold: until when, and why. None: there is no hold."""
    until = held_until(person(request))
    if until is None:
        return None
    return render(request, "security/held.html", {"held": until}, status=HTTPStatus.FORBIDDEN)


def unless_held(view: View) -> View:
    """Close a door during the hold. Stands below `door`: who is held hears so before they sign in again for nothing."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return refused(request) or view(request, *args, **kwargs)

    return answered  # type: ignore[return-value]
