"""What goes wrong on the way to a phone is said at the desk, and what has gone deaf renews itself (N5, N6)."""

import time

import pytest

from tests.carriers.server import hanging_up, saying
from tests.factories import PIN, desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.drawer import only, pushes
from tests.stories.ways import activated, approve, events, is_in, question_at, respond, sign_in, text
from twofactor import gateways, policy, pushing, tasks
from twofactor.models import KeyStanding, Subscription

LIST = "How far the notification has come"


def answer_by_hand(browser, pocket):
    respond(browser, pocket.respond(question_at(browser), PIN))
    finish(browser)


# --- What goes wrong, hop by hop ---


def waiting(browser, mara, drawer, clock, seconds=11.0):
    give_password(browser, mara)
    drawer.heard  # noqa: B018 - whatever is due goes out
    clock.shift(seconds)
    return text(browser.get("/sign-in/verify/"))


def test_a_push_service_that_is_away_is_said_and_asked_again(woken, mara, pocket, known, one_clock):
    woken.service.answers = [hanging_up]
    page = waiting(known, mara, woken, one_clock, 0)
    assert "The push service cannot be reached at the moment." in page
    woken.service.answers = [saying(201)]
    one_clock.shift(5)
    woken.woken(pocket)
    page = text(known.get("/sign-in/verify/"))
    assert "The push service cannot be reached" not in page
    assert "Reached the phone at" in page


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_has_ended_is_asked_no_more(woken, mara, pocket, known, one_clock, status):
    """FI-11."""
    woken.service.answers = [saying(status)]
    page = waiting(known, mara, woken, one_clock, 0)
    assert "have ended at its push service" in page
    assert pushes(pocket) == "gone"
    before = len(woken.heard)
    one_clock.shift(policy.RESEND_GAP.total_seconds() + 1)
    known.post("/sign-in/verify/again/", {"then": "verify"})
    assert len(woken.heard) == before
    # The question itself waits in the authenticator all the same.
    approve(known, pocket)
    finish(known)
    assert is_in(known)


@pytest.mark.parametrize("status", [400, 401, 403, 413, 302])
def test_a_service_that_refuses_the_portal_is_said(woken, mara, known, one_clock, status):
    woken.service.answers = [saying(status, Location="http://localhost:1/")]
    page = waiting(known, mara, woken, one_clock, 0)
    assert "The push service refuses this portal" in page
    assert Subscription.objects.get().state == "works"


def test_a_phone_that_gets_nothing_and_one_that_shows_nothing_have_cures_of_their_own(
    woken, mara, pocket, known, one_clock
):
    page = waiting(known, mara, woken, one_clock)
    assert "has not received it." in page
    woken.woken(pocket)
    assert "has not received it." not in text(known.get("/sign-in/verify/"))
    one_clock.shift(11)
    assert "has received it and does not show it" in text(known.get("/sign-in/verify/"))
    pocket.seen(pocket.challenge(), "shown")
    one_clock.shift(11)
    assert "Pull down the notifications" in text(known.get("/sign-in/verify/"))
    pocket.seen(pocket.challenge(), "opened")
    assert "Pull down the notifications" not in text(known.get("/sign-in/verify/"))


def test_a_phone_that_is_not_pushed_to_is_opened_by_hand(drawer, mara, pocket, known, one_clock):
    page = waiting(known, mara, drawer, one_clock)
    assert "gets no notifications from this portal." in page
    pocket.seen(pocket.challenge(), "received")
    assert "gets no notifications from this portal." not in text(known.get("/sign-in/verify/"))


def test_time_passing_at_a_hop_makes_the_page_look_again(woken, mara, known, one_clock):
    give_password(known, mara)
    before = known.get("/sign-in/status/").json()["version"]
    one_clock.shift(policy.PUSH_STAGES[0].total_seconds() + 0.1)
    assert known.get("/sign-in/status/").json()["version"] > before


# --- Repair ---


def test_the_steps_a_to_i_repair_a_phone_that_has_gone_deaf(woken, mara, pocket, known, one_clock):
    """E9. The old address takes everything and wakes nobody."""
    give_password(known, mara)
    assert woken.heard[-1].headers["Topic"] == pocket.challenge()["id"]
    answer_by_hand(known, pocket)
    assert is_in(known)
    assert pushes(pocket) == "suspect"
    # The authenticator is opened, and makes itself a new address.
    woken.begin()
    assert pocket.push(woken.subscription) == "new"
    woken.woken(pocket)
    assert pushes(pocket) == "works"
    known.post("/sign-out/")
    give_password(known, mara)
    assert woken.pushed[-1]["challenge"] == pocket.challenge()["id"]
    approve(known, pocket)
    finish(known)
    assert is_in(known)


