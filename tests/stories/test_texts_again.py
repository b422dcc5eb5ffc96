"""The code again, and by a call: the same code, after a wait that grows, spoken only to somebody who presses a key."""

import pytest

from tests.factories import desk, give_password
from tests.stories.carried import (
    NUMBER,
    again,
    call,
    carry,
    code_by_call,
    code_to,
    codes_to,
    messages,
    sent,
    text_in,
    type_code,
)
from tests.stories.ways import is_in, sign_out, text
from twofactor import policy, tasks, wording
from twofactor.gateways import Report, demo
from twofactor.models import Delivery

PAGE = "/sign-in/verify/code/"


@pytest.fixture
def waiting(eli, here):
    give_password(here, eli)
    carry()
    return here


def calls():
    carry()
    return messages(NUMBER, "call")


def page(browser):
    return browser.get(PAGE).context


# --- The text again (P-15, decisions 8 and 9) ---


def test_it_is_the_same_code_and_lives_no_longer(one_clock, waiting):
    ends = page(waiting)["ends"]
    one_clock.shift(60)
    again(waiting)
    assert len(codes_to()) == 2
    assert len(set(codes_to())) == 1
    assert page(waiting)["ends"] == ends
    assert [each["again"] for each in page(waiting)["deliveries"]] == [False, True]
    type_code(waiting, codes_to()[0])
    assert is_in(waiting)


def test_the_waits_grow_and_are_shown_and_hold(one_clock, waiting):
    for count, wait in ((1, 60), (2, 120)):
        shown = page(waiting)
        assert (shown["send_at"] - shown["last"]["asked"]).total_seconds() == wait
        one_clock.shift(wait - 1)
        again(waiting)
        assert len(codes_to()) == count
        assert "The next text can be sent at" in text(waiting.get(PAGE))
        one_clock.shift(1)
        assert page(waiting)["send_at"] is None
        again(waiting)
        assert len(codes_to()) == count + 1
    shown = page(waiting)
    assert (shown["send_at"] - shown["last"]["asked"]).total_seconds() >= 300


def test_pressed_twenty_times_it_sends_once(one_clock, waiting):
    """AT-029: one message leaves, one code lives, the budgets count one."""
    one_clock.shift(60)
    for _ in range(20):
        again(waiting)
    assert len(codes_to()) == 2
    assert sent(kind="sign-in") == [("sign-in", "text", "handed")] * 2


def test_after_the_end_of_the_code_a_new_one_is_sent(one_clock, waiting):
    old = code_to()
    one_clock.shift(300)
    assert not page(waiting)["live"]
    again(waiting)
    assert code_to() != old
    type_code(waiting, old)
    assert not is_in(waiting)
    type_code(waiting, code_to())
    assert is_in(waiting)


def test_whoever_needs_it_again_hears_of_the_key(one_clock, waiting):
    """B8: after the first one that was sent again."""
    assert not page(waiting)["resent"]
    one_clock.shift(60)
    again(waiting)
    assert page(waiting)["resent"]


def test_a_text_that_is_not_sent_yet_is_said_to_be_so_and_a_call_is_offered(one_clock, eli, here):
    """FI-08: nobody carries."""
    give_password(here, eli)
    assert page(here)["last"]["state"] == "queued"
    assert page(here)["call_at"] is not None
    one_clock.shift(policy.SLOW.total_seconds())
    assert page(here)["last"]["slow"]
    assert page(here)["call_at"] is None


# --- The call (R-29, B11) ---


def test_a_call_says_the_same_code_twice_and_tells_to_keep_it(one_clock, waiting):
    one_clock.shift(60)
    call(waiting)
    (rung,) = calls()
    assert rung.text == ""
    assert "".join(rung.call.digits) == code_to()
    assert rung.call.again
    assert "nobody" in rung.call.goodbye
    assert "Client Portal" in rung.call.greeting
    type_code(waiting, code_by_call())
    assert is_in(waiting)


def test_the_page_asks_to_take_the_call_until_it_has_said_the_code(one_clock, waiting):
    one_clock.shift(60)
    call(waiting)
    assert "Take the call" in text(waiting.get(PAGE))
    code_by_call()
    tasks.report(Delivery.objects.get(way="call").pk, Report("delivered"), "demo")
    shown = text(waiting.get(PAGE))
    assert "We called +852" in shown
    assert "Take the call" not in shown


