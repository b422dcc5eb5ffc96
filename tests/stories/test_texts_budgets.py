"""What texts and calls may cost: every budget at its edge (P-16 to P-19), and what a carrier refused is given back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Tally
from tests.factories import PASSWORD, desk, give_password, person
from tests.stories.carried import (
    BRITISH,
    NUMBER,
    OTHER,
    again,
    ask_number,
    call,
    carry,
    codes_to,
    messages,
    sent,
    type_code,
)
from tests.stories.ways import events, is_in, state, text
from twofactor import budgets, policy, tasks
from twofactor.gateways import Report
from twofactor.models import Delivery

PAGE = "/sign-in/verify/code/"


def begin(user, address="127.0.0.1"):
    """A right password at a new browser; what follows from it is carried."""
    browser = desk()
    browser.post("/sign-in/", {"username": user.username, "password": PASSWORD}, REMOTE_ADDR=address)
    carry()
    return browser


def later():
    return timezone.now() + timedelta(hours=1)


def count(name):
    return sum(Tally.objects.filter(name=name).values_list("count", flat=True))


# --- For one number (P-16) ---


def test_three_texts_in_ten_minutes_to_one_number(one_clock, eli):
    assert [(limit.count, limit.seconds) for limit in policy.TEXT_NUMBER] == [(3, 600), (5, 3600), (10, 86_400)]
    waiting = [begin(eli) for _ in range(4)][-1]
    assert len(codes_to()) == 3
    assert state(waiting) == "waiting"
    page = waiting.get(PAGE).context
    assert not page["live"]
    assert page["send_at"] is not None
    # Nothing was sent, so nothing is sent again.
    assert "It can be sent from" in text(waiting.get(PAGE))
    assert "Send the code again" not in text(waiting.get(PAGE))
    assert ("refused", "text-wait") in events("code.send")
    one_clock.shift(590)
    again(waiting)
    assert len(codes_to()) == 3
    one_clock.shift(11)
    begin(eli)
    assert len(codes_to()) == 4


def test_a_sign_in_without_a_text_gets_one_as_soon_as_there_is_room(one_clock, eli):
    begin(eli)
    one_clock.shift(200)
    late = [begin(eli) for _ in range(3)][-1]
    page = late.get(PAGE).context
    one_clock.move_to(page["send_at"])
    again(late)
    type_code(late, codes_to()[-1])
    assert is_in(late)


def test_five_in_an_hour_and_ten_in_a_day(one_clock, eli):
    came = []
    for hour in range(4):
        for _ in range(6):
            begin(eli)
            one_clock.shift(601)
        came.append(len(codes_to()))
        if hour == 2:
            one_clock.shift(86_400 - 3 * 3606)
    assert came == [5, 10, 10, 15]


def test_six_spellings_of_a_number_are_one_budget(handset, mara):
    """AT-041: also when somebody else asks."""
    for name in ("dana", "uma", "vera"):
        assert ask_number(begin(person(name))).status_code == 302
    browser = begin(mara)
    for spelled in ("51234567", "+852 5123 4567", "00852-5123-4567", "852 51234567", "５１２３４５６７", "(5123) 4567"):
        response = ask_number(browser, spelled)
        assert response.status_code == 429, spelled
        assert "The next one can be sent at" in text(response)
    assert len(codes_to()) == 3


# --- For one person and one address (P-17) ---


def test_ten_texts_in_a_day_for_one_person(one_clock, handset, mara):
    """To whatever numbers, from wherever."""
    statuses = []
    for number in range(12):
        address = f"203.0.113.{number}"
        browser = begin(mara, address)
        statuses.append(ask_number(browser, f"+852612345{number:02d}", REMOTE_ADDR=address).status_code)
    assert statuses == [302] * 10 + [429] * 2
    assert len(sent(kind="confirm")) == 10


def test_ten_texts_in_an_hour_from_one_address(handset, mara):
    dana, where = person("dana"), "203.0.113.7"
    Tally.objects.create(name="text-address/1h", subject=where, count=9, resets=later())
    first, second = begin(mara, where), begin(dana, where)
    assert ask_number(first, NUMBER, REMOTE_ADDR=where).status_code == 302
    assert ask_number(second, OTHER, REMOTE_ADDR=where).status_code == 429
    assert ask_number(second, OTHER, REMOTE_ADDR="203.0.113.8").status_code == 302


def test_five_different_numbers_in_an_hour_from_one_address(one_clock, handset, mara):
    """AT-041: somebody who verifies fifty numbers stops after five. The same ones again cost nothing of it."""
    browser = begin(mara)
    statuses = [ask_number(browser, f"+852612345{number:02d}").status_code for number in range(12)]
    assert statuses == [302] * 5 + [429] * 7
    assert len(sent(kind="confirm")) == 5
    one_clock.shift(200)
    assert ask_number(browser, "+85261234501").status_code == 302
    dana = person("dana")
    assert ask_number(begin(dana), "+85261234599").status_code == 429
    there = begin(dana, "203.0.113.9")
    assert ask_number(there, "+85261234598", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_an_address_of_the_new_protocol_is_a_whole_subscriber(handset, mara):
    browser = begin(mara, "2001:db8::1")
    for number in range(5):
        ask_number(browser, f"+8526123450{number}", REMOTE_ADDR=f"2001:db8::{number}")
    assert ask_number(browser, "+85261234509", REMOTE_ADDR="2001:db8::ffff").status_code == 429
    assert ask_number(browser, "+85261234509", REMOTE_ADDR="2001:db8:0:1::1").status_code == 302


# --- For the whole site, a country, and the money (P-19) ---


@pytest.mark.parametrize(
    ("name", "subject", "most"), [("carried-site/1h", "site", 500), ("carried-country/1h", "HK", 100)]
)
def test_the_site_and_each_country_have_an_hour(one_clock, eli, name, subject, most):
    Tally.objects.filter(name=name).delete()
    Tally.objects.create(name=name, subject=subject, count=most - 1, resets=later())
    begin(eli)
    assert len(codes_to()) == 1
    waiting = begin(eli)
    assert len(codes_to()) == 1
    assert ("refused", name) in events("code.send")
    one_clock.shift(3601)
    again(waiting)
    begin(eli)
    assert len(codes_to()) == 2


def test_a_full_country_leaves_the_others_alone(handset, mara):
    Tally.objects.create(name="carried-country/1h", subject="HK", count=100, resets=later())
    browser = begin(mara)
    assert ask_number(browser, NUMBER).status_code == 429
    assert ask_number(browser, BRITISH).status_code == 302


def test_a_day_costs_no_more_than_the_operator_says(settings, one_clock, eli):
    settings.PORTAL_MONEY_A_DAY = 0.25
    settings.PORTAL_TEXT_PRICES = {"*": 1.0, "HK": 0.1}
    for _ in range(3):
        begin(eli)
    assert len(codes_to()) == 2
    assert budgets.money()[0] == 200
    assert ("refused", "money/24h") in events("code.send")
    one_clock.shift(86_401)
    begin(eli)
    assert len(codes_to()) == 3


def test_a_call_costs_what_a_call_costs(settings, one_clock, eli, here):
    settings.PORTAL_MONEY_A_DAY = 1.0
    settings.PORTAL_TEXT_PRICES, settings.PORTAL_CALL_PRICES = {"*": 0.05}, {"*": 0.9, "GB": 0.1}
    give_password(here, eli)
    carry()
    one_clock.shift(60)
    call(here)
    assert budgets.money()[0] == 950
    one_clock.shift(60)
    call(here)
    assert budgets.money()[0] == 950
    carry()
    assert len(messages(NUMBER, "call")) == 1


def test_what_one_budget_refuses_costs_the_others_nothing(settings, eli):
    settings.PORTAL_MONEY_A_DAY = 0.0
    before = {row.name: row.count for row in Tally.objects.filter(name__contains="text-")}
    begin(eli)
    assert codes_to() == []
    assert {row.name: row.count for row in Tally.objects.filter(name__contains="text-")} == before


def test_a_price_of_nothing_is_still_counted(settings, eli):
    """A cap of nothing sends nothing, whatever the prices say."""
    settings.PORTAL_TEXT_PRICES, settings.PORTAL_MONEY_A_DAY = {"*": 0.0}, 0.0
    begin(eli)
    assert codes_to() == []


# --- What a carrier refused (FI-10) ---


def test_a_text_that_no_carrier_took_is_given_back(handset, eli):
    Tally.objects.all().delete()
    before = {name: count(name) for name in ("text-number/10m", "text-person/24h", "carried-site/1h", "money/24h")}
    handset.refuse("setup")
    for _ in range(5):
        begin(eli)
        carry()
    assert {name: count(name) for name in before} == before
    assert set(Delivery.objects.filter(kind="sign-in").values_list("cost", flat=True)) == {0}
    handset.refuse("")
    begin(eli)
    assert len(codes_to()) == 1


def test_but_not_to_the_address_that_asks_on_and_on(handset, eli):
    handset.refuse("setup")
    for _ in range(3):
        begin(eli)
        carry()
    assert count("text-address/1h") >= 3


def test_a_call_that_no_carrier_took_is_given_back_to_the_calls(handset, one_clock, eli, here):
    give_password(here, eli)
    carry()
    handset.refuse("setup", "call")
    one_clock.shift(60)
    call(here)
    before = count("text-number/10m")
    carry()
    assert count("call-number/1h") == 0
    assert count("text-number/10m") == before


def test_what_a_carrier_took_and_lost_is_not_given_back(handset, eli, here):
    give_password(here, eli)
    carry()
    before = count("text-number/10m"), budgets.money()[0]
    tasks.report(Delivery.objects.get(kind="sign-in").pk, Report("failed", "unreachable"), "demo")
    assert (count("text-number/10m"), budgets.money()[0]) == before


def test_a_text_that_is_refused_is_given_back_once(handset, eli, here):
    handset.refuse("setup")
    give_password(here, eli)
    carry()
    row = Delivery.objects.get(kind="sign-in")
    Tally.objects.filter(name="carried-site/1h").update(count=7)
    budgets.refund(row)
    row.refresh_from_db()
    budgets.refund(row)
    assert count("carried-site/1h") == 7


# --- Countries (P-20) ---


def test_a_country_that_is_taken_off_the_list_gets_nothing_more(settings, one_clock, eli, here):
    waiting = begin(eli)
    carry()
    settings.PORTAL_COUNTRIES = frozenset({"GB"})
    one_clock.shift(61)
    again(waiting)
    assert "does not send to the country of your number any more" in text(waiting.get(PAGE))
    begin(eli)
    call(waiting)
    carry()
    assert len(messages(NUMBER)) == 1
    assert ("refused", "country") in events("code.send")


def test_without_a_country_of_its_own_the_portal_sends_nowhere(settings, handset, mara):
    settings.PORTAL_COUNTRY, settings.PORTAL_COUNTRIES = "", frozenset()
    browser = begin(mara)
    assert browser.get("/security/phone/").status_code == 200
    assert ask_number(browser, NUMBER).status_code == 200
    assert sent() == []
