"""How often a response may be typed: for a question, a person, an address and a key."""

import pytest

from accounts import policy as accounts_policy
from accounts.models import Tally
from tests.factories import PIN, desk, finish, give_password, person
from tests.stories.ways import (
    WRONG_PIN,
    activated,
    approve,
    is_in,
    question_at,
    respond,
    send_again,
    sign_in,
    state,
    text,
)
from twofactor import policy
from twofactor.models import Challenge, PortalKey


@pytest.fixture
def waiting(mara, pocket, here):
    """A new browser that waits for an answer."""
    give_password(here, mara)
    return here


def right(browser, pocket):
    return pocket.respond(question_at(browser), PIN)


def wrong(browser, pocket, address="127.0.0.1"):
    """Type a response that does not fit; the status says whether it was compared (200) or not (429)."""
    sent = {"response": pocket.respond(question_at(browser) or "000000", WRONG_PIN)}
    return browser.post("/sign-in/verify/manual/", sent, REMOTE_ADDR=address).status_code


def test_three_wrong_responses_end_the_question(clock, waiting, pocket):
    assert "3 tries left" in text(waiting.get("/sign-in/verify/manual/"))
    for left in ("2 more tries", "1 more try"):
        wrong_response = pocket.respond(question_at(waiting), WRONG_PIN)
        assert left in text(respond(waiting, wrong_response))
    assert wrong(waiting, pocket) == 200
    assert question_at(waiting) == ""
    assert "New challenge" in text(waiting.get("/sign-in/verify/manual/"))
    assert pocket.challenges() == []
    assert state(waiting) == "failed"
    send_again(waiting, then="verify-manual")
    respond(waiting, right(waiting, pocket))
    assert is_in(waiting)


def test_the_third_question_is_the_last(waiting, pocket):
    for _ in range(3):
        Tally.objects.filter(name__startswith="factor").delete()  # what is counted for the person is another promise
        assert 429 not in [wrong(waiting, pocket) for _ in range(3)]
        send_again(waiting, then="verify-manual")
    assert state(waiting) == "failed"
    assert question_at(waiting) == ""
    send_again(waiting)
    assert Challenge.objects.filter(login_id=waiting.session["login"]).count() == 3
    finish(waiting)
    assert not is_in(waiting)


# --- For the person, whatever the sign-in (P-22) ---


def test_five_wrong_responses_in_five_minutes_are_enough(clock, mara, pocket):
    """AT-030: three sign-ins, two wrong ones in each."""
    desks = [desk() for _ in range(3)]
    for browser in desks:
        give_password(browser, mara)
    tries = [wrong(browser, pocket) for browser in desks for _ in range(2)]
    assert tries == [200] * 5 + [429]
    refused = respond(desks[2], right(desks[2], pocket))
    assert refused.status_code == 429
    assert not is_in(desks[2])
    clock.shift(300)
    give_password(desks[2], mara)
    respond(desks[2], right(desks[2], pocket))
    assert is_in(desks[2])


def test_nothing_but_a_success_refills_the_budget(clock, mara, pocket):
    """AT-031: not a new question, a new sign-in, the password, another address, browser or spelling."""
    first = desk()
    give_password(first, mara)
    assert [wrong(first, pocket) for _ in range(3)] == [200] * 3
    send_again(first, then="verify-manual")
    assert wrong(first, pocket, "203.0.113.1") == 200
    other = desk(**{"user-agent": "Another/1.0"})
    other.post("/sign-in/", {"username": " ＭＡＲＡ", "password": "correct horse battery staple"})
    assert wrong(other, pocket, "203.0.113.2") == 200
    assert wrong(other, pocket, "203.0.113.3") == 429
    third = desk()
    give_password(third, mara)
    assert wrong(third, pocket, "203.0.113.4") == 429


def test_a_success_by_hand_refills_it(clock, mara, pocket, waiting):
    assert [wrong(waiting, pocket) for _ in range(2)] == [200] * 2
    respond(waiting, right(waiting, pocket))
    assert is_in(waiting)
    assert not Tally.objects.filter(name__startswith="factor/").exists()


