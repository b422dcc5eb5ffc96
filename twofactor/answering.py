"""How the authenticator's API reads and answers, whatever is asked: small JSON, problems with stable codes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from accounts import audit
from accounts.limits import RateLimited
from twofactor import hosts, policy, shapes
from twofactor.models import Inactive
from twofactor.protocol import statements

_log = logging.getLogger("portal.api")


class Problem(Exception):
    """A refusal with a stable code (protocol section 2). `extra` are members of the problem document."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


# Code: status and the sentence for a person.
PROBLEMS: dict[str, tuple[int, Callable[[], str]]] = {
    "malformed": (400, lambda: _("This message cannot be read.")),
    "bad-signature": (403, lambda: _("This message could not be verified.")),
    "key-inactive": (403, lambda: _("This key is not active. Activate this device again at the portal.")),
    "code-unknown": (404, lambda: _("This activation code is not valid. Show a new one at the portal.")),
    "already-enrolled": (409, lambda: _("This device is already active for this user. Nothing more is needed.")),
    "not-found": (404, lambda: _("There is nothing here for this key.")),
    "settled": (409, lambda: _("This has already been decided.")),
    "expired": (410, lambda: _("It is too late for this one. Start again at the sign-in page.")),
    "wrong-pin": (422, lambda: _("That PIN does not fit. Try again.")),
    "wrong-number": (422, lambda: _("That is not the number on the sign-in page. Look again.")),
    "locked": (423, lambda: _("Too many wrong PINs: this key is locked. Ask the support desk for a way back in.")),
    "slow-down": (429, lambda: _("Too many tries. Wait a little before the next one.")),
    "unavailable": (503, lambda: _("The portal cannot answer right now. Try again in a moment.")),
}


class SmallJson(Parser):
    """Only JSON objects, only as JSON, at most 16 KiB."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json" or len(request.body) > policy.BODY_LONGEST:
            raise Problem("malformed")
        return json.loads(request.body)


api = shapes.DescribedAPI(
    title="Portal Key", version="1", docs_url=None, urls_namespace="authenticator-api", parser=SmallJson()
)

# What every path may answer, and every one to which a key speaks. An accident is `unavailable` with another status.
_ALWAYS = ("malformed", "slow-down", "unavailable")
SPOKEN = ("bad-signature", "key-inactive")


def refuses(*codes: str) -> dict[str, Any]:
    """How an operation refuses, for its description."""
    named = [(code, PROBLEMS[code][0]) for code in (*_ALWAYS, *codes)]
    return shapes.refusals([*named, ("unavailable", 500)])


def reply(
    request: HttpRequest, body: dict[str, Any], status: int = 200, kind: str = "application/json"
) -> HttpResponse:
    body["server_time"] = int(timezone.now().timestamp())
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=kind)


def _problem(request: HttpRequest, code: str, **extra: Any) -> HttpResponse:
    status, sentence = PROBLEMS[code]
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": sentence(), **extra}
    response = reply(request, body, body["status"], "application/problem+json")
    if "retry_at" in extra:
        response["Retry-After"] = str(max(1, extra["retry_at"] - int(timezone.now().timestamp())))
    return response


@api.exception_handler(Problem)
def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return _problem(request, problem.code, **problem.extra)


@api.exception_handler(statements.Refused)
def _on_refused(request: HttpRequest, refused: statements.Refused) -> HttpResponse:
    return _problem(request, refused.code)


@api.exception_handler(RequestDataTooBig)
@api.exception_handler(ValidationError)
@api.exception_handler(HttpError)
def _on_malformed(request: HttpRequest, problem: Exception) -> HttpResponse:
    return _problem(request, "malformed")


@api.exception_handler(Inactive)
def _on_inactive(request: HttpRequest, problem: Exception) -> HttpResponse:
    return _problem(request, "key-inactive")


@api.exception_handler(DatabaseError)
def _on_database(request: HttpRequest, problem: DatabaseError) -> HttpResponse:
    """SECURITY: what cannot be counted is not compared (R-88)."""
    audit.accident(request, problem)
    return _problem(request, "unavailable", retry_at=int(timezone.now().timestamp()) + policy.RETRY_DATABASE)


@api.exception_handler(RateLimited)
def _on_limit(request: HttpRequest, limited: RateLimited) -> HttpResponse:
    return _problem(request, "slow-down", retry_at=int(limited.retry_at.timestamp()) + 1)


@api.exception_handler(Exception)
def _on_accident(request: HttpRequest, accident: Exception) -> HttpResponse:
    """SECURITY: whatever breaks is refused, and no detail leaves the log."""
    _log.error("the authenticator's API failed", exc_info=accident)
    audit.accident(request, accident)
    return _problem(request, "unavailable", status=500)


def in_one_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What the library would answer in plain text, as a problem document: a method that is not served, the root."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if hosts.is_foreign(request.headers):
            return _problem(request, "malformed", status=HTTPStatus.FORBIDDEN)
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return _problem(request, "not-found")
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        refused = _problem(request, "malformed", status=response.status_code)
        refused["Allow"] = response["Allow"]
        return refused

    return answered
