"""Nobody uses up what somebody else needs: a stranger the owner's texts, a test or a confirmation those of sign-ins."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Tally
from tests.factories import PASSWORD, desk, give_password, person
from tests.stories.carried import (
    NUMBER,
    again,
    ask_number,
    call,
    carry,
    code_by_call,
    code_to,
    codes_to,
    confirm,
    given_number,
    messages,
    sent,
    text_in,
    texts,
    type_code,
)
from tests.stories.ways import is_in, sign_out
from twofactor import budgets, policy
from twofactor.models import Delivery

PAGE, ELSEWHERE = "/sign-in/verify/code/", "203.0.113.66"


def at(address, user):
    """A right password at a new browser at this address."""
    browser = desk()
    browser.defaults["REMOTE_ADDR"] = address
    browser.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    return browser


def used_up(name, subject, most):
    Tally.objects.create(name=name, subject=subject, count=most, resets=timezone.now() + timedelta(hours=1))


def count(name, subject):
    return sum(Tally.objects.filter(name=name, subject=str(subject)).values_list("count", flat=True))


@pytest.fixture
def at_home(eli, one_clock):
    """A browser that finished a sign-in of Eli by text, an hour ago."""
    browser = desk()
    text_in(browser, eli)
    sign_out(browser)
    one_clock.shift(3700)
    return browser


# --- A number that somebody else types ---


def test_another_client_who_types_my_number_does_not_shut_my_sign_in(one_clock, eli, here):
    mallory = person("mallory")
    for _ in range(6):
        ask_number(at(ELSEWHERE, mallory), NUMBER)
        one_clock.shift(700)
    asked = sent(kind="confirm")
    give_password(here, eli)
    type_code(here, code_to())
    assert is_in(here)
    assert len(asked) == 5


def test_nor_do_calls_to_it(one_clock, eli, here):
    mallory = at(ELSEWHERE, person("mallory"))
    ask_number(mallory, NUMBER)
    for _ in range(5):
        one_clock.shift(61)
        mallory.post("/security/phone/call/")
    assert len(sent(kind="confirm", way="call")) == 3
    give_password(here, eli)
    one_clock.shift(61)
    call(here)
    type_code(here, code_by_call(NUMBER))
    assert is_in(here)


def test_a_number_gets_five_confirmations_a_day_whoever_asks(one_clock, handset):
    statuses = []
    for each in range(7):
        browser = at(f"203.0.113.{each}", person(f"person{each}"))
        statuses.append(ask_number(browser, NUMBER).status_code)
        one_clock.shift(601)
    assert statuses == [302] * 5 + [429] * 2


# --- Whoever has the password ---


def test_a_thief_of_the_password_uses_up_no_text_of_a_known_browser(eli, at_home):
    for _ in range(4):
        at(ELSEWHERE, eli)
    shut = at(ELSEWHERE, eli)
    assert shut.get(PAGE).context["send_at"] is not None
    before = len(codes_to())
    give_password(at_home, eli)
    assert len(codes_to()) == before + 1
    type_code(at_home, code_to())
    assert is_in(at_home)


def test_nor_a_call(one_clock, eli, at_home):
    thief = at(ELSEWHERE, eli)
    for _ in range(3):
        one_clock.shift(61)
        call(thief)
    assert thief.get(PAGE).context["call_at"] > timezone.now() + timedelta(minutes=10)
    give_password(at_home, eli)
    one_clock.shift(61)
    call(at_home)
    carry()
    assert len(messages(NUMBER, "call")) == 4
    type_code(at_home, code_by_call(NUMBER))
    assert is_in(at_home)


def test_nor_do_wrong_codes_at_strange_browsers_close_a_known_one(eli, at_home):
    thief = at(ELSEWHERE, eli)
    for _ in range(5):
        type_code(thief, "000000")
    stuck = at("203.0.113.67", eli).get(PAGE).context
    # No text for a code that could not be typed anyway.
    assert not stuck["live"]
    assert stuck["send_at"] is not None
    give_password(at_home, eli)
    type_code(at_home, code_to())
    assert is_in(at_home)


def test_the_reserve_of_a_known_browser_has_an_end_too(eli, at_home):
    for _ in range(4):
        give_password(at_home, eli)
    assert at_home.get(PAGE).context["send_at"] is not None
    at("203.0.113.67", eli)
    assert at_home.get(PAGE).context["send_at"] is not None


def test_what_was_not_carried_is_given_back_to_the_reserve(handset, eli, at_home):
    handset.refuse("setup")
    give_password(at_home, eli)
    carry()
    assert count("text-person/24h", f"{eli.pk}:known") == 0
    assert count("text-person/24h", eli.pk) == 1, "the first sign-in, at a browser that was new"


# --- Tests ---


def test_test_texts_take_nothing_from_sign_ins(one_clock, eli, here, thief):
    Tally.objects.all().delete()
    for _ in range(4):
        one_clock.shift(61)
        thief.post("/security/phone/test/")
    assert len(sent(kind="test")) == policy.TEST_TEXT[0].count == 3
    assert not Tally.objects.filter(name__startswith="text-").exists()
    give_password(here, eli)
    type_code(here, code_to())
    assert is_in(here)


# --- Calls of one person, and what adding numbers may take ---


def test_one_person_gets_five_calls_a_day_whatever_the_numbers(one_clock, handset, mara):
    for each in range(7):
        browser = at(f"203.0.113.{each}", mara)
        ask_number(browser, f"+8526123450{each}")
        one_clock.shift(61)
        browser.post("/security/phone/call/")
    assert len(sent(way="call")) == 5


@pytest.mark.parametrize(
    ("name", "subject", "most"), [("adding-site/1h", "site", 250), ("adding-country/1h", "HK", 50)]
)
def test_confirmations_take_half_of_the_hour_and_sign_ins_go_on(eli, mara, here, name, subject, most):
    used_up(name, subject, most - 1)
    first, second = at("203.0.113.1", mara), at("203.0.113.2", person("dana"))
    assert ask_number(first, "+85261234501").status_code == 302
    assert ask_number(second, "+85261234502").status_code == 429
    give_password(here, eli)
    type_code(here, code_to())
    assert is_in(here)


def test_and_half_of_the_day_s_money(settings, eli, mara, here):
    settings.PORTAL_MONEY_A_DAY, settings.PORTAL_TEXT_PRICES = 0.4, {"*": 0.1}
    statuses = [
        ask_number(at(f"203.0.113.{each}", person(f"person{each}")), f"+8526123450{each}").status_code
        for each in range(3)
    ]
    assert statuses == [302, 302, 429]
    give_password(here, eli)
    assert len(codes_to()) == 1
    assert budgets.money()[0] == 300


def test_a_confirmation_that_was_not_carried_leaves_its_half_to_others(handset, mara):
    handset.refuse("setup")
    ask_number(at(ELSEWHERE, mara), NUMBER)
    carry()
    names = ("adding-site/1h", "adding-country/1h", "adding-money/24h", "confirm-number/10m", "money/24h")
    assert sum(Tally.objects.filter(name__in=names).values_list("count", flat=True)) == 0
    assert Delivery.objects.get().cost == 0


def test_a_number_that_is_confirmed_is_told_so_and_may_be_tried_twice_more(one_clock, handset, mara, here):
    give_password(here, mara)
    ask_number(here, NUMBER)
    confirm(here, code_to())
    for _ in range(4):
        one_clock.shift(61)
        here.post("/security/phone/test/")
    carry()
    assert len([each for each in texts(NUMBER) if "There is nothing to do" in each]) == 3


# --- What the page says ---


def test_whoever_has_had_five_wrong_codes_is_sent_none_that_could_not_be_typed(eli, one_clock):
    browser = at(ELSEWHERE, eli)
    for _ in range(5):
        type_code(browser, "000000")
    before = len(codes_to())
    give_password(browser, eli)
    assert len(codes_to()) == before
    page = browser.get(PAGE).context
    assert not page["live"]
    one_clock.shift((page["send_at"] - timezone.now()).total_seconds() + 1)
    again(browser)
    type_code(browser, code_to())
    assert is_in(browser)


def test_the_page_says_when_an_address_may_ask_again(handset, one_clock, here):
    people = [person(f"client{number}") for number in range(5)]
    for number, user in enumerate(people):
        given_number(user, f"+8526123450{number}")
        for _ in range(2):
            give_password(here, user)
    eli = person("eli")
    given_number(eli)
    give_password(here, eli)
    page = here.get(PAGE).context
    assert not page["live"]
    assert page["send_at"] is not None


def test_an_office_of_people_at_their_own_browsers_is_no_flood(handset, one_clock, eli, at_home):
    """Browsers that are known draw on counts of their own, and on none of the address they share."""
    for number in range(5):
        user, browser = person(f"client{number}"), desk()
        given_number(user, f"+8526123450{number}")
        for _ in range(2):
            give_password(browser, user)
    give_password(at_home, eli)
    type_code(at_home, code_to())
    assert is_in(at_home)
