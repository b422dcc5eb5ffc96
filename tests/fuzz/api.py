"""The authenticator's API by its own description: requests made from it, and answers held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import schemathesis
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import AuditEvent, Tally
from twofactor.api import api

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# What a refused try leaves behind by right: it was counted and written down.
_COUNTED = {"pin_failures", "desk_failures", "wait_until", "number_tries", "response_tries", "failures", "version"}
_WRITTEN = {Tally, AuditEvent, Session}


def described() -> Any:
    """The API as its description tells, spoken to in this process."""
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = in_this_test
    return schema


def in_this_test(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The portal, which leaves the test its connection to the database, as Django's own test client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        with closing(get_wsgi_application()(environ, start_response)) as answer:
            return [b"".join(answer)]
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


def operations() -> list[str]:
    """The paths of the description."""
    return list(api.get_openapi_schema()["paths"])


def called(case: Any) -> Any:
    """Send it, and hold the answer against the description; the answer."""
    response = case.call(base_url=settings.PORTAL_BASE_URL)
    case.validate_response(response, checks=[*CHECKS, negative_data_rejection])
    assert response.headers["cache-control"], "an answer that may be kept"
    assert "server_time" in response.json()
    return response


def told(operation: Any, path_parameters: dict[str, str], body: Any) -> Any:
    """Send this very body, and hold the answer against the description; the answer."""
    case = operation.Case(path_parameters=path_parameters, body=body, media_type="application/json")
    response = case.call(base_url=settings.PORTAL_BASE_URL)
    case.validate_response(response, checks=CHECKS)
    return response


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, without the counts and the record."""
    found = {}
    for model in apps.get_models():
        if model not in _WRITTEN:
            fields = [field.attname for field in model._meta.concrete_fields if field.attname not in _COUNTED]
            found[model.__name__] = list(model._base_manager.order_by("pk").values(*fields))
    return found
