"""Every PIN that is tried in a change is counted, and showing that one is right is no way round that."""

import time

import pytest

from tests.factories import PIN, give_password
from tests.stories.pin_changes import NEW, proves, refusal, rows
from tests.stories.ways import WRONG_PIN, events, sign_in, text
from twofactor import policy
from twofactor.models import Challenge, Delivery, PortalKey

# --- Every try counts ---


def test_a_wrong_pin_changes_nothing_and_says_how_many_tries_are_left(pocket):
    before, asked = rows(), pocket.ask_pins()
    refused = [refusal(pocket.change_pin, WRONG_PIN, NEW, asked) for _ in range(3)]
    assert [(one.status, one.code, one.body["attempts_left"]) for one in refused] == [
        (422, "wrong-pin", left) for left in (2, 1, 0)
    ]
    assert refusal(pocket.change_pin, PIN, NEW, asked).body["state"] == "failed"
    assert rows() == before
    assert PortalKey.objects.get().pin_failures == 3
    assert events("key.pin") == [("refused", "wrong")] * 3
    assert proves(pocket, PIN)
    assert PortalKey.objects.get().pin_failures == 0


def test_it_is_one_row_of_failures_with_those_at_sign_ins(clock, mara, pocket, known):
    give_password(known, mara)
    for _ in range(2):
        refusal(pocket.approve, pocket.challenge(), WRONG_PIN)
    for _ in range(3):
        refusal(pocket.change_pin, WRONG_PIN, NEW)
    refused = refusal(pocket.change_pin, PIN, NEW)
    assert (refused.status, refused.code) == (429, "slow-down")
    assert refused.body["retry_at"] > refused.body["server_time"]
    clock.shift(32)
    assert pocket.change_pin(PIN, NEW)["state"] == "changed"


def test_what_had_to_wait_has_used_up_no_try_of_its_question(clock, pocket):
    asked = pocket.ask_pins()
    PortalKey.objects.update(pin_failures=4)
    assert refusal(pocket.change_pin, WRONG_PIN, NEW, asked).body["attempts_left"] == 2
    for _ in range(5):
        assert refusal(pocket.change_pin, WRONG_PIN, NEW, asked).code == "slow-down"
    clock.shift(32)
    assert pocket.change_pin(PIN, NEW, asked)["state"] == "changed"


def test_the_tenth_wrong_one_locks_the_key(pocket):
    PortalKey.objects.update(pin_failures=9)
    refused = refusal(pocket.change_pin, WRONG_PIN, NEW)
    assert (refused.status, refused.code) == (423, "locked")
    assert PortalKey.objects.get().state == "locked"
    assert refusal(pocket.change_pin, PIN, NEW).code == "key-inactive"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_wrong_clock_is_told_and_is_no_wrong_pin(clock, pocket, minutes):
    asked = pocket.ask_pins()
    (one,) = asked["questions"]
    response = pocket.response(one["kid"], PIN, one["question"], pocket.clock() + 60 * minutes)
    refused = refusal(pocket.change_pin, PIN, NEW, asked, response=response)
    assert (refused.code, refused.body["clock_off_by"]) == ("wrong-pin", minutes)
    assert "10 minutes" in refused.body["detail"]
    assert PortalKey.objects.get().pin_failures == 0


def test_questions_are_not_asked_for_without_end(pocket):
    (limit,) = policy.PIN_QUESTIONS
    for _ in range(limit.count):
        pocket.ask_pins()
    assert refusal(pocket.ask_pins).code == "slow-down"


# --- Showing that a PIN is right ---


def test_a_pin_can_be_shown_to_be_right_without_changing_anything(shared):
    before = rows()
    assert proves(shared, PIN)
    assert rows() == before
    assert Delivery.objects.filter(kind="pin-changed").count() == 0
    assert events("key.pin") == []


def test_showing_a_pin_counts_like_every_other_try(pocket):
    assert refusal(pocket.change_pin, WRONG_PIN, None).code == "wrong-pin"
    assert PortalKey.objects.get().pin_failures == 1


def test_what_was_only_shown_cannot_be_turned_into_a_change(pocket):
    asked = pocket.ask_pins()
    pocket.change_pin(PIN, None, asked)
    refused = refusal(pocket.change_pin, PIN, NEW, asked)
    assert (refused.code, refused.body["state"]) == ("settled", "approved")
    assert proves(pocket, PIN)


def test_a_key_that_has_to_wait_uses_up_no_try_of_the_others(shared):
    first, second = shared.keys
    for _ in range(policy.PIN_FREE):
        alone = [each for each in shared.ask_pins()["questions"] if each["kid"] == second]
        assert refusal(shared.change_pin, WRONG_PIN, None, {"questions": alone}).code == "wrong-pin"
    asked = shared.ask_pins()
    for _ in range(policy.RESPONSES_A_CHALLENGE + 1):
        assert refusal(shared.change_pin, PIN, NEW, asked).body["retry_at"] > time.time() + 5
    question = Challenge.objects.filter(purpose="pin", key__kid=first).latest("created")
    assert (question.standing, question.response_tries) == ("pending", 0)


def test_one_key_cannot_keep_its_pin_while_the_others_change(shared):
    before, asked = rows(), shared.ask_pins()
    said = shared.pin_change(PIN, NEW, asked)
    last = asked["questions"][-1]
    claims = {"nonce": last["nonce"], "response": shared.response(last["kid"], PIN, last["question"])}
    said["statements"][-1] = shared._signed(shared.keys[last["kid"]], "pin", {**claims, "response_key": None})
    path = f"/keys/{last['kid']}/pin"
    assert refusal(shared.post, path, said).code == "malformed"
    assert rows() == before


def test_no_sign_in_of_the_owner_wins_new_tries_for_a_thief(clock, mara, pocket, known):
    """Whoever copied the phone's profile guesses between the owner's sign-ins; the owner sees it, and it ends."""
    guesses = 0
    for _ in range(4):
        for _ in range(policy.PIN_FREE - 1):
            refused = refusal(lambda: pocket.change_pin(WRONG_PIN, None))
            guesses += refused.code == "wrong-pin"
        sign_in(known, mara, pocket)
        clock.shift(1)
    assert guesses == policy.PINS_WRONG[0].count
    assert refused.code == "slow-down"
    assert "A wrong PIN was given on your phone" in text(known.get("/security/"))
