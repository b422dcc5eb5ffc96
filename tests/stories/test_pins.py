"""A wrong PIN is only ever told by the server, counted against the key, and never a way round it (P-33)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import PIN, desk, finish, give_password
from tests.pocket import Problem
from tests.stories.ways import (
    WRONG_PIN,
    approve,
    events,
    is_in,
    question_at,
    respond,
    send_again,
    sign_in,
    sign_out,
    state,
    text,
)
from twofactor import policy
from twofactor.models import Challenge, PortalKey


@pytest.fixture
def waiting(mara, pocket, known):
    give_password(known, mara)
    return known


def wrong_pin(pocket, asked=None):
    asked = asked or pocket.challenges()[0]
    with pytest.raises(Problem) as refusal:
        pocket.approve(asked, WRONG_PIN, number=Challenge.objects.get(pk=asked["id"]).question)
    return refusal.value


def right_pin(pocket):
    asked = pocket.challenges()[0]
    return pocket.approve(asked, PIN, number=Challenge.objects.get(pk=asked["id"]).question)


def failures(count):
    """As if so many wrong PINs had been given in a row before, and their waits were over."""
    PortalKey.objects.update(pin_failures=count, wait_until=None)


# --- One question ---


def test_a_wrong_pin_leaves_three_tries(pocket, waiting):
    refusal = wrong_pin(pocket)
    assert (refusal.status, refusal.code, refusal.body["attempts_left"]) == (422, "wrong-pin", 2)
    assert wrong_pin(pocket).body["attempts_left"] == 1
    assert right_pin(pocket)["state"] == "approved"
    finish(waiting)
    assert is_in(waiting)
    assert events("challenge.pin") == [("refused", "wrong")] * 2


def test_three_wrong_pins_end_the_question_and_not_the_sign_in(pocket, waiting):
    asked = pocket.challenge()
    assert [wrong_pin(pocket).body["attempts_left"] for _ in range(3)] == [2, 1, 0]
    with pytest.raises(Problem) as refusal:
        pocket.approve(asked, PIN)
    assert (refusal.value.code, refusal.value.body["state"]) == ("settled", "failed")
    assert pocket.challenges() == []
    assert state(waiting) == "failed"
    send_again(waiting)
    assert state(waiting) == "waiting"
    assert pocket.challenge()["id"] != asked["id"]
    approve(waiting, pocket)
    finish(waiting)
    assert is_in(waiting)


def test_the_page_after_three_wrong_pins_says_so_and_leads_on(pocket, waiting):
    for _ in range(3):
        wrong_pin(pocket)
    page = waiting.get("/sign-in/verify/")
    assert "PIN was wrong" in text(page)
    assert 'action="/sign-in/verify/again/"' in page.content.decode()


def test_three_questions_for_one_sign_in_are_enough(clock, pocket, waiting):
    """P-13."""
    for _ in range(3):
        Challenge.objects.filter(state="pending").update(expires=timezone.now() - timedelta(seconds=1))
        send_again(waiting)
    assert waiting.session["login"]
    assert Challenge.objects.filter(login_id=waiting.session["login"]).count() == 3
    assert state(waiting) == "expired"
    assert 'action="/sign-in/verify/again/"' not in waiting.get("/sign-in/verify/").content.decode()


# --- In a row ---


def test_from_the_fifth_on_it_waits_half_a_minute(clock, mara, pocket, known):
    give_password(known, mara)
    for _ in range(3):
        wrong_pin(pocket)
    send_again(known)
    for _ in range(2):
        wrong_pin(pocket)
    with pytest.raises(Problem) as refusal:
        right_pin(pocket)
    assert (refusal.value.status, refusal.value.code) == (429, "slow-down")
    assert refusal.value.headers["Retry-After"] == "31"
    assert refusal.value.body["retry_at"] == refusal.value.body["server_time"] + 31
    clock.shift(29)
    with pytest.raises(Problem):
        right_pin(pocket)
    clock.shift(2)
    assert right_pin(pocket)["state"] == "approved"
    assert timedelta(seconds=30) == policy.PIN_WAIT


def test_a_try_during_the_wait_is_not_counted(clock, pocket, waiting):
    failures(4)
    wrong_pin(pocket)
    for _ in range(5):
        assert wrong_pin(pocket).code == "slow-down"
    assert PortalKey.objects.get().pin_failures == 5
    assert Challenge.objects.latest("created").response_tries == 1


def test_a_refusal_needs_no_pin_and_never_waits(clock, pocket, waiting):
    failures(4)
    wrong_pin(pocket)
    assert pocket.cancel(pocket.challenge())["state"] == "denied"


def test_a_right_pin_clears_the_row(pocket, waiting):
    """AT-065."""
    failures(9)
    right_pin(pocket)
    assert PortalKey.objects.get().pin_failures == 0


def test_a_refusal_does_not_clear_the_row(pocket, waiting):
    failures(7)
    pocket.cancel(pocket.challenge())
    assert PortalKey.objects.get().pin_failures == 7


# --- Locked ---


@pytest.fixture
def locked(mara, pocket, known):
    """Mara's key after the tenth wrong PIN in a row; `known` was waiting for it."""
    give_password(known, mara)
    failures(9)
    refusal = wrong_pin(pocket)
    assert (refusal.status, refusal.code) == (423, "locked")
    return refusal


