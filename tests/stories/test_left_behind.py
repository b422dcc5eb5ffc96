"""What an answer leaves behind: its event word for word, the bells, the counters, and the rows as they stand then."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.limits import RateLimited
from accounts.models import Login
from tests.factories import PASSWORD, PIN, give_password
from tests.stories.ways import WRONG_PIN, login_of
from tests.stories.witness import another, bells, claims, ended, event, latest, verdict, visit
from twofactor import asking, policy, signin
from twofactor.models import Challenge, PortalKey, Receipt

THERE = "198.51.100.7"
PAST = timedelta(minutes=-1)


def with_pin(pocket, challenge, pin=PIN, ahead=0):
    response = pocket.response(challenge.key.kid, pin, challenge.question, pocket.clock() + ahead)
    return claims(challenge, response=response)


# --- On the phone ---


def test_each_wrong_number_is_written_down_and_the_last_one_ends_both(witness, login, asked):
    said = signin.answer(asked.key, asked, claims(asked, number="000000"), "")
    assert verdict(said) == {"code": "wrong-number", "left": 1}
    assert witness.recorded() == [event("challenge.number", "wrong", of=login, left=1)]
    assert witness.heard() == [f"desk.{login.pk}"]
    assert ended(asked) == ("pending", "", "")
    said = signin.answer(asked.key, asked, claims(asked, number="000000"), "")
    assert verdict(said) == {"code": "wrong-number"}
    assert witness.recorded() == [
        event("challenge.deny", "number", of=login, ok=True, kid=asked.key.kid),
        event("challenge.number", "wrong", of=login, left=0),
    ]
    assert witness.heard() == sorted([*bells(asked), f"desk.{login.pk}"])
    assert (ended(asked), ended(login)) == (("denied", "number", "online"), ("failed", "number"))
    assert (asked.number_tries, asked.response_tries, asked.key.pin_failures) == (2, 0, 0)


def test_each_wrong_pin_is_written_down_and_the_last_one_ends_the_question(witness, login, asked, pocket):
    said = []
    for left in (2, 1, 0):
        said.append(verdict(signin.answer(asked.key, asked, with_pin(pocket, asked, WRONG_PIN), "")))
        assert witness.recorded() == [event("challenge.pin", "wrong", of=login, left=left)]
        assert witness.heard() == [f"desk.{login.pk}", *([] if left else [f"person.{login.user_id}"])]
        assert asked.state == ("pending" if left else "failed")
    assert said == [{"code": "wrong-pin", "left": 2}, {"code": "wrong-pin", "left": 1}, {"code": "wrong-pin"}]
    assert (ended(asked), ended(login)) == (("failed", "pin", "online"), ("pending", ""))
    assert (asked.number_tries, asked.response_tries, asked.key.pin_failures) == (0, 3, 3)


def test_a_right_pin_under_a_wrong_clock_is_no_failure_even_where_the_next_one_locks(witness, login, asked, pocket):
    PortalKey.objects.filter(pk=asked.key_id).update(pin_failures=policy.PIN_LOCKS - 1)
    said = signin.answer(asked.key, asked, with_pin(pocket, asked, ahead=600), "")
    assert verdict(said) == {"code": "wrong-pin", "left": 2, "off_by": 10}
    assert witness.recorded() == [event("challenge.pin", "wrong", of=login, left=2)]
    asked.key.refresh_from_db()
    assert (asked.key.state, asked.key.pin_failures, asked.key.wait_until) == ("active", 0, None)
    PortalKey.objects.filter(pk=asked.key_id).update(pin_failures=policy.PIN_LOCKS - 1)
    assert verdict(signin.answer(asked.key, asked, with_pin(pocket, asked, WRONG_PIN), "")) == {"code": "locked"}
    kinds = [kind for kind, *_rest in witness.recorded()]
    assert kinds[:2] == ["challenge.pin", "key.lock"]
    assert (ended(asked), ended(login)) == (("superseded", "key", ""), ("superseded", "epoch"))


def test_an_approval_is_written_down_with_its_receipt_and_ends_the_row_of_failures(witness, login, asked, pocket):
    PortalKey.objects.filter(pk=asked.key_id).update(pin_failures=3, desk_failures=7)
    assert pocket.approve(pocket.challenge(), PIN, number=asked.question)["state"] == "approved"
    assert witness.recorded() == [
        event(
            "challenge.approve", of=login, kid=asked.key.kid, by="online", state="approved", purpose="sign-in",
            device="Mara Lee's Pixel", receipt=Receipt.objects.get().digest,
        )
    ]  # fmt: skip
    assert witness.heard() == bells(asked)
    assert ended(asked) == ("approved", "", "online")
    assert (asked.number_tries, asked.response_tries) == (0, 1)
    login.refresh_from_db()
    assert (login.state, login.factor, login.device_id) == ("approved", "key", asked.key.persistent_id)
    asked.key.refresh_from_db()
    assert (asked.key.pin_failures, asked.key.desk_failures) == (0, 0)
    assert abs(asked.key.last_used_at - timezone.now()) < timedelta(seconds=30)
    assert ended(PortalKey.objects.get(pk=asked.key_id).challenges.get()) == ("approved", "", "online")


def refused_approvals(login, asked):
    """What another request may have done to a question that this one still takes for open."""
    keys, logins = PortalKey.objects.filter(pk=asked.key_id), Login.objects.filter(pk=login.pk)
    return {
        "the key is locked": lambda: keys.update(state="locked"),
        "the sign-in is cancelled": lambda: logins.update(state="cancelled"),
        "the sign-in has run out": lambda: logins.update(expires=timezone.now() + PAST),
    }


@pytest.mark.parametrize("what", ["the key is locked", "the sign-in is cancelled", "the sign-in has run out"])
def test_an_approval_that_decides_nothing_says_so_and_leaves_the_question_open(witness, login, asked, what):
    """R-04: another person's key is active all the while."""
    refused_approvals(login, asked)[what]()
    before = ended(login)
    assert verdict(signin.approve(asked, by="hand")) == {"code": "settled", "state": "superseded"}
    assert witness.recorded() == [
        event("challenge.approve", "", of=login, ok=False, kid=asked.key.kid, by="hand", state="pending")
    ]
    assert witness.heard() == bells(asked)
    assert (ended(asked), ended(login)) == (("pending", "", ""), before)


