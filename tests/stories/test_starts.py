"""How many sign-ins may be begun, and how many may wait at once (P-04, P-05)."""

import pytest

from accounts import policy
from accounts.models import Login, Tally
from tests.factories import PIN, desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.ways import approve, is_in, number_at, question_at, respond, state


def begin(user, browser=None):
    return give_password(browser or desk(), user).status_code


def test_ten_unfinished_sign_ins_in_ten_minutes_are_enough(clock, mara, pocket):
    assert [begin(mara) for _ in range(10)] == [302] * 10
    refused = give_password(desk(), mara)
    assert (refused.status_code, int(refused["Retry-After"])) == (429, 600)
    clock.shift(600)
    assert begin(mara) == 302


def test_sixty_unfinished_sign_ins_in_a_day_are_enough(clock, mara, pocket):
    begin(mara)
    ten, day = policy.STARTS
    assert (ten.count, ten.seconds, day.count, day.seconds) == (10, 600, 60, 86_400)
    Tally.objects.filter(name=day.name).update(count=60)
    clock.shift(86_400 - 1)
    assert begin(mara) == 429
    clock.shift(1)
    assert begin(mara) == 302


def test_a_start_refused_by_one_limit_is_counted_by_none(clock, mara, pocket):
    for _ in range(15):
        begin(mara)
    assert Tally.objects.get(name=policy.STARTS[1].name).count == 10


def test_a_finished_sign_in_clears_the_starts(clock, mara, pocket):
    browser = desk()
    for _ in range(9):
        begin(mara)
    begin(mara, browser)
    # By hand: so many unanswered ones have used the notifications up.
    respond(browser, pocket.respond(question_at(browser), PIN))
    assert is_in(browser)
    assert [begin(mara) for _ in range(10)] == [302] * 10
    assert begin(mara) == 429


def test_one_persons_starts_are_not_anothers(clock, mara, pocket):
    for _ in range(11):
        begin(mara)
    assert begin(person("eli")) == 302


def test_starts_are_counted_after_the_password_only(clock, mara, pocket):
    """A stranger without the password uses up nothing of the owner's."""
    for number in range(12):
        clock.shift(100)
        desk().post("/sign-in/", {"username": "mara", "password": "x"}, REMOTE_ADDR=f"203.0.113.{number}")
    assert not Tally.objects.filter(name__in=[limit.name for limit in policy.STARTS]).exists()


def test_a_fourth_sign_in_ends_the_oldest(clock, mara, pocket):
    desks = [desk() for _ in range(4)]
    for browser in desks[:3]:
        begin(mara, browser)
        clock.shift(1)
    assert [state(browser) for browser in desks[:3]] == ["waiting"] * 3
    begin(mara, desks[3])
    assert [state(browser) for browser in desks] == ["failed", "waiting", "waiting", "waiting"]


def test_the_phone_is_not_asked_about_a_sign_in_that_was_ended(clock, mara, pocket):
    browser = desk()
    begin(mara, browser)
    clock.shift(1)
    (first,) = pocket.challenges()
    for _ in range(3):
        begin(mara)
        clock.shift(1)
    assert first["id"] not in [challenge["id"] for challenge in pocket.challenges()]


def test_a_sign_in_that_was_ended_cannot_be_approved(clock, mara, pocket):
    browser = desk()
    begin(mara, browser)
    clock.shift(1)
    (first,), number = pocket.challenges(), number_at(browser)
    for _ in range(3):
        begin(mara)
        clock.shift(1)
    with pytest.raises(Problem) as refusal:
        pocket.approve(first, PIN, number=number)
    assert (refusal.value.code, refusal.value.body["state"]) == ("settled", "superseded")
    finish(browser)
    assert not is_in(browser)


def test_an_approval_waiting_to_be_claimed_is_not_pushed_out(clock, mara, pocket):
    """It has sixty seconds; three strangers with the password do not take it away."""
    browser = desk()
    begin(mara, browser)
    approve(browser, pocket)
    for _ in range(4):
        clock.shift(1)
        begin(mara)
    finish(browser)
    assert is_in(browser)


def test_the_same_browser_beginning_again_leaves_the_first_sign_in_behind(mara, pocket, here):
    begin(mara, here)
    first = here.session["login"]
    begin(mara, here)
    assert here.session["login"] != first
    assert Login.objects.filter(user=mara, state="pending", pk=here.session["login"]).exists()
