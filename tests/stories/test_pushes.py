"""The phone is woken for each question, tells that it was, and renews what has gone deaf (N5, N6, R-86)."""

import time

import pytest

from tests.carriers.server import hanging_up, saying
from tests.factories import PIN, desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.drawer import Drawer
from tests.stories.ways import activated, approve, events, is_in, question_at, respond, sign_in, text
from twofactor import gateways, policy, pushing, tasks
from twofactor.models import Challenge, Delivery, KeyStanding, Subscription
from twofactor.protocol.webpush import Sender

LIST = "How far the notification has come"


@pytest.fixture
def drawer(settings, one_clock):
    """A phone's drawer, at a push service on this machine."""
    made = Drawer()
    settings.PORTAL_VAPID = Sender(Sender.new())
    settings.PORTAL_CARRIERS = ["webpush"]
    settings.PORTAL_PUSH_SERVICES = [made.origin]
    yield made
    made.service.close()


@pytest.fixture
def woken(drawer, pocket):
    """Mara's phone is pushed to, and has proved it."""
    assert pocket.push(drawer.subscription) == "new"
    drawer.woken(pocket)
    assert pocket.inbox()["push"] == {only(pocket): "works"}
    return drawer


def only(pocket):
    (kid,) = pocket.keys
    return kid


def pushes(pocket):
    return pocket.inbox()["push"][only(pocket)]


def answer_by_hand(browser, pocket):
    respond(browser, pocket.respond(question_at(browser), PIN))
    finish(browser)


# --- A subscription ---


def test_a_phone_without_one_is_told_so_and_nothing_is_sent(drawer, mara, pocket, known):
    assert pushes(pocket) == "none"
    give_password(known, mara)
    assert tasks.due() == []
    assert Challenge.objects.latest("created").push == ""


def test_a_new_one_is_proved_by_a_push_that_is_in_no_inbox(drawer, pocket):
    assert pocket.push(drawer.subscription) == "new"
    assert pushes(pocket) == "new"
    (proof,) = drawer.pushed
    assert proof == {"v": 1, "kid": only(pocket), "challenge": Challenge.objects.get(silent=True).pk}
    assert pocket.challenges() == []
    drawer.woken(pocket)
    assert pushes(pocket) == "works"
    assert events("push.prove") == [("ok", "")]


def test_the_same_one_again_changes_nothing(woken, pocket):
    before = len(woken.heard)
    assert pocket.push(woken.subscription) == "works"
    assert len(woken.heard) == before


def test_another_one_takes_its_place(woken, mara, pocket, known):
    woken.begin()
    assert pocket.push(woken.subscription) == "new"
    give_password(known, mara)
    proof, question = woken.pushed
    assert question["challenge"] == pocket.challenge()["id"] != proof["challenge"]
    assert Subscription.objects.count() == 1


def test_a_proof_of_the_one_before_proves_nothing(drawer, pocket):
    pocket.push(drawer.subscription)
    (late,) = drawer.pushed
    drawer.begin()
    pocket.push(drawer.subscription)
    pocket.seen({"id": late["challenge"], "kid": late["kid"]}, "received")
    assert pushes(pocket) == "new"


def test_it_can_be_given_up(woken, mara, pocket, known):
    assert pocket.push(None) == "none"
    before = len(woken.heard)
    give_password(known, mara)
    assert len(woken.heard) == before


@pytest.mark.parametrize("endpoint", ["https://127.0.0.1/x", "http://localhost:1/x", "https://push.evil.example/x"])
def test_an_address_elsewhere_is_refused(drawer, pocket, endpoint):
    with pytest.raises(Problem) as refused:
        pocket.push({**drawer.subscription, "endpoint": endpoint})
    assert (refused.value.status, refused.value.code) == (400, "malformed")
    assert not Subscription.objects.exists()


def test_one_key_may_not_bring_a_hundred(drawer, pocket):
    """AT-068."""
    for _ in range(policy.SUBSCRIPTIONS[0].count):
        drawer.begin()
        pocket.push(drawer.subscription)
    drawer.begin()
    with pytest.raises(Problem) as refused:
        pocket.push(drawer.subscription)
    assert refused.value.code == "slow-down"


def test_the_address_stands_nowhere_in_clear(woken, pocket):
    row = Subscription.objects.get()
    assert woken.path not in row.sealed
    assert row.host == "localhost"
    row.key.kid = "another"
    with pytest.raises(Exception, match=r".*"):
        row.where  # noqa: B018 - sealed for one key, it opens for no other


# --- A question ---


def test_each_question_wakes_the_phone_and_says_nothing_of_it(woken, mara, pocket, known):
    give_password(known, mara)
    asked = pocket.challenge()
    *_, pushed = woken.pushed
    assert pushed == {"v": 1, "kid": only(pocket), "challenge": asked["id"]}
    heard = woken.heard[-1]
    assert heard.headers["Urgency"] == "high"
    assert heard.headers["Topic"] == asked["id"]
    assert 290 <= int(heard.headers["TTL"]) <= 300
    assert heard.headers["Authorization"].startswith("vapid t=")
    for secret in (asked["question"], asked["nonce"], mara.name):
        assert secret.encode() not in heard.body


def test_the_desk_shows_every_hop_with_its_time(woken, mara, pocket, known, one_clock):
    give_password(known, mara)
    page = text(known.get("/sign-in/verify/"))
    assert "The push service has not taken it over yet" in page
    woken.woken(pocket)
    page = text(known.get("/sign-in/verify/"))
    assert "Taken over by the push service at" in page
    assert "Reached the phone at" in page
    assert "Not shown on the phone yet" in page
    pocket.seen(pocket.challenge(), "shown")
    pocket.seen(pocket.challenge(), "opened")
    page = text(known.get("/sign-in/verify/"))
    assert "Shown on the phone at" in page
    assert "Somebody began to answer at" in page


def test_a_new_browser_is_known_by_its_own_road_and_not_by_the_push(woken, mara, pocket):
    """The number is carried by the person: no push brings it."""
    browser = desk()
    give_password(browser, mara)
    *_, pushed = woken.pushed
    assert set(pushed) == {"v", "kid", "challenge"}
    approve(browser, pocket)
    finish(browser)
    assert is_in(browser)


# --- The end of a question ---


def test_what_ended_elsewhere_is_taken_out_of_the_drawer(woken, mara, pocket, known):
    give_password(known, mara)
    question = pocket.challenge()["id"]
    assert woken.pushed[-1]["challenge"] == question
    before = len(woken.heard)
    known.post("/sign-in/cancel/")
    assert [each["challenge"] for each in woken.pushed[before:]] == [question]


def test_what_the_phone_has_answered_is_left_to_the_phone(woken, mara, pocket, known):
    give_password(known, mara)
    before = len(woken.heard)
    approve(known, pocket)
    assert len(woken.heard) == before
    assert not Delivery.objects.filter(kind="withdraw").exists()


def test_what_nobody_answers_is_taken_out_when_its_time_is_over(woken, mara, pocket, known, one_clock):
    give_password(known, mara)
    before = len(woken.heard)
    one_clock.shift(policy.CHALLENGE_LIFE.total_seconds() - 5)
    assert len(woken.heard) == before
    one_clock.shift(10)
    assert len(woken.heard) == before + 1


def test_what_was_never_pushed_is_not_taken_out(woken, mara, pocket, known):
    woken.service.answers = [saying(500)]
    give_password(known, mara)
    before = len(woken.heard)
    known.post("/sign-in/cancel/")
    assert len(woken.heard) == before


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