def test_an_approval_at_the_same_moment_as_a_refusal_is_told_of_that(witness, login, asked):
    stale = latest(login)
    signin.answer(asked.key, asked, {"verdict": "cancel"}, "")
    witness.recorded()
    assert verdict(signin.approve(stale, by="online")) == {"code": "settled", "state": "denied"}
    assert witness.recorded() == [
        event("challenge.approve", "", of=login, ok=False, kid=asked.key.kid, by="online", state="denied")
    ]


@pytest.mark.parametrize("reason", ["cancel", "not_me"])
def test_a_refusal_is_written_down_and_only_not_me_raises_the_alarm(witness, login, asked, reason):
    said = signin.answer(asked.key, asked, {"verdict": reason}, "")
    assert verdict(said) == {"state": "denied"}
    alarm = [event("alarm.raise", "alert", of=login.user, event="sign-in")] if reason == "not_me" else []
    assert witness.recorded() == [*alarm, event("challenge.deny", reason, of=login, ok=True, kid=asked.key.kid)]
    assert set(witness.heard()) == set(bells(asked))
    assert (ended(asked), ended(login)) == (("denied", reason, "online"), ("failed", reason))


def test_a_refusal_that_comes_second_is_written_down_as_such(witness, login, asked):
    stale = latest(login)
    assert verdict(signin.approve(asked, by="online")) == {"state": "approved"}
    witness.recorded(), witness.heard()
    assert verdict(signin.answer(stale.key, stale, {"verdict": "not_me"}, "")) == {
        "code": "settled",
        "state": "approved",
    }
    assert witness.recorded() == [event("challenge.deny", "not_me", of=login, ok=False, kid=asked.key.kid)]
    assert witness.heard() == bells(asked)
    assert ended(login) == ("approved", "")
    login.user.refresh_from_db()
    assert login.user.disowned_at is None


@pytest.mark.parametrize("reason", ["cancel", "not_me"])
def test_a_caller_who_is_disowned_raises_another_alarm(witness, mara, asked, reason):
    display = {"lang": "en", "title": "Are you on the telephone?", "account": "Mara", "facts": [], "warnings": []}
    question = asking.ask_action(asked.key, display, about="c:1234", by_desk=True)
    witness.recorded(), witness.heard()
    assert verdict(signin.answer(asked.key, question, {"verdict": reason}, "")) == {"state": "denied"}
    disowned = [event("caller.disowned", "alert", of=mara)] if reason == "not_me" else []
    assert witness.recorded() == [
        event("challenge.deny", reason, of=mara, ok=True, kid=asked.key.kid, purpose="caller"),
        *disowned,
    ]
    assert witness.heard() == bells(question)
    assert ended(asked) == ("pending", "", "")


