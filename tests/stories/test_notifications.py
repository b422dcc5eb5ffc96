"""How often a phone is made to ring: a few times, never by a reload, and by hand it always works (P-07, P-08)."""

import pytest

from accounts.models import Tally
from tests.factories import PIN, desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.ways import (
    activated,
    approve,
    dump,
    events,
    is_in,
    question_at,
    respond,
    send_again,
    sign_in,
    state,
    text,
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


# --- The budget ---


def test_three_in_ten_minutes_are_enough(clock, mara, pocket, calm):
    """AT-060."""
    for number in range(8):
        begin(mara, pocket)
        assert sent() - calm == min(number + 1, 3)
        clock.shift(1)
    assert policy.NOTIFICATIONS[0].count == 3
    assert policy.NOTIFICATIONS[0].seconds == 600


def test_ten_in_a_day_are_enough(clock, mara, pocket, calm):
    day = policy.NOTIFICATIONS[1]
    assert (day.count, day.seconds) == (10, 86_400)
    begin(mara, pocket)
    Tally.objects.filter(name=day.name).update(count=10)
    clock.shift(86_400 - 60)
    before = sent()
    begin(mara, pocket)
    assert sent() == before
    clock.shift(61)
    begin(mara, pocket)
    assert sent() == before + 1


def test_a_finished_sign_in_clears_the_budget(clock, mara, pocket, known, calm):
    for _ in range(2):
        begin(mara, pocket)
        clock.shift(1)
    sign_in(known, mara, pocket)
    for _ in range(3):
        before = sent()
        begin(mara, pocket)
        assert sent() == before + 1
        clock.shift(1)


def test_a_finish_by_hand_clears_it_too(clock, mara, pocket, calm):
    browsers = [begin(mara, pocket) for _ in range(5)]
    respond(browsers[-1], pocket.respond(question_at(browsers[-1]), PIN))
    assert is_in(browsers[-1])
    before = sent()
    begin(mara, pocket)
    assert sent() == before + 1


def test_one_persons_budget_is_not_anothers(clock, mara, pocket, calm):
    for _ in range(5):
        begin(mara, pocket)
    dana = person("dana")
    danas = activated(desk(), dana)
    begin(dana, danas)
    assert len(danas.challenges()) == 1


# --- Over the budget ---


@pytest.fixture
def silent(clock, mara, pocket, calm):
    """A sign-in over the budget: nothing was sent for it."""
    for _ in range(3):
        begin(mara, pocket)
        clock.shift(1)
    return begin(mara, pocket)


def test_over_the_budget_the_sign_in_opens_and_the_phone_is_not_told(silent, pocket):
    """Decision 18."""
    assert state(silent) == "waiting"
    waiting = Challenge.objects.filter(state="pending").latest("created")
    assert waiting.pk not in [challenge["id"] for challenge in pocket.challenges()]
    page = text(silent.get("/sign-in/verify/"))
    assert "so nothing is sent to your phone until" in page
    assert "You can sign in without a notification" in page
    assert "Number to enter on your phone" not in page


def test_over_the_budget_it_can_be_answered_by_hand(silent, pocket):
    respond(silent, pocket.respond(question_at(silent), PIN))
    assert is_in(silent)


def test_over_the_budget_it_cannot_be_answered_over_the_network(silent, pocket):
    """Nobody approves what was not sent, even who knows its name."""
    row = Challenge.objects.filter(state="pending").latest("created")
    with pytest.raises(Problem) as refusal:
        pocket.approve(row.as_asked(), PIN, number=row.question)
    assert refusal.value.code == "not-found"


def test_when_the_time_has_come_it_can_be_sent_after_all(clock, silent, pocket):
    clock.shift(120)
    before = sent()
    assert "can be sent at" in text_of_next(send_again(silent), silent)
    assert sent() == before
    clock.shift(120)
    # Two minutes before the question ends, in another ten minutes' budget.
    Tally.objects.filter(name__startswith="notify").delete()
    Challenge.objects.exclude(state="pending").delete()
    send_again(silent)
    assert sent() == before + 1
    approve(silent, pocket)
    finish(silent)
    assert is_in(silent)


def text_of_next(response, browser):
    return text(browser.get(response["Location"]))


# --- "Send again" ---


def test_it_is_not_sent_twice_within_half_a_minute(clock, mara, pocket, known, calm):
    give_password(known, mara)
    assert policy.RESEND_GAP.total_seconds() == 30
    for _ in range(3):
        page = text_of_next(send_again(known), known)
        assert "can be sent at" in page
    clock.shift(29)
    send_again(known)
    assert sent() == calm + 1
    clock.shift(1.5)
    assert "was sent again" in text_of_next(send_again(known), known)
    assert sent() == calm + 2


def test_sending_again_is_the_same_question_and_no_longer_life(clock, mara, pocket, known, calm):
    give_password(known, mara)
    before = Challenge.objects.latest("created")
    clock.shift(31)
    send_again(known)
    after = Challenge.objects.latest("created")
    assert (after.pk, after.question, after.expires) == (before.pk, before.question, before.expires)
    assert after.notified_at > before.notified_at
    assert pocket.challenge()["id"] == before.pk


def test_sending_again_counts(clock, mara, pocket, known, calm):
    give_password(known, mara)
    for _ in range(5):
        clock.shift(40)
        send_again(known)
    assert sent() == calm + 3


def test_twenty_presses_send_once(clock, mara, pocket, known, calm):
    """AT-029."""
    give_password(known, mara)
    clock.shift(31)
    for _ in range(20):
        send_again(known)
    assert sent() == calm + 2
    assert Challenge.objects.filter(state="pending").count() == 1


def test_a_reload_sends_nothing(clock, mara, pocket, known, calm):
    give_password(known, mara)
    clock.shift(31)
    before = dump()
    for _ in range(3):
        for path in ("/sign-in/verify/", "/sign-in/verify/manual/", "/sign-in/status/"):
            known.get(path)
    assert dump() == before


def test_the_way_by_hand_stands_on_the_page_from_the_first_second(mara, pocket, known, calm):
    give_password(known, mara)
    page = known.get("/sign-in/verify/").content.decode()
    assert "Click here if you do not receive the notification" in page
    assert "/sign-in/verify/manual/" in page


def test_a_new_question_by_hand_sends_nothing_that_the_budget_forbids(silent, pocket):
    for _ in range(3):
        respond(silent, pocket.respond(question_at(silent), "0000"))
    before = sent()
    send_again(silent, then="verify-manual")
    assert sent() == before
    respond(silent, pocket.respond(question_at(silent), PIN))
    assert is_in(silent)
