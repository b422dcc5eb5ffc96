"""What the digits that are typed at the desk leave behind: events, bells, counters, and the rows as they stand then."""

import pytest

from accounts import limits
from accounts.limits import RateLimited
from accounts.policy import FACTOR_ADDRESS, FACTOR_PERSON
from tests.factories import PIN
from tests.stories.ways import WRONG_PIN
from tests.stories.witness import another, bells, counted, ended, event, verdict, visit
from twofactor import policy, signin
from twofactor.models import Challenge, PortalKey, Receipt, Subscription

THERE = "198.51.100.7"


def there(browser):
    """A request of the same browser from another address."""
    return visit(browser, REMOTE_ADDR=THERE)


def test_each_wrong_response_is_written_down_and_counted(witness, abroad, login, asked, pocket):
    wrong = pocket.response(asked.key.kid, WRONG_PIN, asked.question)
    person_now, address_now = f"factor/:{login.user_id}", f"factor-address/:{THERE}"
    for left in (2, 1, 0):
        said = signin.answer_by_hand(there(abroad), login, wrong)
        assert verdict(said) == {"code": "wrong-pin", **({"left": left} if left else {})}
        assert witness.recorded() == [event("challenge.response", "wrong", of=login, address=THERE, left=left)]
        assert counted("factor/", "factor-address/") == {person_now: 3 - left, address_now: 3 - left}
        if left:
            assert verdict(signin.answer_by_hand(there(abroad), login, "1")) == {"code": "malformed", "left": left}
            assert witness.heard() == []
    assert (ended(asked), ended(login)) == (("failed", "response", "hand"), ("pending", ""))
    assert witness.heard() == bells(asked)
    asked.key.refresh_from_db()
    assert (asked.key.pin_failures, asked.key.desk_failures) == (0, 3)


@pytest.mark.parametrize("turn", [2, 3])
def test_only_the_last_question_ends_the_sign_in_with_it(witness, abroad, login, asked, pocket, turn):
    Challenge.objects.filter(pk=asked.pk).update(response_tries=2, turn=turn)
    wrong = pocket.response(asked.key.kid, WRONG_PIN, asked.question)
    assert verdict(signin.answer_by_hand(there(abroad), login, wrong)) == {"code": "wrong-pin"}
    assert ended(login) == (("failed", "response") if turn == 3 else ("pending", ""))


def test_a_right_response_clears_the_persons_count_and_gives_the_address_its_try_back(
    witness, abroad, login, asked, pocket
):
    another(asked)
    Subscription.objects.create(key=asked.key, state="works", host="push.example")
    wrong = pocket.response(asked.key.kid, WRONG_PIN, asked.question)
    for _ in range(2):
        signin.answer_by_hand(there(abroad), login, wrong)
    witness.recorded(), witness.heard()
    right = pocket.respond(asked.question, PIN)
    assert verdict(signin.answer_by_hand(there(abroad), login, right)) == {"state": "approved"}
    assert witness.recorded() == [
        event("push.doubt", of=login.user, kid=asked.key.kid, host="push.example"),
        event(
            "challenge.approve", of=login, kid=asked.key.kid, by="hand", state="approved", purpose="sign-in",
            device="Mara Lee's Pixel",
        ),
    ]  # fmt: skip
    assert counted("factor/", "factor-address/") == {f"factor-address/:{THERE}": 2}
    assert witness.heard() == bells(asked)
    assert ended(asked) == ("approved", "", "hand")
    asked.key.refresh_from_db()
    assert (asked.key.desk_failures, Receipt.objects.count()) == (0, 0)


def test_what_is_not_compared_costs_nothing(witness, abroad, login, asked, pocket, monkeypatch):
    """R-51: neither where this way is closed, nor where the question is decided at this very moment."""
    wrong, right = (pocket.response(asked.key.kid, pin, asked.question) for pin in (WRONG_PIN, PIN))
    signin.answer_by_hand(there(abroad), login, wrong)
    spent = counted("factor/", "factor-address/")
    witness.recorded(), witness.heard()
    PortalKey.objects.filter(pk=asked.key_id).update(desk_failures=policy.DESK_LOCKS)
    assert verdict(signin.answer_by_hand(there(abroad), login, right)) == {"code": "closed"}
    assert counted("factor/", "factor-address/") == spent
    PortalKey.objects.filter(pk=asked.key_id).update(desk_failures=7)
    Challenge.objects.filter(pk=asked.pk).update(response_tries=3)
    assert verdict(signin.answer_by_hand(there(abroad), login, right)) == {"code": "settled", "state": "pending"}
    assert counted("factor/", "factor-address/") == spent
    asked.key.refresh_from_db()
    assert asked.key.desk_failures == 7
    assert witness.recorded() == []


@pytest.mark.parametrize(("full", "who"), [(FACTOR_PERSON, "person"), (FACTOR_ADDRESS, "address")])
def test_what_one_budget_refuses_costs_the_other_nothing(witness, abroad, login, asked, pocket, full, who):
    subject = login.user_id if who == "person" else THERE
    limits.charge(full[:1], subject, amount=full[0].count)
    spent = counted("factor/", "factor-address/")
    with pytest.raises(RateLimited) as refusal:
        signin.answer_by_hand(there(abroad), login, pocket.respond(asked.question, PIN))
    assert refusal.value.limit == full[0].name
    assert counted("factor/", "factor-address/") == spent
    asked.refresh_from_db()
    assert (asked.state, asked.response_tries) == ("pending", 0)


def test_nothing_is_answered_by_hand_that_cannot_be(abroad, login, asked, pocket):
    right, expired = pocket.respond(asked.question, PIN), {"code": "expired"}
    keys, questions = PortalKey.objects.filter(pk=asked.key_id), Challenge.objects.filter(pk=asked.pk)
    for rows, undone in ((keys, "active"), (questions, "pending")):
        rows.update(state="locked" if rows is keys else "denied")
        assert verdict(signin.answer_by_hand(there(abroad), login, right)) == expired
        rows.update(state=undone)
    questions.delete()
    assert verdict(signin.answer_by_hand(there(abroad), login, right)) == expired
    assert counted("factor") == {}
    assert PortalKey.objects.get(pk=asked.key_id).desk_failures == 0


@pytest.mark.parametrize(
    ("off_by", "words"),
    [
        (1, "is 1 minute ahead"),
        (2, "is 2 minutes ahead"),
        (-1, "is 1 minute behind"),
        (-2, "is 2 minutes behind"),
    ],
)
def test_a_wrong_clock_is_told_by_how_much(off_by, words):
    assert words in signin.clock_hint(off_by)
