"""Pages in one hop: which view answers is looked up once, and hostile paths fill nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404
from django.urls import resolve

from portal.engine import Engine


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def asked(path: str) -> Any:
    return ASGIRequest({"method": "GET", "path": path, "headers": []}, io.BytesIO())


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/help/", "/health/live", "/authenticator/"])
def test_a_path_that_is_written_out_in_full_is_looked_up_once(engine: Engine, path: str) -> None:
    first, second = asked(path), asked(path)
    assert engine.resolve_request(first) is engine.resolve_request(second)
    assert first.resolver_match is second.resolver_match
    assert first.resolver_match.func is resolve(path).func


@pytest.mark.parametrize("path", ["/help/lost-phone/", "/help/anything/", "/admin/anything/"])
def test_a_path_of_which_there_are_many_is_not_kept(engine: Engine, path: str) -> None:
    before = len(engine._found)
    engine.resolve_request(asked(path))
    assert len(engine._found) == before


def test_a_path_that_does_not_exist_is_not_kept(engine: Engine) -> None:
    before = len(engine._found)
    with pytest.raises(Http404):
        engine.resolve_request(asked("/nothing/of/ours"))
    assert len(engine._found) == before
