"""Random words are drawn at once, and no sign is likelier than another."""

from __future__ import annotations

import importlib.util
import secrets
from collections import Counter
from typing import Any

import pytest
from django.middleware import csrf
from django.test import RequestFactory

from accounts.drawing import word
from portal import tokens


def _draws(monkeypatch: pytest.MonkeyPatch, *drawn: bytes) -> None:
    left = iter(drawn)
    monkeypatch.setattr(secrets, "token_bytes", lambda _many: next(left))


@pytest.mark.parametrize("signs", ["ab", "abc", csrf.CSRF_ALLOWED_CHARS])
def test_each_sign_stands_for_as_many_values_as_any_other(monkeypatch: pytest.MonkeyPatch, signs: str) -> None:
    whole = 256 - 256 % len(signs)
    _draws(monkeypatch, bytes(range(256)))
    assert set(Counter(word(whole, signs)).values()) == {256 // len(signs)}


def test_values_that_stand_for_no_sign_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _draws(monkeypatch, b"\xff\xff\x00", b"\xff\x01\x02")
    assert word(3, "abc") == "abc"


def test_no_two_words_are_alike() -> None:
    assert len({word(32, csrf.CSRF_ALLOWED_CHARS) for _each in range(1000)}) == 1000


def test_the_secret_of_a_form_is_one_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    request, real, draws = RequestFactory().get("/"), secrets.token_bytes, list[int]()
    monkeypatch.setattr(secrets, "token_bytes", lambda many: draws.append(many) or real(many))
    token = csrf.get_token(request)
    # One for the secret and one for its mask.
    assert len(draws) == 2
    assert csrf._does_token_match(token, request.META["CSRF_COOKIE"])


def _as_django_is() -> Any:
    """Its module once more, in which nothing is ours."""
    spec = importlib.util.find_spec(csrf.__name__)
    assert spec is not None
    assert spec.loader is not None
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)
    return theirs


def test_a_masked_token_is_the_one_that_django_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    secret, mask = word(32, csrf.CSRF_ALLOWED_CHARS), word(32, csrf.CSRF_ALLOWED_CHARS)
    monkeypatch.setattr(tokens, "_secret", lambda: mask)
    token = tokens._masked(secret)
    assert token[:32] == mask
    assert _as_django_is()._unmask_cipher_token(token) == tokens._unmasked(token) == secret
    assert all(tokens._masked(sign * 32)[32:] for sign in csrf.CSRF_ALLOWED_CHARS)
