"""Guessing codes: five tries for a sign-in, and a budget of the person that nothing but a success refills (P-22)."""

import pytest

from accounts import policy as accounts_policy
from accounts.models import Tally
from tests.factories import PIN, desk, give_password, person
from tests.stories.carried import (
    NUMBER,
    OTHER,
    add_key,
    again,
    ask_number,
    carry,
    choose,
    code_to,
    codes_to,
    confirm,
    switch_texts,
    text_in,
    type_code,
    verify_number,
    wrong_code,
)
from tests.stories.ways import WRONG_PIN, events, is_in, question_at, respond, sign_out, state, text
from twofactor import policy
from twofactor.models import Code

PAGE = "/sign-in/verify/code/"


@pytest.fixture
def waiting(eli, here):
    give_password(here, eli)
    carry()
    return here


def wrong(browser, number=NUMBER, **extra):
    """Type a wrong code; the status says whether it was compared (200) or not (429)."""
    return type_code(browser, wrong_code(number), **extra).status_code


def begin(user, **headers):
    """Another browser at which the password was right."""
    browser = desk(**headers)
    give_password(browser, user)
    return browser


# --- For one sign-in ---


def test_five_wrong_codes_end_the_sign_in(waiting):
    right = code_to()
    for left in (4, 3, 2, 1):
        assert f"{left} more tr" in text(type_code(waiting, wrong_code()))
    type_code(waiting, wrong_code())
    assert state(waiting) == "failed"
    assert "wrong too often" in text(waiting.get(PAGE))
    type_code(waiting, right)
    assert not is_in(waiting)
    assert policy.CODE_TRIES == 5


def test_after_that_no_further_code_is_sent_for_it(one_clock, waiting):
    for _ in range(5):
        wrong(waiting)
    one_clock.shift(301)
    again(waiting)
    waiting.post(f"{PAGE}call/")
    choose(waiting, "text")
    carry()
    assert len(codes_to()) == 1


def test_the_same_code_again_does_not_give_back_the_tries(one_clock, waiting):
    for _ in range(3):
        wrong(waiting)
    one_clock.shift(60)
    again(waiting)
    assert waiting.get(PAGE).context["tries_left"] == 2


def test_nor_does_a_new_code(one_clock, waiting):
    """NIST SP 800-63B-4 3.1.3.2: regenerating shall not reset the count."""
    for _ in range(4):
        wrong(waiting)
    one_clock.shift(301)
    again(waiting)
    assert len(set(codes_to())) == 2
    assert waiting.get(PAGE).context["tries_left"] == 1
    wrong(waiting)
    assert state(waiting) == "failed"


def test_a_code_without_a_try_left_is_not_compared(waiting):
    """Even where whoever counted the last one died before it was burned."""
    code = code_to()
    Code.objects.update(failures=policy.CODE_TRIES)
    type_code(waiting, code)
    assert not is_in(waiting)


def test_a_right_code_is_no_failure(waiting):
    for _ in range(4):
        wrong(waiting)
    type_code(waiting, code_to())
    assert is_in(waiting)
    assert not Tally.objects.filter(name__startswith="factor/", count__gt=0).exists()


# --- For the person, whatever the sign-in (AT-030, AT-031) ---


def test_five_wrong_codes_in_five_minutes_are_enough_in_however_many_sign_ins(one_clock, eli):
    first, second = begin(eli), begin(eli)
    assert [wrong(browser) for browser in (first, second) for _ in range(3)] == [200] * 5 + [429]
    right = code_to()
    assert type_code(second, right).status_code == 429
    one_clock.shift(290)
    assert type_code(second, right).status_code == 429
    assert not is_in(second)
    one_clock.shift(11)
    again(second)
    type_code(second, code_to())
    assert is_in(second)


def test_what_was_not_compared_costs_no_try(one_clock, eli):
    first, second = begin(eli), begin(eli)
    for _ in range(3):
        wrong(first)
    assert [wrong(second) for _ in range(6)] == [200] * 2 + [429] * 4
    assert second.get(PAGE).context["tries_left"] == 3
    assert len(events("code.check")) == 5


def test_nothing_but_a_success_refills_the_budget(one_clock, eli):
    """AT-031: not a text again, a new sign-in, the password, another address, browser or spelling of the name."""
    first = begin(eli)
    assert [wrong(first) for _ in range(2)] == [200] * 2
    one_clock.shift(60)
    again(first)
    assert wrong(first) == 200
    other = desk(**{"user-agent": "Another/1.0"})
    other.post(
        "/sign-in/", {"username": " ＥＬＩ", "password": "correct horse battery staple"}, REMOTE_ADDR="203.0.113.2"
    )
    assert [wrong(other, REMOTE_ADDR=f"203.0.113.{last}") for last in (2, 3)] == [200] * 2
    first.post("/sign-in/cancel/")
    assert wrong(other, REMOTE_ADDR="2001:db8::1") == 429


