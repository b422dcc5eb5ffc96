"""Where an application asks people to approve an action, and reads what they have said (docs/applications.md)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from applications import actions, approvals, clients, receipts, wanted
from applications.actions import Differs
from applications.models import Action, Application
from applications.views.protocol import endpoint, wrong
from applications.wanted import Wrong


@endpoint("POST")
def propose(request: HttpRequest) -> HttpResponse:
    """Ask for one. What comes back is the text as people read it: it is what they approve."""
    application = clients.speaking(request)
    if application is None or not application.asks_actions:
        return _nobody(application)
    if request.content_type != "application/json":
        return wrong("invalid_request", description="JSON is required.")
    try:
        action = actions.propose(request, application, wanted.read(request.body))
    except Wrong as why:
        return wrong("invalid_request", description=why.description, field=why.field)
    except Differs:
        text = "This idempotency key was used for something else."
        return wrong("invalid_request", HTTPStatus.CONFLICT, text, field="idempotency_key")
    return JsonResponse(_told(action), status=HTTPStatus.CREATED)


@endpoint("GET", "DELETE")
def action(request: HttpRequest, pk: str) -> HttpResponse:
    """How it stands, with the receipt once it is approved; or take it back."""
    return _own(request, pk, cancel=request.method == "DELETE")


@endpoint("POST")
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Take it back, for those who cannot send DELETE."""
    return _own(request, pk, cancel=True)


def _own(request: HttpRequest, pk: str, *, cancel: bool) -> HttpResponse:
    application = clients.speaking(request)
    if application is None or not application.asks_actions:
        return _nobody(application)
    # SECURITY: another application's is as unknown as one that never was.
    rows = Action.objects.select_related("application", "account")
    found = rows.filter(pk=pk, application=application).first()
    if found is None:
        return wrong("not_found", HTTPStatus.NOT_FOUND, "There is no such action.")
    if cancel and not actions.cancel(found, request=request):
        found.refresh_from_db()
        if found.standing != "cancelled":
            return wrong("over", HTTPStatus.CONFLICT, "It has ended.", state=found.standing)
    return JsonResponse(_told(found))


def _nobody(application: Application | None) -> HttpResponse:
    if application is None:
        return wrong("invalid_client", HTTPStatus.UNAUTHORIZED)
    return wrong("unauthorized_client", HTTPStatus.FORBIDDEN, "This application may not ask for approvals.")


def _told(action: Action) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": action.pk,
        "state": action.standing,
        "title": action.title,
        "facts": action.facts,
        "lang": action.lang,
        # SECURITY: what was asked for, and not what the account takes: nobody learns here which accounts there are.
        "people": action.people_asked,
        "approved": len(approvals.of(action)),
        "created": int(action.created.timestamp()),
        "expires": int(action.expires.timestamp()),
        "url": settings.PORTAL_BASE_URL + reverse("action", args=[action.pk]),
    }
    return said | ({"receipt": receipts.of(action)} if action.state == "approved" else {})