def test_the_same_address_brought_again_is_proved_anew(woken, mara, pocket, known):
    give_password(known, mara)
    answer_by_hand(known, pocket)
    before = len(woken.heard)
    assert pocket.push(woken.subscription) == "new"
    assert len(woken.heard) == before + 1
    woken.woken(pocket)
    assert pushes(pocket) == "works"


def test_an_approval_on_the_phone_leaves_no_doubt(woken, mara, pocket, known):
    sign_in(known, mara, pocket)
    assert pushes(pocket) == "works"


# --- Tests, and the key's page ---


def test_a_test_that_the_phone_asks_for_reaches_it(woken, pocket):
    asked = pocket.ask_test()
    assert woken.pushed[-1]["challenge"] == asked
    assert pocket.challenge()["purpose"] == "test"
    with pytest.raises(Problem) as refused:
        pocket.ask_test()
    assert refused.value.code == "slow-down"
    assert refused.value.body["retry_at"] > time.time()


def test_the_page_about_the_key_says_how_its_notifications_are(woken, mara, pocket, known):
    sign_in(known, mara, pocket)
    assert "They arrive" in text(known.get("/security/key/"))
    pushing.doubt(Subscription.objects.get().key)
    assert "One may have been missed" in text(known.get("/security/key/"))
    pocket.push(None)
    assert "Off: questions are seen when" in text(known.get("/security/key/"))


def test_another_persons_pushes_go_to_their_own_key_alone(woken, mara, pocket, known):
    eli = person("eli")
    other = activated(desk(), eli)
    signed = other._signed(other.keys[only(other)], "push", {"jti": "once", "subscription": None})
    with pytest.raises(Problem) as refused:
        other.post(f"/keys/{only(pocket)}/push", {"statement": signed})
    assert refused.value.status == 403
    assert Subscription.objects.get().key.user == mara


def test_the_home_page_says_when_a_phone_may_have_gone_deaf(woken, mara, pocket, known):
    """N6: before the next sign-in, not at it."""
    sign_in(known, mara, pocket)
    assert "Let notifications reach your phone again" not in text(known.get("/"))
    pushing.doubt(Subscription.objects.get().key)
    assert "Let notifications reach your phone again" in text(known.get("/"))


# --- Found by trying to break it ---


def test_a_withdrawal_waits_for_the_push_that_is_under_way(woken, mara, known, monkeypatch, one_clock):
    """The desk cancels while the push service has the question in hand."""
    give_password(known, mara)
    hand, cancelled = gateways.send, []

    def slow(name, message):
        if not cancelled:
            cancelled.append(known.post("/sign-in/cancel/"))
            tasks.deliver_due()
        return hand(name, message)

    monkeypatch.setattr(gateways, "send", slow)
    before = len(woken.heard)
    one_clock.shift(3)
    assert cancelled
    assert len(woken.heard) == before + 1


def test_what_the_service_may_have_taken_is_withdrawn_too(woken, mara, known, monkeypatch):
    """Its answer was lost: nobody knows whether the phone was woken."""

    def lost(name, message):
        raise gateways.DeliveryFailed("unreachable", permanent=False, unknown=True)

    with monkeypatch.context() as patched:
        patched.setattr(gateways, "send", lost)
        give_password(known, mara)
        tasks.deliver_due()
    before = len(woken.service.heard)
    known.post("/sign-in/cancel/")
    assert len(woken.heard) - before == 1


def test_the_version_of_the_keys_page_only_grows(woken, mara, pocket):
    """A page takes nothing for news that is not greater."""
    seen = [KeyStanding.of(mara.pk, None).version]

    def grown():
        seen.append(KeyStanding.of(mara.pk, None).version)
        return seen[-1] > seen[-2]

    pocket.ask_test()
    assert woken.heard
    assert grown()
    pocket.cancel(pocket.challenge())
    assert grown()
    pocket.push(None)
    assert grown()
    woken.begin()
    pocket.push(woken.subscription)
    assert grown()
    woken.woken(pocket)
    assert grown()


def test_giving_up_what_is_not_there_is_no_event(woken, pocket):
    pocket.push(None)
    pocket.push(None)
    assert events("push.forget") == [("ok", "")]
    assert Subscription.objects.get().sealed == ""
