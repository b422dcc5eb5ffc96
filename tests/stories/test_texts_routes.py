"""Routes that are pumped or broken: a prefix that closes itself, and a country to which texts get lost (P-21, N13)."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from tests.factories import PASSWORD, desk, person
from tests.stories.carried import (
    BRITISH,
    NUMBER,
    again,
    ask_number,
    carry,
    code_to,
    confirm,
    messages,
    sent,
    type_code,
)
from tests.stories.ways import events, is_in, text
from twofactor import policy, tasks
from twofactor.gateways import Report
from twofactor.models import ClosedPrefix, Delivery, Phone
from twofactor.models.delivery import conversion, is_failing

PREFIX, HOURS = "+8525123", 3600
PAGE = "/sign-in/verify/code/"


def somebody(number):
    """A person of their own at an address of their own, signed in."""
    user, browser = person(f"person{number}"), desk(**{"x-number": str(number)})
    where = f"203.0.113.{number}"
    browser.post("/sign-in/", {"username": user.username, "password": PASSWORD}, REMOTE_ADDR=where)
    return browser, where


def pumped(count, used=0):
    """So many people ask for a code to a number of one prefix; the first few type it. Says what each was answered."""
    answers = []
    for number in range(count):
        browser, where = somebody(number)
        phone = f"{PREFIX}{4000 + number}"
        answers.append(ask_number(browser, phone, REMOTE_ADDR=where).status_code)
        if number < used:
            confirm(browser, code_to(phone), REMOTE_ADDR=where)
    carry()
    return answers


@pytest.fixture
def touchy(monkeypatch):
    """A breaker that looks at five codes instead of twenty: what it does is the same, and sooner seen."""
    monkeypatch.setattr(policy, "PREFIX_SENDS", 5)


# --- The breaker (AT-043) ---


def test_a_prefix_from_which_no_codes_come_back_is_closed(one_clock, handset):
    assert pumped(20, used=2) == [302] * 20
    one_clock.shift(61)
    browser, where = somebody(100)
    response = ask_number(browser, NUMBER, REMOTE_ADDR=where)
    assert response.status_code == 429
    assert messages(NUMBER) == []
    closed = ClosedPrefix.objects.get()
    assert (closed.prefix, closed.sends, closed.used) == (PREFIX, 20, 2)
    assert (20, 0.2, timedelta(hours=6)) == (policy.PREFIX_SENDS, policy.PREFIX_SHARE, policy.PREFIX_CLOSED)


def test_it_stays_closed_for_six_hours_and_opens_by_itself(one_clock, touchy, handset):
    pumped(5)
    one_clock.shift(61)
    for number, wait, status in ((100, 0, 429), (101, 6 * HOURS - 10, 429), (102, 15, 302)):
        one_clock.shift(wait)
        browser, where = somebody(number)
        assert ask_number(browser, f"{PREFIX}9{number}", REMOTE_ADDR=where).status_code == status
    assert ClosedPrefix.objects.count() == 1


def test_staff_are_told_once(one_clock, touchy, handset, caplog):
    pumped(5)
    one_clock.shift(61)
    for number in (100, 101, 102):
        browser, where = somebody(number)
        ask_number(browser, NUMBER, REMOTE_ADDR=where)
    assert events("prefix.close") == [("refused", "alert")]
    assert AuditEvent.objects.get(kind="prefix.close").facts == {"country": "HK", "prefix": PREFIX}
    assert [record.message for record in caplog.records if "ALERT prefix.close" in record.message] != []
    assert len([record for record in caplog.records if "ALERT" in record.message]) == 1


def test_other_prefixes_and_countries_go_on(one_clock, touchy, handset):
    pumped(5)
    one_clock.shift(61)
    for number, phone in ((100, "+85261234567"), (101, BRITISH)):
        browser, where = somebody(number)
        assert ask_number(browser, phone, REMOTE_ADDR=where).status_code == 302


def test_people_of_a_closed_prefix_can_still_sign_in_with_what_they_have(one_clock, touchy, eli, here):
    """Their sign-in is open and says when; nothing is sent meanwhile."""
    pumped(5)
    one_clock.shift(61)
    here.post("/sign-in/", {"username": "eli", "password": PASSWORD})
    page = here.get(PAGE)
    assert page.context["send_at"] is not None
    again(here)
    carry()
    assert messages(NUMBER) == []
    assert "The next text can be sent at" in text(here.get(PAGE))


def test_a_prefix_whose_codes_come_back_is_never_closed(one_clock, touchy, handset):
    assert pumped(6, used=2) == [302] * 6
    one_clock.shift(61)
    browser, where = somebody(100)
    assert ask_number(browser, NUMBER, REMOTE_ADDR=where).status_code == 302
    assert not ClosedPrefix.objects.exists()


def test_few_codes_close_nothing(one_clock, touchy, handset):
    pumped(4)
    one_clock.shift(61)
    browser, where = somebody(100)
    assert ask_number(browser, NUMBER, REMOTE_ADDR=where).status_code == 302


def test_a_rush_closes_nothing_before_anybody_could_type(touchy, handset):
    """At nine o'clock everybody comes at once."""
    assert pumped(6) == [302] * 6
    assert not ClosedPrefix.objects.exists()