def test_without_a_key_press_the_code_is_not_spoken(one_clock, waiting):
    """R-29: it is never left on a mailbox. What is said before the key holds no digit of it."""
    one_clock.shift(60)
    call(waiting)
    (rung,) = calls()
    code = code_to()
    for said in (rung.call.greeting, rung.call.prompt, rung.call.nobody):
        assert not any(digit in said for digit in code)
    demo.handset.move(rung.id, "answer")
    one_clock.shift(61)
    demo.handset.lapse()
    assert demo.handset.get(rung.id).state == "missed"


def test_no_call_before_the_text_had_its_minute(one_clock, waiting):
    one_clock.shift(59)
    assert page(waiting)["call_at"] is not None
    call(waiting)
    assert calls() == []
    assert "The next call can be made at" in text(waiting.get(PAGE))
    one_clock.shift(1)
    call(waiting)
    assert len(calls()) == 1


def test_a_minute_between_calls(one_clock, waiting):
    one_clock.shift(60)
    for _ in range(20):
        call(waiting)
    assert len(calls()) == 1
    one_clock.shift(59)
    call(waiting)
    assert len(calls()) == 1
    one_clock.shift(1)
    call(waiting)
    assert len(calls()) == 2


def test_a_call_does_not_shorten_the_wait_for_a_text(one_clock, waiting):
    one_clock.shift(60)
    again(waiting)
    call(waiting)
    one_clock.shift(60)
    again(waiting)
    assert len(codes_to()) == 2


@pytest.mark.parametrize("reason", ["number", "blocked", "setup"])
def test_after_a_text_that_failed_the_call_comes_at_once(handset, eli, here, reason):
    handset.refuse(reason, "text")
    give_password(here, eli)
    carry()
    assert page(here)["last"]["state"] == "failed"
    assert page(here)["last"]["reason"] == reason
    assert page(here)["call_at"] is None
    call(here)
    type_code(here, code_by_call())
    assert is_in(here)


def test_calls_have_a_budget_of_their_own(one_clock, eli):
    """P-18: three an hour to one number; it leaves the texts alone."""
    for number in range(4):
        browser = desk()
        give_password(browser, eli)
        one_clock.shift(60)
        call(browser)
        assert len(calls()) == min(number + 1, 3)
        one_clock.shift(540)
    assert len(codes_to()) == 4
    assert page(browser)["call_at"] is not None
    assert [limit.count for limit in policy.CALL_NUMBER] == [3, 5]


def test_the_call_of_a_code_that_is_over_says_nothing(one_clock, waiting):
    """What a carrier asks for while it calls is made at that moment."""
    one_clock.shift(60)
    call(waiting)
    carry()
    row = Delivery.objects.get(way="call")
    assert "".join(tasks.script(row.pk, "demo").digits) == code_to()
    one_clock.shift(240)
    assert tasks.script(row.pk, "demo") is None
    assert tasks.script("unknown", "demo") is None


def test_no_other_carrier_hears_it(one_clock, waiting):
    one_clock.shift(60)
    call(waiting)
    carry()
    row = Delivery.objects.get(way="call")
    assert tasks.script(row.pk, "twilio") is None
    assert tasks.script(Delivery.objects.filter(way="text").first().pk, "demo") is None


def test_a_used_code_is_spoken_to_nobody(one_clock, waiting):
    one_clock.shift(60)
    call(waiting)
    carry()
    row = Delivery.objects.get(way="call")
    type_code(waiting, code_to())
    assert tasks.script(row.pk, "demo") is None
    assert wording.script(Delivery.objects.get(pk=row.pk)) is None


def test_a_call_that_nobody_took_is_said_to_be_so(one_clock, waiting):
    one_clock.shift(60)
    call(waiting)
    carry()
    row = Delivery.objects.get(way="call")
    assert tasks.report(row.pk, Report("failed", "unanswered"), "demo")
    assert (page(waiting)["last"]["state"], page(waiting)["last"]["reason"]) == ("failed", "unanswered")


def test_somebody_who_only_has_a_carrier_for_texts_is_offered_no_call(monkeypatch, waiting):
    monkeypatch.setattr(demo, "WAYS", ("text", "mail"))
    assert not page(waiting)["can_call"]
    call(waiting)
    assert "No call can be made right now" in text(waiting.get(PAGE))


def test_in_the_language_of_the_person(one_clock, eli, here):
    text_in(here, eli)
    here.post("/language/", {"language": "zh-hant"})
    sign_out(here)
    give_password(here, eli)
    one_clock.shift(60)
    call(here)
    (rung,) = calls()
    assert (rung.language, rung.call.language) == ("zh-Hant", "zh-Hant")
