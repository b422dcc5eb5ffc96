"""The phone is woken for each question and tells that it was; what is over is taken back (N5, R-86)."""

import pytest

from tests.carriers.server import saying
from tests.factories import desk, finish, give_password
from tests.pocket import Problem
from tests.stories.drawer import only, pushes
from tests.stories.ways import approve, events, is_in, text
from twofactor import policy, tasks
from twofactor.models import Challenge, Delivery, Subscription

LIST = "How far the notification has come"


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
    """AT-120: at save."""
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