def test_what_no_carrier_took_closes_nothing(one_clock, touchy, handset):
    """FI-10: an outage is nobody's pump."""
    handset.refuse("setup")
    pumped(6)
    handset.refuse("")
    one_clock.shift(61)
    browser, where = somebody(100)
    assert ask_number(browser, NUMBER, REMOTE_ADDR=where).status_code == 302


def test_what_was_sent_before_the_hour_is_forgotten(one_clock, touchy, handset):
    pumped(5)
    one_clock.shift(HOURS + 1)
    assert conversion(Phone.print_of_prefix(PREFIX)) == (0, 0)


def test_a_prefix_that_opens_again_starts_afresh(one_clock, touchy, handset):
    pumped(5)
    one_clock.shift(61)
    browser, where = somebody(100)
    ask_number(browser, NUMBER, REMOTE_ADDR=where)
    one_clock.shift(60)
    ClosedPrefix.objects.update(until=ClosedPrefix.objects.get().since)
    assert conversion(Phone.print_of_prefix(PREFIX)) == (0, 0)
    assert ask_number(browser, NUMBER, REMOTE_ADDR=where).status_code == 302


# --- A country to which texts get lost (N13) ---


def lost(count, number=200):
    """So many texts to Hong Kong, each of which its carrier reports as failed."""
    for each in range(number, number + count):
        browser, where = somebody(each)
        phone = f"+8526123{4000 + each}"
        ask_number(browser, phone, REMOTE_ADDR=where)
    carry()
    for row in Delivery.objects.filter(kind="confirm", state="handed"):
        tasks.report(row.pk, Report("failed", "unreachable"), "demo")


def test_a_call_is_offered_first_and_at_once_where_texts_get_lost(handset, eli, here):
    browser, where = somebody(300)
    ask_number(browser, "+85261234300", REMOTE_ADDR=where)
    carry()
    tasks.report(Delivery.objects.get(state="handed").pk, Report("delivered"), "demo")
    lost(5)
    assert is_failing("HK", "text")
    assert not is_failing("HK", "call")
    here.post("/sign-in/", {"username": "eli", "password": PASSWORD})
    page = here.get(PAGE)
    assert page.context["call_first"]
    assert page.context["call_at"] is None
    assert "Texts to this country often get lost at the moment" in text(page)
    here.post(f"{PAGE}call/")
    carry()
    assert [way for _kind, way, _state in sent(kind="sign-in")] == ["text", "call"]
    type_code(here, code_to())
    assert is_in(here)


@pytest.mark.parametrize(("count", "arrived"), [(4, 0), (5, 5)])
def test_few_losses_and_as_many_arrivals_are_no_failure(handset, eli, here, count, arrived):
    for each in range(arrived):
        browser, where = somebody(300 + each)
        ask_number(browser, f"+8526123{4300 + each}", REMOTE_ADDR=where)
    carry()
    for row in Delivery.objects.filter(kind="confirm", state="handed"):
        tasks.report(row.pk, Report("delivered"), "demo")
    lost(count)
    here.post("/sign-in/", {"username": "eli", "password": PASSWORD})
    page = here.get(PAGE).context
    assert not page["call_first"]
    assert page["call_at"] is not None


def test_other_countries_are_not_blamed(handset):
    lost(5)
    assert not is_failing("GB", "text")


def test_an_hour_later_it_is_forgotten(one_clock, handset):
    lost(5)
    one_clock.shift(HOURS + 1)
    assert not is_failing("HK", "text")


def test_silence_of_a_carrier_that_reports_is_a_loss_after_two_minutes(one_clock, handset):
    lost(0)
    for each in range(5):
        browser, where = somebody(each)
        ask_number(browser, f"+8526123{4000 + each}", REMOTE_ADDR=where)
    carry()
    one_clock.shift(119)
    assert not is_failing("HK", "text")
    one_clock.shift(2)
    assert is_failing("HK", "text")


def test_a_code_that_was_typed_has_arrived_whatever_was_reported(one_clock, handset):
    for each in range(6):
        browser, where = somebody(each)
        phone = f"+8526123{4000 + each}"
        ask_number(browser, phone, REMOTE_ADDR=where)
        confirm(browser, code_to(phone), REMOTE_ADDR=where)
    one_clock.shift(300)
    assert not is_failing("HK", "text")


# --- A carrier that is slow or busy (AT-044) ---


@pytest.mark.parametrize("reason", ["busy", "unreachable"])
def test_the_page_says_that_it_takes_a_while_and_offers_other_ways(one_clock, handset, eli, here, reason):
    handset.refuse(reason)
    here.post("/sign-in/", {"username": "eli", "password": PASSWORD})
    carry()
    page = here.get(PAGE).context
    assert page["last"]["state"] == "queued"
    assert page["send_at"] is not None
    one_clock.shift(16)
    page = here.get(PAGE)
    assert page.context["last"]["slow"]
    assert page.context["call_at"] is None
    assert "call" in text(page)
    again(here)
    assert len(sent(kind="sign-in")) == 1
    handset.refuse("")
    one_clock.shift(60)
    type_code(here, code_to())
    assert is_in(here)
