"""Another PIN for the keys of a phone: for all of them or for none, counted, once, and told to their owners."""

import pytest

from tests.factories import PIN, desk, finish, give_password, person, with_key
from tests.pocket import Problem
from tests.stories.carried import carry, messages
from tests.stories.pin_changes import NEW, proves, refusal, rows
from tests.stories.ways import (
    WRONG_PIN,
    activated,
    approve,
    dump,
    events,
    is_in,
    question_at,
    respond,
    sign_in,
)
from twofactor import policy
from twofactor.models import Challenge, Delivery, PortalKey


@pytest.fixture
def after_the_comparison(monkeypatch):
    """Do something once, when the PIN of so many keys has been found right and nothing has been changed yet."""
    right = PortalKey.pin_was_right

    def use(act, keys=1):
        compared = []

        def meanwhile(key):
            compared.append(key)
            if len(compared) == keys:
                monkeypatch.setattr(PortalKey, "pin_was_right", right)
                act()
            right(key)

        monkeypatch.setattr(PortalKey, "pin_was_right", meanwhile)

    return use


# --- What a change is ---


def test_after_a_change_the_new_pin_approves_and_the_old_one_does_not(mara, pocket, known):
    assert pocket.change_pin(PIN, NEW)["state"] == "changed"
    give_password(known, mara)
    asked = pocket.challenge()
    assert refusal(pocket.approve, asked, PIN).code == "wrong-pin"
    assert pocket.approve(asked, NEW)["state"] == "approved"
    finish(known)
    assert is_in(known)


def test_it_changes_responses_typed_by_hand_too(mara, pocket, known):
    pocket.change_pin(PIN, NEW)
    give_password(known, mara)
    question = question_at(known)
    respond(known, pocket.respond(question, PIN))
    assert not is_in(known)
    respond(known, pocket.respond(question, NEW))
    finish(known)
    assert is_in(known)


def test_a_question_that_was_open_before_is_answered_with_the_new_pin(mara, pocket, known):
    give_password(known, mara)
    asked = pocket.challenge()
    pocket.change_pin(PIN, NEW)
    assert pocket.challenge() == asked
    assert pocket.approve(asked, NEW)["state"] == "approved"


def test_it_signs_nobody_out(mara, pocket, known):
    sign_in(known, mara, pocket)
    pocket.change_pin(PIN, NEW)
    assert is_in(known)


def test_its_questions_wait_in_no_inbox_and_answer_nothing_else(mara, pocket, known):
    asked = pocket.ask_pins()
    assert pocket.challenges() == []
    row = Challenge.objects.get(purpose="pin")
    (question,) = asked["questions"]
    assert (question["question"], question["nonce"]) == (row.question, row.nonce)
    given = {"id": row.pk, "kid": question["kid"], "nonce": row.nonce, "display": {}, "question": row.question}
    assert refusal(pocket.approve, given, PIN).code == "not-found"
    give_password(known, mara)
    assert pocket.challenge()["purpose"] == "sign-in"


def test_a_change_does_not_make_the_next_sign_in_ask_for_more(mara, pocket, known):
    pocket.ask_pins()
    refusal(pocket.change_pin, WRONG_PIN, NEW)
    give_password(known, mara)
    assert pocket.challenge()["mode"] == "tap"


# --- All or none ---


def test_all_keys_of_the_phone_change_at_once(shared):
    assert sorted(shared.change_pin(PIN, NEW)["kids"]) == sorted(shared.keys)
    assert proves(shared, NEW)
    assert refusal(shared.change_pin, PIN, None).code == "wrong-pin"


def test_one_wrong_response_changes_no_key_at_all(shared):
    before = rows()
    asked = shared.ask_pins()
    wrong = shared.pin_change(PIN, NEW, asked)
    wrong["statements"][1] = shared.pin_change(WRONG_PIN, NEW, asked)["statements"][1]
    kid = asked["questions"][0]["kid"]
    assert refusal(shared.post, f"/keys/{kid}/pin", wrong).code == "wrong-pin"
    assert rows() == before
    assert proves(shared, PIN)


def test_a_key_that_ended_meanwhile_changes_no_other(mara, shared):
    asked = shared.ask_pins()
    before = rows()
    mine = next(kid for kid in shared.keys if PortalKey.objects.get(kid=kid).user == mara)
    PortalKey.objects.get(kid=mine).move("revoke")
    assert refusal(shared.change_pin, PIN, NEW, asked).code == "key-inactive"
    other = next(kid for kid in shared.keys if kid != mine)
    assert rows()[other] == before[other]


def test_a_key_that_ends_after_its_pin_was_compared_changes_no_other(shared, after_the_comparison):
    asked, before = shared.ask_pins(), rows()
    last = asked["questions"][1]["kid"]
    after_the_comparison(lambda: PortalKey.objects.get(kid=last).move("revoke"), keys=2)
    assert refusal(shared.change_pin, PIN, NEW, asked).code == "slow-down"
    assert {kid: sealed for kid, (sealed, _) in rows().items()} == {kid: sealed for kid, (sealed, _) in before.items()}


def test_a_further_user_joins_with_the_new_pin(mara, pocket):
    pocket.change_pin(PIN, NEW)
    browser = desk()
    eli = person("eli")
    give_password(browser, eli)
    with pytest.raises(Problem) as refused:
        activated(desk(), eli, pocket, pin=PIN)
    assert refused.value.code == "wrong-pin"
    activated(desk(), eli, pocket, pin=NEW)
    assert PortalKey.objects.filter(user=eli, state="active").exists()


# --- Once, and safely again ---


