"""The pause after refusals, and what test notifications may do (P-08)."""

import pytest

from tests.factories import PIN, desk, give_password
from tests.stories.ways import (
    events,
    is_in,
    number_at,
    question_at,
    respond,
    sign_in,
)
from twofactor import policy
from twofactor.models import Challenge


def sent():
    """How many notifications have left so far."""
    return events("challenge.send").count(("ok", ""))


def begin(user, pocket, refuse=False):
    """One more sign-in that nobody finishes; its browser."""
    browser = desk()
    give_password(browser, user)
    if refuse:
        pocket.cancel(pocket.challenges()[0])
    return browser


@pytest.fixture
def calm(clock, mara, pocket, known):
    """Nothing sent yet since the last finished sign-in, and nothing open."""
    clock.shift(1)
    return sent()


def paused(user, pocket):
    """Whether a sign-in of now is silent."""
    before = sent()
    begin(user, pocket)
    return sent() == before


def test_three_refused_in_a_row_pause_for_an_hour(clock, mara, pocket, calm):
    for _ in range(3):
        begin(mara, pocket, refuse=True)
        clock.shift(400)
    assert paused(mara, pocket)
    clock.shift(3600 - 400 - 30)
    assert paused(mara, pocket)
    clock.shift(60)
    assert not paused(mara, pocket)


def test_three_ignored_in_a_row_pause_for_an_hour(clock, mara, pocket, calm):
    for _ in range(3):
        begin(mara, pocket)
        clock.shift(400)
    assert paused(mara, pocket)
    assert policy.NOTIFICATION_PAUSE.total_seconds() == 3600


def test_two_in_a_row_do_not_pause(clock, mara, pocket, calm):
    for _ in range(2):
        begin(mara, pocket, refuse=True)
        clock.shift(400)
    assert not paused(mara, pocket)


def test_an_approval_in_between_starts_the_row_again(clock, mara, pocket, known, calm):
    for _ in range(2):
        begin(mara, pocket, refuse=True)
        clock.shift(400)
    sign_in(known, mara, pocket)
    for _ in range(2):
        clock.shift(400)
        begin(mara, pocket, refuse=True)
    clock.shift(400)
    assert not paused(mara, pocket)


def test_in_the_pause_it_can_be_answered_by_hand_and_that_ends_it(clock, mara, pocket, calm):
    for _ in range(3):
        begin(mara, pocket, refuse=True)
        clock.shift(400)
    browser = begin(mara, pocket)
    assert pocket.challenges() == []
    assert number_at(browser) == ""  # the phone was asked nothing, so there is nothing to type a number into
    respond(browser, pocket.respond(question_at(browser), PIN))
    assert is_in(browser)
    clock.shift(1)
    assert not paused(mara, pocket)


def test_a_test_notification_rings_at_most_every_half_minute(clock, mara, pocket, known, calm):
    sign_in(known, mara, pocket)
    before = Challenge.objects.count()
    for _ in range(3):
        known.post("/security/key/test/")
        clock.shift(1)
    assert Challenge.objects.count() == before + 1
    clock.shift(30)
    known.post("/security/key/test/")
    assert [challenge["purpose"] for challenge in pocket.challenges()] == ["test"]


def test_tests_use_up_nothing_of_the_sign_ins(clock, mara, pocket, known, calm):
    """Somebody who tries three times whether it works can still sign in with the phone."""
    sign_in(known, mara, pocket)
    for _ in range(4):
        known.post("/security/key/test/")
        clock.shift(31)
    known.post("/sign-out/")
    give_password(known, mara)
    assert pocket.challenges()[0]["purpose"] == "sign-in"