def test_a_success_refills_it(eli, waiting):
    assert [wrong(waiting) for _ in range(4)] == [200] * 4
    type_code(waiting, code_to())
    sign_out(waiting)
    there = begin(eli)
    assert [wrong(there) for _ in range(4)] == [200] * 4


@pytest.mark.parametrize(("limit", "count"), [(1, 20), (2, 50)])
def test_the_longer_budgets_hold_too(waiting, limit, count):
    wrong(waiting)
    Tally.objects.filter(name=accounts_policy.FACTOR_PERSON[limit].name).update(count=count)
    assert wrong(waiting) == 429


def test_codes_that_confirm_a_number_are_of_the_same_budget(eli, waiting):
    """R-48: whatever the factor and whatever for."""
    type_code(waiting, code_to())
    ask_number(waiting, OTHER)
    assert [confirm(waiting, wrong_code(OTHER)).status_code for _ in range(3)] == [200] * 3
    there = begin(eli)
    assert [wrong(there) for _ in range(3)] == [200] * 2 + [429]
    assert confirm(waiting, code_to(OTHER)).status_code == 429


def test_responses_of_a_key_are_of_the_same_budget(eli, here):
    """AT-030: two kinds of second factor are not two budgets."""
    text_in(here, eli)
    pocket = add_key(here)
    switch_texts(here, True)
    sign_out(here)
    give_password(here, eli)
    choose(here, "key")
    assert [respond(here, pocket.respond(question_at(here), WRONG_PIN)).status_code for _ in range(2)] == [200] * 2
    choose(here, "text")
    assert [wrong(here) for _ in range(3)] == [200] * 3
    assert wrong(here) == 429
    assert respond(here, pocket.respond(question_at(here), PIN)).status_code == 429
    assert not is_in(here)


def test_the_wait_is_said_with_its_end(eli, waiting):
    for _ in range(3):
        wrong(waiting)
    there = begin(eli)
    for _ in range(2):
        wrong(there)
    assert "Too many wrong codes. Try again at" in text(type_code(there, wrong_code()))


# --- For an address (P-24) ---


def test_ten_wrong_codes_from_one_address_are_enough(eli, waiting):
    wrong(waiting, REMOTE_ADDR="203.0.113.1")
    Tally.objects.filter(name=accounts_policy.FACTOR_ADDRESS[0].name).update(count=10)
    assert wrong(waiting, REMOTE_ADDR="203.0.113.1") == 429
    assert wrong(waiting, REMOTE_ADDR="203.0.113.2") == 200
    assert waiting.get(PAGE).context["tries_left"] == 3


def test_an_address_is_a_whole_subscriber(eli, waiting):
    """AT-034: an IPv6 /64."""
    wrong(waiting, REMOTE_ADDR="2001:db8::1")
    Tally.objects.filter(name=accounts_policy.FACTOR_ADDRESS[0].name).update(count=10)
    assert wrong(waiting, REMOTE_ADDR="2001:db8::ffff:2") == 429
    assert wrong(waiting, REMOTE_ADDR="2001:db8:0:1::1") == 200


def test_somebody_elses_success_gives_nothing_back(handset, eli, waiting):
    """AT-032."""
    for _ in range(2):
        wrong(waiting)
    dana, there = person("dana"), desk()
    give_password(there, dana)
    verify_number(there, OTHER)
    counted = Tally.objects.filter(
        name__in=[limit.name for limit in accounts_policy.FACTOR_PERSON], subject=str(eli.pk)
    )
    before = dict(counted.values_list("name", "count"))
    sign_out(there)
    text_in(there, dana, OTHER)
    assert dict(counted.values_list("name", "count")) == before
    assert set(before.values()) == {2}


def test_a_burst_of_wrong_codes_is_counted_before_it_is_compared(monkeypatch, eli, waiting):
    """AT-025: of fifty, five are looked at."""
    compared = []
    from twofactor import carrying

    right = carrying.constant_time_compare
    monkeypatch.setattr(carrying, "constant_time_compare", lambda *pair: compared.append(1) or right(*pair))
    for _ in range(50):
        wrong(waiting)
    assert len(compared) == 5
