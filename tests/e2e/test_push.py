"""Notifications: the phone is woken, proves it, says no more than that something waits, and opens it at a tap."""

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.pushing import ENDED, FAILING, HANGING, MAYBE, WAITING
from tests.e2e.screens import Desk, activate
from tests.factories import person
from twofactor.models import Challenge, Subscription

pytestmark = pytest.mark.whole_browser

HOPS = "How far the notification has come"


def state():
    return Subscription.objects.get().state


def hops(desk):
    return desk.page.get_by_role("list", name=HOPS)


# --- Being called ---


def test_a_phone_that_may_notify_registers_by_itself_and_proves_it_unseen(mara, desk, woken):
    activate(desk, woken, "mara", "Mara Lee")
    woken.ready()
    woken.deliver()
    expect(woken.say("You may close this page")).to_be_visible()
    assert state() == "works"
    woken.drawer()


def test_a_closed_phone_is_called_and_proves_that_it_was(called, desk):
    called.page.close()
    desk.give_password("mara")
    told = called.deliver()
    assert set(told) == {"v", "kid", "challenge"}
    called.drawer(WAITING)
    for words in ("Taken over by the push service at", "Reached the phone at", "Shown on the phone at"):
        expect(hops(desk)).to_contain_text(words)
    expect(hops(desk)).to_contain_text("Nobody has begun to answer yet")


def test_a_notification_says_that_something_waits_and_nothing_more(called, desk):
    called.page.close()
    desk.give_password("mara")
    told = called.deliver()
    (notification,) = called.drawer(WAITING)
    assert notification["tag"] == told["challenge"]
    assert set(notification["data"]) == {"challenge", "kid", "at"}
    assert notification["actions"] == []
    assert notification["icon"].endswith(".png")
    assert notification["badge"].endswith(".png")
    assert notification["requireInteraction"]
    assert not notification["silent"]
    # Neither who, nor where from, nor the digits, which a locked screen would show to everybody.
    challenge = Challenge.objects.get(pk=told["challenge"])
    secret = ["Mara", "mara", challenge.question, *(value for _, value in challenge.display["facts"])]
    written = notification["title"] + notification["body"]
    assert not [word for word in secret if word in written]


def test_a_tap_opens_exactly_that_question(called, desk):
    called.page.close()
    desk.give_password("mara")
    told = called.deliver()
    called.drawer(WAITING)
    (address,) = called.tap()
    assert address.endswith(f"/authenticator/#c/{told['challenge']}")
    expect(hops(desk)).to_contain_text("Somebody began to answer at")
    called.reopen(address)
    called.approve(number=desk.number())
    desk.expect_signed_in()


def test_a_tap_comes_to_the_window_that_is_open_and_to_the_person_who_is_asked(called, desk, contexts):
    person("eli")
    elis = Desk(contexts().new_page())
    elis.give_password("eli")
    called.button("Add user").click()
    called.type_code(elis.activation_code())
    called.give_pin("Eli Wong")
    expect(elis.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    elis.sign_out()
    # One address wakes this phone for both.
    called.deliver()
    expect(called.say("You may close this page")).to_be_visible()
    assert {each.state for each in Subscription.objects.all()} == {"works"}
    desk.give_password("mara")
    maras = called.deliver()
    elis.give_password("eli")
    his = called.deliver()
    called.drawer(WAITING, WAITING)
    # The newer one first, then the older one, each with its own account and no other.
    for told, asked, other in ((his, "Eli Wong", "Mara Lee"), (maras, "Mara Lee", "Eli Wong")):
        assert called.tap(told["challenge"]) == []
        called.expect_asked()
        expect(called.page.get_by_role("main")).to_contain_text(asked)
        expect(called.page.get_by_role("main")).not_to_contain_text(other)
    called.approve(number=desk.number())
    desk.expect_signed_in()


@pytest.mark.long
def test_a_tap_on_a_question_that_is_over_says_so(called, desk):
    called.page.close()
    desk.give_password("mara")
    told = called.deliver()
    called.drawer(WAITING)
    desk.page.get_by_role("button", name="Cancel").click()
    expect(desk.page.get_by_text("You cancelled the sign-in.")).to_be_visible()
    called.reopen(f"/authenticator/#c/{told['challenge']}")
    expect(called.page.get_by_role("heading", name="No longer open")).to_be_visible()


# --- Being called off ---


def test_a_question_that_is_taken_back_is_taken_out_of_the_drawer(called, desk):
    called.page.close()
    desk.give_password("mara")
    asked = called.deliver()
    called.drawer(WAITING)
    desk.page.get_by_role("button", name="Cancel").click()
    assert called.deliver() == asked
    # A quiet word in its place, because every push has to leave something to see; then nothing.
    (word,) = called.drawer(ENDED)
    assert word["silent"]
    assert not word["requireInteraction"]
    called.drawer()


@pytest.mark.long
def test_an_answer_in_the_page_takes_the_notification_out_of_the_drawer(called, desk):
    desk.give_password("mara")
    called.deliver()
    called.drawer(WAITING)
    called.approve(number=desk.number())
    desk.expect_signed_in()
    called.drawer()


@pytest.mark.long
def test_what_ended_while_the_phone_was_off_is_cleared_when_the_page_is_opened(called, desk):
    called.page.close()
    desk.give_password("mara")
    called.deliver()
    called.drawer(WAITING)
    called.age_drawer()
    desk.page.get_by_role("button", name="Cancel").click()
    expect(desk.page.get_by_text("You cancelled the sign-in.")).to_be_visible()
    called.reopen()
    called.drawer()


# --- Nothing keeps it from being shown ---


@pytest.mark.long
def test_a_phone_without_a_network_is_told_that_something_may_wait(called, desk):
    called.page.close()
    desk.give_password("mara")
    called.without_a_network(FAILING)
    called.deliver()
    (notification,) = called.drawer(MAYBE)
    assert not notification["silent"]
    expect(hops(desk)).to_contain_text("Has not reached the phone yet")


@pytest.mark.long
def test_a_portal_that_hangs_does_not_keep_the_notification_back(called, desk):
    called.page.close()
    desk.give_password("mara")
    called.without_a_network(HANGING)
    called.deliver()
    called.drawer(MAYBE)


def test_what_is_no_push_of_ours_shows_one_quiet_word_and_asks_nobody(called):
    kid = Subscription.objects.get().key.kid
    called.without_a_network(FAILING)
    for data in (
        "",
        "no JSON",
        "null",
        "[]",
        json.dumps({"v": 2, "kid": kid, "challenge": "abc"}),
        json.dumps({"v": 1, "kid": kid}),
        json.dumps({"v": 1, "kid": [kid], "challenge": {}}),
        json.dumps({"v": 1, "kid": "somebody-else", "challenge": "abc"}),
    ):
        called.wake(data)
        (notification,) = called.drawer(MAYBE)
        assert notification["silent"], data
        assert not notification["requireInteraction"], data
        assert notification["tag"] == "portal-key", data
        assert called.tap() == [], data
        called.drawer()
    assert called.worker.evaluate("asked") == 0
