"""While a number waits to be confirmed: the code again, by a call, given up, or another number in its place."""

import pytest

from tests.factories import give_password
from tests.stories.carried import (
    NUMBER,
    OTHER,
    ask_number,
    carry,
    code_by_call,
    code_to,
    codes_to,
    confirm,
    messages,
    sent,
    states,
    texts,
    wrong_code,
)
from tests.stories.ways import text
from twofactor import policy, tasks
from twofactor.gateways import Report
from twofactor.models import Code, Delivery, Phone

PAGE = "/security/phone/"


@pytest.fixture
def asked(handset, mara, here):
    """Mara has typed her number, and the text is on her phone."""
    give_password(here, mara)
    ask_number(here)
    carry()
    return here


def again(browser):
    return browser.post(f"{PAGE}again/")


def call(browser):
    return browser.post(f"{PAGE}call/")


# --- Again ---


def test_the_same_code_comes_again(one_clock, asked):
    """Decision 8: a text that comes late still works."""
    one_clock.shift(60)
    again(asked)
    first, second = codes_to()
    assert first == second
    confirm(asked, first)
    assert states() == [("67", "verified")]


def test_its_life_is_not_made_longer_by_that(one_clock, asked):
    ends = asked.get(PAGE).context["ends"]
    one_clock.shift(60)
    again(asked)
    assert asked.get(PAGE).context["ends"] == ends


def test_each_time_it_takes_longer_until_the_next(one_clock, asked):
    """P-15, decision 9; what the page shows is what holds."""
    assert [wait.total_seconds() for wait in policy.RESEND_WAITS] == [60, 120, 300]
    for count, wait in ((1, 60), (2, 120)):
        page = asked.get(PAGE).context
        assert (page["send_at"] - page["last"]["asked"]).total_seconds() == wait
        one_clock.shift(wait - 1)
        again(asked)
        assert len(codes_to()) == count
        one_clock.shift(1)
        again(asked)
        assert len(codes_to()) == count + 1
    page = asked.get(PAGE).context
    assert (page["send_at"] - page["last"]["asked"]).total_seconds() >= 300


def test_whoever_presses_too_early_is_told_when(asked):
    again(asked)
    assert "The next text can be sent at" in text(asked.get(PAGE))
    assert len(codes_to()) == 1


def test_a_new_code_after_the_end_of_the_first(one_clock, asked):
    old = code_to()
    one_clock.shift(301)
    again(asked)
    new = code_to()
    assert new != old
    confirm(asked, old)
    assert states() == [("67", "unverified")]
    confirm(asked, new)
    assert states() == [("67", "verified")]


def test_a_new_code_does_not_give_back_the_tries(one_clock, asked):
    """NIST SP 800-63B-4 3.1.3.2."""
    for _ in range(3):
        confirm(asked, wrong_code())
    one_clock.shift(301)
    again(asked)
    assert asked.get(PAGE).context["tries_left"] == 2


def test_giving_up_and_typing_it_again_does_not_shorten_the_wait(asked):
    asked.post(f"{PAGE}drop/")
    response = ask_number(asked)
    assert response.status_code == 429
    assert "The next one can be sent at" in text(response)
    assert len(codes_to()) == 1


# --- By a call ---


def test_a_call_says_the_same_code(one_clock, asked):
    one_clock.shift(60)
    call(asked)
    said = code_by_call()
    assert said == code_to()
    confirm(asked, said)
    assert states() == [("67", "verified")]


def test_the_page_asks_to_take_the_call_until_it_has_said_the_code(one_clock, asked):
    one_clock.shift(60)
    call(asked)
    assert "Take the call" in text(asked.get(PAGE))
    code_by_call()
    tasks.report(Delivery.objects.get(way="call").pk, Report("delivered"), "demo")
    shown = text(asked.get(PAGE))
    assert "We called +852 5123 4567" in shown
    assert "Take the call" not in shown


def test_no_call_before_the_text_had_its_minute(one_clock, asked):
    one_clock.shift(59)
    call(asked)
    assert "The next call can be made at" in text(asked.get(PAGE))
    carry()
    assert messages(NUMBER, "call") == []
    one_clock.shift(1)
    call(asked)
    carry()
    assert len(messages(NUMBER, "call")) == 1


def test_after_a_text_that_failed_a_call_may_be_asked_for_at_once(handset, mara, here):
    handset.refuse("number", "text")
    give_password(here, mara)
    ask_number(here)
    carry()
    assert here.get(PAGE).context["call_at"] is None
    call(here)
    confirm(here, code_by_call())
    assert states() == [("67", "verified")]


# --- Given up ---


def test_a_number_that_is_given_up_takes_its_code_with_it(asked):
    code = code_to()
    asked.post(f"{PAGE}drop/")
    assert states() == [("67", "dropped")]
    confirm(asked, code)
    assert states() == [("67", "dropped")]
    assert not Code.objects.filter(state="live").exists()


def test_a_number_that_is_given_up_before_its_text_was_sent_gets_none(handset, mara, here):
    give_password(here, mara)
    ask_number(here)
    here.post(f"{PAGE}drop/")
    carry()
    assert texts(NUMBER) == []
    assert sent(kind="confirm") == [("confirm", "text", "failed")]


def test_giving_up_what_was_never_typed_does_nothing(handset, mara, here):
    give_password(here, mara)
    assert here.post(f"{PAGE}drop/").status_code == 302
    assert again(here).status_code == call(here).status_code == 302
    assert sent() == []


# --- Another number (AT-049) ---


def test_another_number_takes_the_place_of_the_one_that_waits(asked):
    first = code_to()
    ask_number(asked, OTHER)
    assert states() == [("67", "dropped"), ("68", "unverified")]
    confirm(asked, first)
    assert states() == [("67", "dropped"), ("68", "unverified")]
    confirm(asked, code_to(OTHER))
    assert states() == [("67", "dropped"), ("68", "verified")]


def test_a_number_that_is_refused_leaves_the_one_that_waits_as_it_was(asked):
    code = code_to()
    assert ask_number(asked, "2123 4567").status_code == 200
    confirm(asked, code)
    assert states() == [("67", "verified")]


def test_a_number_for_which_there_is_no_text_left_leaves_the_one_that_waits(asked):
    """All or nothing: who is refused for a budget keeps what they had."""
    code = code_to()
    for ending in range(4):
        asked.post(PAGE, {"country": "HK", "number": f"6123456{ending}"})
    waiting = Phone.objects.get(state="unverified")
    assert ask_number(asked, "+85261234569").status_code == 429
    assert Phone.objects.get(state="unverified") == waiting
    confirm(asked, code)
    assert Phone.objects.filter(state="verified").count() == 0
    confirm(asked, code_to("+85261234563"))
    assert Phone.objects.get(state="verified") == waiting
