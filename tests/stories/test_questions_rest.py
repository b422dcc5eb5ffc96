"""AT-036, R-18: a question never comes back to a key, so a response that was seen once is never right again."""

import secrets
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import PIN, desk, give_password
from tests.given import LONG
from tests.stories.ways import activated, is_in, question_at, respond, sign_in, sign_out
from twofactor import policy
from twofactor.models import AskedQuestion, PortalKey

# All of them in the long form; a world of few questions shows the same in the short one.
DRAWS, WORLD = (25_000, 10**6) if LONG else (60, 64)


@pytest.fixture
def small_world(monkeypatch):
    """Only so many questions are there, so that they would soon come back."""
    draw = secrets.randbelow
    monkeypatch.setattr(secrets, "randbelow", lambda below: draw(WORLD if below == 10**6 else below))


def test_no_question_comes_back_to_a_key(small_world, mara, pocket):
    """AT-036."""
    key = PortalKey.objects.active(mara)
    drawn = [AskedQuestion.draw(key) for _ in range(DRAWS)]
    assert len(set(drawn)) == DRAWS


def test_a_response_that_was_seen_is_never_right_again(small_world, one_clock, mara, pocket, here):
    """AT-036: neither for the same sign-in, nor for a later one within the same minute."""
    give_password(here, mara)
    seen = question_at(here)
    response = pocket.respond(seen, PIN)
    respond(here, response)
    assert is_in(here)
    sign_out(here)
    other = desk()
    give_password(other, mara)
    assert question_at(other) != seen
    respond(other, response)
    assert not is_in(other)


def test_a_question_comes_back_after_its_rest_and_not_before(monkeypatch, mara, pocket):
    """AT-036: thirty days by the clock."""
    key = PortalKey.objects.active(mara)
    falls = iter([7, 7, 7, 8, 7])
    monkeypatch.setattr(secrets, "randbelow", lambda below: next(falls))
    assert AskedQuestion.draw(key) == "000007"
    rested = AskedQuestion.objects.filter(key=key, question="000007")
    rested.update(at=timezone.now() - policy.QUESTION_REST + timedelta(minutes=1))
    assert AskedQuestion.draw(key) == "000008"
    rested.update(at=timezone.now() - policy.QUESTION_REST - timedelta(minutes=1))
    assert AskedQuestion.draw(key) == "000007"


def test_after_a_change_of_key_an_old_response_fits_nothing(monkeypatch, mara, pocket, here):
    """AT-036: not even the same question in the same minute."""
    monkeypatch.setattr(secrets, "randbelow", lambda below: 7)
    old = pocket.respond("000007", PIN)
    sign_in(here, mara, pocket)
    here.post("/security/key/deactivate/")
    activated(here, mara)
    other = desk()
    give_password(other, mara)
    assert question_at(other) == "000007"
    respond(other, old)
    assert not is_in(other)