def test_what_is_no_sign_in_is_approved_without_one(witness, mara, asked):
    display = {"lang": "en", "title": "Change?", "account": "Mara", "facts": [], "warnings": []}
    question = asking.ask_action(asked.key, display, about="move")
    witness.recorded(), witness.heard()
    assert verdict(signin.approve(question, by="online")) == {"state": "approved"}
    assert witness.recorded() == [
        event(
            "challenge.approve", of=mara, kid=asked.key.kid, by="online", state="approved", purpose="action",
            device="Mara Lee's Pixel",
        )
    ]  # fmt: skip
    assert witness.heard() == bells(question)


def test_each_hop_rings_once_at_the_desk(witness, login, asked):
    for _ in range(2):
        signin.seen(asked, "received")
    assert witness.heard() == [f"desk.{login.pk}"]
    assert witness.recorded() == []


def test_a_verdict_stays_what_it_was():
    said = signin.Verdict(code="expired")
    with pytest.raises(FrozenInstanceError):
        said.code = ""


# --- Asking again, beginning again, giving up ---


def test_it_is_asked_again_only_while_the_sign_in_waits(witness, login, asked, one_clock):
    another(asked)
    with pytest.raises(RateLimited) as refusal:
        signin.ask_again(login)
    assert (refusal.value.limit, refusal.value.retry_at) == ("notify", asked.notified_at + policy.RESEND_GAP)
    one_clock.shift(31)
    assert signin.ask_again(login).pk == asked.pk
    logins, questions = Login.objects.filter(pk=login.pk), Challenge.objects.filter(pk=asked.pk)
    expires = login.expires
    for changed in ({"state": "approved"}, {"expires": timezone.now()}):
        logins.update(**changed)
        with pytest.raises(signin.NotAsked):
            signin.ask_again(login)
        logins.update(state="pending", expires=expires)
    questions.update(state="failed", turn=policy.CHALLENGES_A_LOGIN)
    with pytest.raises(signin.NotAsked):
        signin.ask_again(login)
    questions.update(turn=policy.CHALLENGES_A_LOGIN - 1)
    fresh = signin.ask_again(login)
    assert (fresh.login_id, fresh.key_id, fresh.state) == (login.pk, asked.key_id, "pending")
    PortalKey.objects.filter(pk=asked.key_id).update(state="locked")
    with pytest.raises(signin.NotAsked):
        signin.ask_again(login)


def test_whoever_begins_again_in_the_same_browser_ends_what_was_begun(witness, abroad, mara, login, asked):
    abroad.post("/sign-in/", {"username": "mara", "password": PASSWORD, "next": "/security/"})
    again = login_of(abroad)
    assert (again.next, again.address) == ("/security/", login.address)
    assert (ended(login), ended(asked)) == (("superseded", "again"), ("superseded", "again", ""))
    assert ended(again) == ("pending", "")
    rung = witness.heard()
    assert [rung.count(each) for each in bells(asked)[:1]] == [2]
    assert set(bells(asked)) <= set(rung)


def test_whoever_gives_up_takes_the_question_back(witness, abroad, login, asked):
    assert signin.cancel(visit(abroad)) is True
    assert witness.recorded() == [event("login.cancel", of=login, address="127.0.0.1")]
    assert witness.heard() == sorted([*bells(asked), f"desk.{login.pk}"])
    assert (ended(login), ended(asked)) == (("cancelled", "user"), ("superseded", "cancelled", ""))


def test_person_and_sign_in_are_locked_in_this_order_by_whoever_decides(witness, mara, abroad, login, asked):
    """One order everywhere: two that lock each other's rows would wait for ever. Races: tests/services."""

    def locked(act, *given):
        witness.locked()
        act(*given)
        return witness.locked()

    with pytest.raises(RateLimited):
        locked(signin.ask_again, login)
    assert witness.locked() == ["user", "login"]
    assert locked(signin.answer, asked.key, asked, {"verdict": "cancel"}, "") == ["login"]
    assert locked(give_password, abroad, mara)[:1] == ["user"]
    question = latest(login_of(abroad))
    assert locked(signin.answer, question.key, question, {"verdict": "not_me"}, "")[:2] == ["user", "login"]
