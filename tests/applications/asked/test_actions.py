"""An application asks somebody to approve exactly this: the text that is shown is the text that is signed."""

import json

import pytest
from django.conf import settings

from accounts.models import AuditEvent
from applications.models import Action
from tests.applications.asked.asker import Asker
from tests.applications.rp import registered
from tests.factories import PIN
from tests.pocket import Problem
from tests.stories.records import findings
from twofactor import rotating
from twofactor.models import Challenge


@pytest.fixture
def asked(mara, pocket, bank):
    return bank.action()


# --- The whole road ---


def test_a_person_approves_and_the_application_has_a_receipt(mara, pocket, bank, asked):
    assert bank.look(asked)["state"] == "pending"
    question = pocket.challenge()
    assert question["purpose"] == "action"
    assert question["display"]["title"] == "Harbour Bank asks: Transfer 5,000 HKD to Wong Tai?"
    assert question["display"]["application"] == "Harbour Bank"
    assert question["display"]["facts"][:2] == bank.wants()["facts"]
    pocket.approve(question, PIN)
    told = bank.look(asked)
    assert (told["state"], told["approved"]) == ("approved", 1)
    assert told["receipt"].count(".") == 2
    assert bank.look(asked)["receipt"] == told["receipt"]


def test_it_is_declined_on_the_phone(mara, pocket, bank, asked):
    pocket.cancel(pocket.challenge())
    told = bank.look(asked)
    assert told["state"] == "declined"
    assert "receipt" not in told


def test_nobody_answers_in_time(one_clock, mara, pocket, bank, asked):
    one_clock.shift(301)
    assert bank.look(asked)["state"] == "expired"


def test_the_application_takes_it_back(mara, pocket, bank, asked):
    question = pocket.challenge()
    assert bank.web.delete(f"/api/actions/{asked}/").json()["state"] == "cancelled"
    assert bank.web.post(f"/api/actions/{asked}/cancel/").status_code == 200
    assert not pocket.challenges()
    with pytest.raises(Problem) as refusal:
        pocket.approve(question, PIN)
    assert refusal.value.code == "settled"
    assert bank.look(asked)["state"] == "cancelled"