def test_the_tenth_locks_the_key(locked, pocket, known):
    assert PortalKey.objects.get().state == "locked"
    with pytest.raises(Problem) as refusal:
        pocket.inbox()
    assert (refusal.value.status, refusal.value.code) == (403, "key-inactive")
    assert events("key.lock") == [("ok", "pin")]
    assert state(known) == "failed"


def test_a_lock_ends_every_session_and_sign_in(mara, pocket, known, here):
    sign_in(here, mara, pocket)
    approved = desk()
    give_password(approved, mara)
    approve(approved, pocket)
    give_password(known, mara)
    failures(9)
    assert wrong_pin(pocket).code == "locked"
    finish(approved)
    assert [is_in(browser) for browser in (here, approved, known)] == [False] * 3


def test_a_locked_key_is_not_a_way_in_by_password_alone(locked, mara, pocket, here):
    give_password(here, mara)
    assert not is_in(here)
    assert state(here) == "waiting"
    page = text(here.get("/sign-in/verify/"))
    assert "the PIN was wrong too many times in a row" in page
    for _ in range(2):
        finish(here)
        send_again(here)
        send_again(here, then="verify-manual")
    assert not is_in(here)
    assert not Challenge.objects.filter(login_id=here.session["login"]).exists()


def test_a_locked_key_answers_nothing_by_hand(mara, pocket, known):
    give_password(known, mara)
    response = pocket.respond(question_at(known), PIN)
    failures(9)
    wrong_pin(pocket)
    respond(known, response)
    assert not is_in(known)


def test_a_session_that_shows_a_code_cannot_outlive_the_lock(locked, mara, here):
    """No new key for somebody who has only the password."""
    give_password(here, mara)
    for act in ("/security/key/new-code/", "/security/key/not-me/"):
        assert here.post(act)["Location"].startswith("/sign-in/")
    assert PortalKey.objects.get().state == "locked"


# --- The clock of the phone ---


@pytest.mark.parametrize("minutes", [-3, -2, 2, 3])
def test_three_minutes_either_way_are_forgiven(clock, pocket, waiting, minutes):
    """P-12, AT-037."""
    asked = pocket.challenge()
    response = pocket.response(asked["kid"], PIN, asked["question"], pocket.clock() + 60 * minutes)
    assert pocket.answer(asked, "approve", number=asked["question"], response=response)["state"] == "approved"


@pytest.mark.parametrize(
    ("minutes", "says"),
    [(-4, "4 minutes behind"), (4, "4 minutes ahead"), (-1440, "1440 minutes behind"), (60, "60 minutes ahead")],
)
def test_beyond_that_it_says_how_far_off_the_clock_is(clock, pocket, waiting, minutes, says):
    asked = pocket.challenge()
    response = pocket.response(asked["kid"], PIN, asked["question"], pocket.clock() + 60 * minutes)
    with pytest.raises(Problem) as refusal:
        pocket.answer(asked, "approve", number=asked["question"], response=response)
    assert (refusal.value.code, refusal.value.body["clock_off_by"]) == ("wrong-pin", minutes)
    assert says in refusal.value.body["detail"]
    assert PortalKey.objects.get().pin_failures == 0


@pytest.mark.parametrize("minutes", [-1441, 1441, -(10**6)])
def test_beyond_a_day_it_is_a_wrong_pin(clock, pocket, waiting, minutes):
    asked = pocket.challenge()
    response = pocket.response(asked["kid"], PIN, asked["question"], pocket.clock() + 60 * minutes)
    with pytest.raises(Problem) as refusal:
        pocket.answer(asked, "approve", number=asked["question"], response=response)
    assert refusal.value.code == "wrong-pin"
    assert "clock_off_by" not in refusal.value.body
    assert PortalKey.objects.get().pin_failures == 1


def test_a_phone_with_a_wrong_clock_corrects_itself(mara, pocket, known):
    pocket.ahead += 86_400
    with pytest.raises(Problem):
        pocket.inbox()
    sign_in(known, mara, pocket)
    sign_out(known)


def test_a_statement_dated_by_a_wrong_clock_is_refused(mara, pocket, known):
    give_password(known, mara)
    asked = pocket.challenge()
    pocket.learns, pocket._correction = False, 0.0
    for ahead in (-181, 181):
        pocket.ahead = ahead
        with pytest.raises(Problem) as refusal:
            pocket.approve(asked, PIN)
        assert refusal.value.code == "bad-signature"
        assert abs(refusal.value.body["server_time"] - pocket.clock()) < 5
    pocket.ahead = 170
    assert pocket.approve(asked, PIN)["state"] == "approved"
