"""What applications ask by themselves, without any browser of a person: keys, tokens, who somebody is."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe
from oauth2_provider.oauth2_backends import OAuthLibCore

from accounts import audit, limits
from applications import discovery, malformed, policy, wishes
from applications.models import Application, SigningKey

View = Callable[..., HttpResponse]


@login_not_required
@require_safe
def openid_configuration(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Discovery 1.0, and the same for those who only know OAuth (RFC 8414)."""
    return _for_everybody(JsonResponse(discovery.document()))


@login_not_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """What verifies whatever we have signed lately or will sign soon."""
    rows = [{**row.public, "kid": row.kid, "use": "sig", "alg": "RS256"} for row in SigningKey.objects.for_clients()]
    return _for_everybody(JsonResponse({"keys": rows}))


def _for_everybody(response: HttpResponse) -> HttpResponse:
    """It holds nothing of anybody, so every page may read it and every cache keep it."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = f"public, max-age={int(policy.KEYS_KEPT_BY_CLIENTS.total_seconds())}"
    return response


def endpoint(*methods: str) -> Callable[[View], View]:
    """A door for programs: no session, no form; whatever is wrong is said in the protocol's own words.

    A page of an application may ask if staff have written its origin down (RFC 9700, section 2.6).
    """

    def mark(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def asked(request: HttpRequest, **named: str) -> HttpResponse:
            known = _is_known_page(request)
            if request.method == "OPTIONS":
                response = HttpResponse(status=HTTPStatus.NO_CONTENT)
            elif request.method not in methods:
                response = wrong("invalid_request", HTTPStatus.METHOD_NOT_ALLOWED)
                response["Allow"] = ", ".join(methods)
            elif malformed.is_of_a_page(request) and not known:
                # SECURITY: not counted, or any page could close this door to its reader and their whole office.
                response = wrong("invalid_request", HTTPStatus.FORBIDDEN)
            else:
                response = _answered(view, request, **named)
            response["Pragma"] = "no-cache"
            response["Vary"] = "Origin"
            return _cross_origin(request, response, methods) if known else response

        return asked

    return mark


def _answered(view: View, request: HttpRequest, **named: str) -> HttpResponse:
    """SECURITY: whoever says to be an application and is not does not try it all day.

    Counted afterwards: what is tried has 256 random bits, and what is granted costs one look and no more.
    """
    try:
        if not malformed.is_for_programs(request):
            return wrong("invalid_request")
    except RequestDataTooBig:
        return wrong("invalid_request", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except (BadRequest, SuspiciousOperation):
        return wrong("invalid_request")
    where = limits.network(limits.client_address(request))
    opens = limits.opens_at(policy.STRANGERS, where)
    if opens is not None:
        return _not_now(limits.RateLimited(opens, policy.STRANGERS[0].name))
    try:
        response = view(request, **named)
    except limits.RateLimited as full:
        return _not_now(full)
    except RequestDataTooBig:
        # Of a body that is no form.
        return wrong("invalid_request", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if error_of(response) == "invalid_client":
        with suppress(limits.RateLimited):
            limits.charge(policy.STRANGERS, where)
        _record_stranger(request)
    return response


def error_of(response: HttpResponse) -> str:
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return ""
    try:
        said = json.loads(response.content or "{}")
    except ValueError:
        return ""
    return str(said.get("error", "")) if isinstance(said, dict) else ""


def _not_now(full: limits.RateLimited) -> HttpResponse:
    response = wrong("temporarily_unavailable", HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(full.retry_after)
    return response


def wrong(error: str, status: int = HTTPStatus.BAD_REQUEST, description: str = "", **more: str) -> HttpResponse:
    said = {"error": error, **({"error_description": description} if description else {}), **more}
    response = JsonResponse(said, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Basic realm="applications"'
    return response


def _is_known_page(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin", "")
    return bool(origin) and Application.objects.has_origin(origin)


def _cross_origin(request: HttpRequest, response: HttpResponse, methods: tuple[str, ...]) -> HttpResponse:
    """What lets that page read the answer."""
    response["Access-Control-Allow-Origin"] = request.headers["Origin"]
    response["Access-Control-Allow-Methods"] = ", ".join(methods)
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    response["Access-Control-Expose-Headers"] = "WWW-Authenticate, Retry-After"
    return response


class Core(OAuthLibCore):
    def extract_body(self, request: HttpRequest) -> list[tuple[str, str]]:
        """SECURITY: what has a meaning here, and nothing else: the library keeps notes of its own beside it."""
        return [(name, str(value)) for name, value in request.POST.items() if name in _PARAMETERS]


# Of what programs send to the endpoints.
_PARAMETERS = frozenset(
    {"grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret"}
    | {"token", "token_type_hint", "device_code", "auth_req_id"}
)


def core() -> OAuthLibCore:
    return Core(wishes.server())  # type: ignore[no-untyped-call]


@endpoint("POST")
@sensitive_post_parameters()
def token(request: HttpRequest) -> HttpResponse:
    """A code, or what was given for one before, is changed into tokens.

    In one transaction: of two that come with the same code at once, the second finds it used.
    """
    if not is_form(request):
        return wrong("invalid_request")
    with transaction.atomic():
        _url, headers, body, status = core().create_token_response(request)
    return _said(headers, body, status)


@endpoint("POST")
@sensitive_post_parameters()
def revoke(request: HttpRequest) -> HttpResponse:
    """An application gives back what it was given (RFC 7009)."""
    if not is_form(request):
        return wrong("invalid_request")
    with transaction.atomic():
        _url, headers, body, status = core().create_revocation_response(request)
    return _said(headers, body, status)


@endpoint("GET", "POST")
def userinfo(request: HttpRequest) -> HttpResponse:
    """Who the person of a token is. SECURITY: the token comes in the header, where no log and no history keeps it."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        response = HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        response["WWW-Authenticate"] = 'Bearer realm="userinfo"'
        return response
    _url, headers, body, status = core().create_userinfo_response(request)
    return _said(headers, body, status)


def is_form(request: HttpRequest) -> bool:
    """SECURITY: what stands there twice can be read twice."""
    return malformed.is_form(request) and all(len(values) == 1 for _name, values in request.POST.lists())


def _record_stranger(request: HttpRequest) -> None:
    """Somebody who says to be this application, and is not."""
    named = Application.objects.filter(client_id=request.POST.get("client_id", "")).first()
    name = named.name if named else ""
    audit.record("application.client", request=request, ok=False, reason="secret", application=name)


def _said(headers: dict[str, Any], body: str | None, status: int) -> HttpResponse:
    response = HttpResponse(body or "", status=status, content_type="application/json")
    for name, value in headers.items():
        response[name] = value
    return response
