"""PSD2, RTS article 5 (dynamic linking), by its sentences: what the payer sees, and what a change does."""

import pytest

from applications.models import Action
from tests.factories import PIN
from tests.pocket import Problem
from twofactor.models import Challenge


@pytest.fixture
def payment(mara, pocket, bank):
    return bank.action()


def test_1a_the_payer_is_made_aware_of_the_amount_and_of_the_payee(pocket, bank, payment):
    facts = pocket.challenge()["display"]["facts"]
    assert ["Amount", "5,000.00 HKD"] in facts
    assert ["To", "Wong Tai, 012-345678-9"] in facts


def test_1b_the_code_is_specific_to_the_amount_and_the_payee_agreed_to(pocket, bank, payment):
    """The code of one payment approves no other one, not even one that is alike."""
    first = pocket.challenge()
    bank.action()
    second = next(each for each in pocket.challenges() if each["id"] != first["id"])
    response = pocket.response(first["kid"], PIN, first["question"])
    with pytest.raises(Problem):
        pocket.approve(second, PIN, response=response)
    assert first["question"] != second["question"]


def test_1c_the_code_that_is_accepted_is_the_one_of_what_was_agreed(pocket, bank, payment):
    question = pocket.challenge()
    pocket.approve(question, PIN)
    told = bank.look(payment)
    row = Challenge.objects.get(pk=question["id"])
    assert row.display == question["display"]
    assert [told["title"], told["facts"]] == [bank.wants()["title"], bank.wants()["facts"]]


def test_1d_any_change_to_the_amount_or_the_payee_makes_the_code_invalid(pocket, bank, payment):
    """There is no way to change one. Whatever stood in the row would not be what the phone has signed."""
    question = pocket.challenge()
    Challenge.objects.filter(pk=question["id"]).update(
        display={**question["display"], "facts": [["Amount", "9,000.00 HKD"]]}
    )
    with pytest.raises(Problem) as refusal:
        pocket.approve(question, PIN)
    assert refusal.value.code == "bad-signature"
    assert bank.web.put(f"/api/actions/{payment}/", json=bank.wants()).status_code == 405
    assert bank.web.patch(f"/api/actions/{payment}/", json=bank.wants()).status_code == 405


def test_2_what_is_displayed_is_whole_in_all_phases(pocket, bank, payment):
    """As it was asked, as it was shown, and as the receipt says it."""
    question = pocket.challenge()
    pocket.approve(question, PIN)
    part = Action.objects.get(pk=payment).parts.get()
    assert part.display == question["display"]
    assert part.display["facts"][:2] == bank.look(payment)["facts"] == bank.wants()["facts"]


def test_3b_of_a_batch_the_code_is_for_the_total_and_the_payees(mara, pocket, bank):
    batch = [["Total", "12,000.00 HKD"], *(["To", f"Payee {at}"] for at in range(12))]
    asked = bank.action(title="Pay 12 salaries", facts=batch)
    question = pocket.challenge()
    assert question["display"]["facts"][:13] == batch
    pocket.approve(question, PIN)
    assert bank.look(asked)["state"] == "approved"


def test_no_line_of_an_application_passes_for_one_of_the_portal(mara, pocket, bank):
    """In no language that it is read in."""
    for label in ("Joint account", "TIME", "Time\u3164", "\u6642\u9593"):
        answer = bank.propose(facts=[["Amount", "5,000.00 HKD"], [label, "Lee & Chan Ltd"]])
        assert (answer.status_code, answer.json()["field"]) == (400, "facts"), label
    assert pocket.challenges() == []


def test_no_line_is_empty_to_the_eye(mara, pocket, bank):
    blank = "\u2800\u3164\u115f"
    assert bank.propose(title=blank).json()["field"] == "title"
    assert bank.propose(facts=[["Amount", blank]]).json()["field"] == "facts"