def test_what_is_over_cannot_be_taken_back(mara, pocket, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    answer = bank.web.delete(f"/api/actions/{asked}/")
    assert (answer.status_code, answer.json()["state"]) == (409, "approved")


def test_all_of_it_stands_in_the_record(mara, pocket, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    bank.look(asked)
    kinds = ["action.propose", "action.approve", "action.receipt"]
    found = AuditEvent.objects.filter(kind__startswith="action.").order_by("pk")
    assert [event.kind for event in found] == kinds
    assert {event.facts["application"] for event in found} == {"Harbour Bank"}


def test_a_receipt_that_was_changed_is_found(mara, pocket, bank, asked):
    """AT-324."""
    pocket.approve(pocket.challenge(), PIN)
    bank.look(asked)
    assert findings() == []
    row = Action.objects.get()
    Action.objects.update(receipt="ey.ey.no")
    assert findings() != []
    Action.objects.update(receipt=settings.PORTAL_KEYRING.seal(b"ey.ey.no", "action.receipt", row.pk))
    assert findings() != []


def test_it_is_kept_sealed(mara, pocket, bank, asked):
    """It holds what the phone has signed, and with that a response."""
    pocket.approve(pocket.challenge(), PIN)
    kept = Action.objects.get()
    assert bank.look(asked)["receipt"] not in kept.receipt
    assert not kept.receipt.startswith("ey")


def test_a_new_field_key_seals_it_anew(mara, pocket, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    before, receipt = Action.objects.get().receipt, bank.look(asked)["receipt"]
    column = next(each for each in rotating.COLUMNS if each.model is Action)
    assert not rotating.earlier(column).exists()
    Action.objects.update(receipt=before.replace(settings.PORTAL_KEYRING.prefix, "v1.other.", 1))
    assert rotating.reseal(column).lost == [asked]
    Action.objects.update(receipt=before)
    assert rotating.reseal(column).lost == []
    assert bank.look(asked)["receipt"] == receipt


# --- Asking once, and the same ---


def test_the_same_key_asks_once(mara, pocket, bank):
    first = bank.action(idempotency_key="order-7")
    assert bank.action(idempotency_key="order-7") == first
    assert len(pocket.challenges()) == 1


def test_the_same_key_for_something_else_is_refused(mara, pocket, bank):
    bank.action(idempotency_key="order-7")
    answer = bank.propose(idempotency_key="order-7", title="Transfer 50,000 HKD")
    assert (answer.status_code, answer.json()["field"]) == (409, "idempotency_key")


def test_the_same_key_of_another_application_is_another(mara, pocket, bank):
    other = Asker(registered("Other Bank", asks_actions=True))
    assert other.action(idempotency_key="order-7") != bank.action(idempotency_key="order-7")


# --- Whose ---


def test_another_applications_action_is_as_unknown_as_one_that_never_was(mara, pocket, bank, asked):
    """AT-213."""
    other = Asker(registered("Other Bank", asks_actions=True))
    answer = other.web.get(f"/api/actions/{asked}/")
    assert (answer.status_code, answer.json()) == (404, other.web.get("/api/actions/never/").json())
    assert other.web.delete(f"/api/actions/{asked}/").status_code == 404


def test_an_application_that_may_not_ask_is_told_so(mara, pocket, bank, asked):
    other = Asker(registered("News"))
    assert other.propose().json()["error"] == "unauthorized_client"
    assert other.web.get(f"/api/actions/{asked}/").json()["error"] == "unauthorized_client"


def test_without_a_secret_nobody_asks(mara, pocket, bank, asked):
    assert bank.anybody.post("/api/actions/", json=bank.wants()).status_code == 401
    assert bank.anybody.get(f"/api/actions/{asked}/").status_code == 401


def test_somebody_unknown_looks_like_somebody_who_does_not_answer(one_clock, mara, pocket, bank):
    """AT-290."""
    known, unknown = (bank.propose(person=name).json() for name in ("mara", "nobody"))
    assert known.keys() == unknown.keys()
    assert unknown["state"] == "pending"
    one_clock.shift(301)
    assert bank.look(unknown["id"])["state"] == "expired"


# --- Which words ---


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": None}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "\u200b"}, "title"),
        ({"title": 5}, "title"),
        ({"facts": []}, "facts"),
        ({"facts": [["Amount"]]}, "facts"),
        ({"facts": [["Amount", "1"]] * 31}, "facts"),
        ({"facts": [["Amount", "1" * 201]]}, "facts"),
        ({"facts": {"Amount": "1"}}, "facts"),
        ({"lang": "xx"}, "lang"),
        ({"expires_in": 59}, "expires_in"),
        ({"expires_in": 86401}, "expires_in"),
        ({"expires_in": True}, "expires_in"),
        ({"people": 3}, "people"),
        ({"people": 2}, "people"),
        ({"amount": "5"}, "amount"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"person": None}, "person"),
    ],
)
def test_what_cannot_be_shown_as_it_is_meant_is_refused_with_its_field(mara, pocket, bank, changed, field):
    """AT-304."""
    answer = bank.propose(**changed)
    assert (answer.status_code, answer.json()["error"], answer.json()["field"]) == (400, "invalid_request", field)
    assert not Action.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 9000])
def test_what_is_no_object_is_refused(bank, body):
    answer = bank.web.post("/api/actions/", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_what_is_too_long_is_refused_and_never_cut(mara, pocket, bank):
    """AT-328."""
    body = json.dumps({**bank.wants(), "title": "x" * 17000}).encode()
    answer = bank.web.post("/api/actions/", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_signs_that_turn_the_words_around_them_are_gone_before_anybody_is_asked(mara, pocket, bank):
    """AT-326."""
    answer = bank.propose(facts=[["Amount", "5,000\u202e00\u202c HKD\n"]])
    assert answer.json()["facts"] == [["Amount", "5,00000 HKD"]]
    assert ["Amount", "5,00000 HKD"] in pocket.challenge()["display"]["facts"]


def test_an_answer_to_other_words_is_no_answer(mara, pocket, bank, asked):
    question = pocket.challenge()
    question["display"]["facts"][0][1] = "9,000.00 HKD"
    with pytest.raises(Problem) as refusal:
        pocket.approve(question, PIN)
    assert refusal.value.code == "bad-signature"
    assert bank.look(asked)["state"] == "pending"


def test_three_wrong_pins_end_the_question_and_not_the_action(mara, pocket, bank, asked):
    question = pocket.challenge()
    for _ in range(3):
        with pytest.raises(Problem):
            pocket.approve(question, "0000")
    assert Challenge.objects.get(pk=question["id"]).state == "failed"
    assert bank.look(asked)["state"] == "pending"