def test_the_same_message_once_more_is_answered_the_same(shared):
    asked = shared.ask_pins()
    message = shared.pin_change(PIN, NEW, asked)
    path = f"/keys/{asked['questions'][0]['kid']}/pin"
    first, again = shared.post(path, message), shared.post(path, message)
    assert first["state"] == again["state"] == "changed"
    assert set(PortalKey.objects.values_list("pin_failures", flat=True)) == {0}
    assert events("key.pin") == [("ok", "")] * 2
    assert proves(shared, NEW)


def test_a_change_whose_answer_was_lost_can_be_asked_for_again_later(clock, pocket):
    """The statement is made anew: its moment is over. The question is long over, too."""
    asked = pocket.ask_pins()
    pocket.change_pin(PIN, NEW, asked)
    clock.shift(policy.CHALLENGE_LIFE.total_seconds() * 3)
    assert pocket.change_pin(PIN, NEW, asked)["state"] == "changed"


def test_a_change_that_never_arrived_is_known_not_to_have_happened(clock, pocket):
    asked = pocket.ask_pins()
    clock.shift(policy.CHALLENGE_LIFE.total_seconds() + 1)
    refused = refusal(pocket.change_pin, PIN, NEW, asked)
    assert (refused.status, refused.code) == (410, "expired")
    assert proves(pocket, PIN)


def test_asking_again_is_no_way_to_try_pins(pocket):
    """SECURITY: whether the change has happened tells which PIN is right, so it counts like a PIN."""
    asked = pocket.ask_pins()
    pocket.change_pin(PIN, NEW, asked)
    for failed in (1, 2, 3):
        refused = refusal(pocket.change_pin, PIN, "other", asked)
        assert (refused.code, refused.body["attempts_left"]) == ("wrong-pin", 0)
        assert PortalKey.objects.get().pin_failures == failed
    PortalKey.objects.update(pin_failures=9)
    assert refusal(pocket.change_pin, PIN, "other", asked).code == "locked"


def test_an_old_change_does_not_come_back(pocket):
    asked = pocket.ask_pins()
    old = pocket.pin_change(PIN, NEW, asked)
    path = f"/keys/{asked['questions'][0]['kid']}/pin"
    pocket.post(path, old)
    pocket.change_pin(NEW, "third")
    assert refusal(pocket.post, path, old).code == "wrong-pin"
    assert proves(pocket, "third")


def test_two_changes_at_once_end_with_one_of_them(pocket, after_the_comparison):
    """The second was compared with a K that is no longer there."""
    asked, other = pocket.ask_pins(), pocket.ask_pins()
    after_the_comparison(lambda: pocket.change_pin(PIN, "faster", other))
    assert refusal(pocket.change_pin, PIN, NEW, asked).code == "slow-down"
    assert refusal(pocket.change_pin, PIN, NEW, asked).code == "wrong-pin"
    assert proves(pocket, "faster")


# --- Who may say so ---


def test_the_second_step_belongs_to_the_key_that_was_asked(shared):
    asked = shared.ask_pins()
    one, other = asked["questions"]
    swapped = {"questions": [{**one, "nonce": other["nonce"]}, {**other, "nonce": one["nonce"]}]}
    assert refusal(shared.change_pin, PIN, NEW, swapped).code == "not-found"
    assert proves(shared, PIN)


def test_the_nonce_of_a_sign_in_is_no_question_of_a_change(mara, pocket, known):
    give_password(known, mara)
    asked = pocket.challenge()
    question = {"kid": asked["kid"], "question": asked["question"], "nonce": asked["nonce"]}
    assert refusal(pocket.change_pin, PIN, NEW, {"questions": [question]}).code == "not-found"
    approve(known, pocket)


def test_the_key_in_the_address_is_one_of_those_that_speak(shared):
    asked = shared.ask_pins()
    other = with_key(person("sol")).keys
    message = shared.pin_change(PIN, NEW, asked)
    assert refusal(shared.post, f"/keys/{next(iter(other))}/pin", message).code == "bad-signature"


@pytest.mark.parametrize(
    "changed", [{"response_key": "AAAA"}, {"response_key": 7}, {"nonce": 7}, {"nonce": None}, {"response": 7}], ids=str
)
def test_what_has_the_wrong_shape_is_malformed_and_counts_nothing(pocket, changed):
    assert refusal(pocket.change_pin, PIN, NEW, **changed).code == "malformed"
    assert PortalKey.objects.get().pin_failures == 0


def test_a_key_speaks_once_and_all_take_the_same_step(shared):
    asked = shared.ask_pins()
    message = shared.pin_change(PIN, NEW, asked)["statements"]
    only = shared.pin_change(PIN, None, asked)["statements"]
    first = shared.ask_pins
    kid = asked["questions"][0]["kid"]
    for mixed in ([message[0], message[0]], [message[0], only[1]]):
        assert refusal(shared.post, f"/keys/{kid}/pin", {"statements": mixed}).code == "malformed"
    assert first()["questions"]


# --- Told ---


def test_every_owner_is_told(handset, shared):
    """R-96."""
    shared.change_pin(PIN, NEW)
    told = Delivery.objects.filter(kind="pin-changed")
    assert sorted(told.values_list("user__username", flat=True)) == ["eli", "mara"]
    carry()
    said = [message.text for message in messages(way="mail") if "PIN of" in message.text]
    assert len(said) == 2
    assert all("/security/" in text for text in said)


def test_neither_pin_stands_anywhere_in_the_database(pocket):
    pocket.change_pin(PIN, NEW)
    (kid,) = pocket.keys
    kept = repr(dump(without=set()))
    for pin in (PIN, NEW):
        assert pocket.response_key(kid, pin).hex() not in kept
    assert NEW not in kept
