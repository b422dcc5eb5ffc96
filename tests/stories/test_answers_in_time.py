"""An answer counts until its question ends, and no clock but the right ones says when."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Login, User
from tests.factories import PIN, finish, give_password
from tests.pocket import Problem
from tests.stories.ways import (
    is_in,
    state,
    text,
)
from twofactor.models import Challenge, PortalKey


@pytest.fixture
def waiting(mara, pocket, known):
    """A known browser that waits for Mara's tap."""
    give_password(known, mara)
    return known


def refusal_of(act, *args, **kwargs):
    with pytest.raises(Problem) as refusal:
        act(*args, **kwargs)
    return refusal.value


def over(**changes):
    Challenge.objects.filter(state="pending").update(**changes)


def test_an_answer_after_the_end_is_too_late(pocket, waiting):
    """By the database's clock, with nobody sweeping."""
    asked = pocket.challenge()
    over(expires=timezone.now() - timedelta(seconds=1))
    for act in (lambda: pocket.approve(asked, PIN), lambda: pocket.cancel(asked), lambda: pocket.not_me(asked)):
        refusal = refusal_of(act)
        assert (refusal.status, refusal.code) == (410, "expired")
    assert Challenge.objects.latest("created").state == "pending"
    assert state(waiting) == "expired"
    assert "No answer came in time" in text(waiting.get("/sign-in/verify/"))
    finish(waiting)
    assert not is_in(waiting)


def test_a_process_whose_clock_is_behind_accepts_nothing_late(mara, pocket, waiting):
    asked = pocket.challenge()
    with time_machine.travel(timezone.now() - timedelta(seconds=100), tick=False):
        over(expires=timezone.now() + timedelta(seconds=50))
        refusal = refusal_of(pocket.approve, asked, PIN)
    assert refusal.code in ("expired", "settled")
    finish(waiting)
    assert not is_in(waiting)


def test_an_answer_in_the_last_second_counts(clock, mara, pocket, waiting):
    asked = pocket.challenge()
    clock.shift(299)
    assert pocket.approve(asked, PIN)["state"] == "approved"
    clock.shift(30)
    finish(waiting)
    assert is_in(waiting)


def test_an_answer_after_cancelling_at_the_desk_is_too_late(pocket, waiting):
    """AT-009."""
    asked = pocket.challenge()
    waiting.post("/sign-in/cancel/")
    assert pocket.challenges() == []
    refusal = refusal_of(pocket.approve, asked, PIN)
    assert (refusal.code, refusal.body["state"]) == ("settled", "superseded")
    assert state(waiting) == "cancelled"


def test_an_answer_after_the_sign_in_lapsed_is_too_late(pocket, waiting):
    asked = pocket.challenge()
    Login.objects.filter(state="pending").update(expires=timezone.now() - timedelta(seconds=1))
    assert refusal_of(pocket.approve, asked, PIN).code in ("settled", "expired")
    finish(waiting)
    assert not is_in(waiting)


def test_an_answer_by_somebody_who_may_not_sign_in_is_none(mara, pocket, waiting):
    asked = pocket.challenge()
    User.objects.update(is_active=False)
    assert refusal_of(pocket.approve, asked, PIN).code == "key-inactive"


def test_an_answer_by_a_revoked_key_is_none(mara, pocket, waiting):
    asked = pocket.challenge()
    PortalKey.objects.update(state="revoked")
    assert refusal_of(pocket.approve, asked, PIN).code == "key-inactive"


def test_every_way_of_being_inactive_looks_the_same(mara, pocket, waiting):
    """AT-069."""
    asked, answers = pocket.challenge(), set()
    for inactive in ("pending", "locked", "replaced", "revoked"):
        PortalKey.objects.update(state=inactive)
        for act in (pocket.inbox, lambda: pocket.approve(asked, PIN), lambda: pocket.rename("x"), pocket.revoke):
            refusal = refusal_of(act)
            answers.add((refusal.status, refusal.code, refusal.body["detail"]))
    PortalKey.objects.all().delete()
    refusal = refusal_of(pocket.inbox)
    answers.add((refusal.status, refusal.code, refusal.body["detail"]))
    assert len(answers) == 1