def test_an_approval_on_the_phone_does_not_refill_it(clock, mara, pocket, waiting):
    """R-48: a success of the same factor only."""
    assert [wrong(waiting, pocket) for _ in range(2)] == [200] * 2
    approve(waiting, pocket)
    finish(waiting)
    assert is_in(waiting)
    other = desk()
    give_password(other, mara)
    assert [wrong(other, pocket) for _ in range(3)] == [200] * 3
    third = desk()
    give_password(third, mara)
    assert wrong(third, pocket) == 429


def test_the_phone_still_approves_when_the_budget_is_used_up(clock, mara, pocket, known):
    """A stranger with the password cannot keep the owner out by typing nonsense."""
    thief = desk()
    give_password(thief, mara)
    for _ in range(3):
        wrong(thief, pocket)
    give_password(thief, mara)
    for _ in range(3):
        wrong(thief, pocket)
    sign_in(known, mara, pocket)


@pytest.mark.parametrize(("limit", "count", "seconds"), [(1, 20, 3600), (2, 50, 86_400)])
def test_the_longer_budgets_hold_too(clock, waiting, pocket, limit, count, seconds):
    rule = accounts_policy.FACTOR_PERSON[limit]
    assert (rule.count, rule.seconds) == (count, seconds)
    wrong(waiting, pocket)
    Tally.objects.filter(name=rule.name).update(count=count)
    assert wrong(waiting, pocket) == 429


# --- For an address (P-24, AT-032, AT-034) ---


def test_ten_wrong_responses_from_one_address_are_enough(clock, mara, pocket, waiting):
    short, long = accounts_policy.FACTOR_ADDRESS
    assert (short.count, short.seconds, long.count, long.seconds) == (10, 300, 50, 3600)
    wrong(waiting, pocket, "203.0.113.1")
    Tally.objects.filter(name=short.name).update(count=10)
    assert wrong(waiting, pocket, "203.0.113.1") == 429
    assert wrong(waiting, pocket, "203.0.113.2") == 200


def test_somebody_elses_success_gives_nothing_back(clock, mara, pocket, waiting):
    for _ in range(2):
        wrong(waiting, pocket)
    before = dict(Tally.objects.filter(name__startswith="factor").values_list("name", "count"))
    dana, browser = person("dana"), desk()
    danas = activated(desk(), dana)
    give_password(browser, dana)
    respond(browser, danas.respond(question_at(browser), PIN))
    assert is_in(browser)
    assert dict(Tally.objects.filter(name__startswith="factor").values_list("name", "count")) == before


def test_a_closed_address_costs_the_person_nothing(clock, mara, pocket, waiting):
    """What is not compared is not counted."""
    wrong(waiting, pocket, "203.0.113.1")
    Tally.objects.filter(name=accounts_policy.FACTOR_ADDRESS[0].name).update(count=10)
    for _ in range(6):
        assert wrong(waiting, pocket, "203.0.113.1") == 429
    assert wrong(waiting, pocket, "203.0.113.2") == 200


# --- For the key (P-23) ---


def test_wrong_responses_at_desks_are_no_wrong_pins(waiting, pocket):
    wrong(waiting, pocket)
    assert PortalKey.objects.get().pin_failures == 0
    assert PortalKey.objects.get().desk_failures == 1


def test_fifty_wrong_responses_in_a_row_close_this_way_and_never_the_key(mara, waiting, pocket):
    """They come from whoever knows the password; the owner still approves on the phone, and opens it again by that."""
    assert policy.DESK_LOCKS == 50
    PortalKey.objects.update(desk_failures=49)
    assert wrong(waiting, pocket) == 200
    closed = respond(waiting, right(waiting, pocket))
    assert "Too many wrong responses" in text(closed)
    assert not is_in(waiting)
    assert PortalKey.objects.get().state == "active"
    approve(waiting, pocket)
    finish(waiting)
    assert is_in(waiting)
    other = desk()
    give_password(other, mara)
    respond(other, right(other, pocket))
    assert is_in(other)


def test_a_right_one_ends_the_row(waiting, pocket):
    PortalKey.objects.update(desk_failures=49)
    respond(waiting, right(waiting, pocket))
    assert PortalKey.objects.get().desk_failures == 0
