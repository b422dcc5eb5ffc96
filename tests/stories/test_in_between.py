"""What has changed between the look at a page or message and the moment that decides, seen without a race.

The races themselves run on two processes (tests/services); here each one that comes too late is told the truth.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import marks, pending
from accounts.models import Login
from tests.factories import PASSWORD, PIN, desk, give_password, person
from tests.stories.ways import approve, login_of, question_at, sign_in, state
from tests.stories.witness import claims, visit
from twofactor import policy, signin
from twofactor.models import Challenge, PortalKey

PAST = timedelta(minutes=-1)


@pytest.fixture
def waiting(mara, pocket, here):
    give_password(here, mara)
    return here


@pytest.fixture
def asked(waiting):
    return Challenge.objects.select_related("key__user").get(login=login_of(waiting))


def elsewhere(challenge, **changed):
    """Another request was quicker."""
    Challenge.objects.filter(pk=challenge.pk).update(**changed)


ENDS = [
    ({"state": "approved"}, ("settled", "approved")),
    ({"expires": timezone.now() + PAST}, ("expired", "")),
    ({}, ("slow-down", "")),
]


@pytest.mark.parametrize(("changed", "told"), ENDS)
@pytest.mark.parametrize("counter", ["number_tries", "response_tries"])
def test_where_no_try_is_free_it_is_told_why(asked, counter, changed, told):
    """RC-02: nothing is compared, and a right answer decides nothing."""
    elsewhere(asked, **{counter: 9}, **changed)
    verdict = signin.answer(asked.key, asked, claims(asked), "")
    assert (verdict.code, verdict.state) == told
    assert (verdict.retry_at is not None) == (told[0] == "slow-down")
    if verdict.retry_at:
        assert timedelta(0) < verdict.retry_at - timezone.now() <= timedelta(seconds=1)
    assert PortalKey.objects.get().pin_failures == 0


def test_the_last_wrong_number_ends_the_sign_in(asked, waiting):
    for left in reversed(range(policy.NUMBERS_A_CHALLENGE)):
        verdict = signin.answer(asked.key, asked, claims(asked, number="000000"), "")
        assert (verdict.code, verdict.left) == ("wrong-number", left)
        assert state(waiting) == ("waiting" if left else "denied")
    assert login_of(waiting).reason == "number"


def test_a_key_that_has_just_ended_compares_no_pin(asked):
    PortalKey.objects.update(state="revoked")
    assert signin.answer(asked.key, asked, claims(asked), "").code == "key-inactive"
    asked.refresh_from_db()
    assert (asked.response_tries, asked.number_tries) == (0, 0)


@pytest.mark.parametrize("wait", [None, PAST, timedelta(minutes=4)])
def test_a_pin_that_has_to_wait_is_told_until_when(asked, wait):
    """P-33: at least a second, also where the wait has just been ended."""
    until = wait and timezone.now() + wait
    PortalKey.objects.update(pin_failures=policy.PIN_LOCKS, wait_until=until)
    verdict = signin.answer(asked.key, asked, claims(asked), "")
    assert verdict.code == "slow-down"
    if wait and wait > timedelta(0):
        assert verdict.retry_at == until
    else:
        assert timedelta(0) < verdict.retry_at - timezone.now() <= timedelta(seconds=1)
    asked.refresh_from_db()
    assert asked.response_tries == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"state": "denied"}, ("settled", "denied")), ({"expires": timezone.now() + PAST}, ("expired", ""))],
)
def test_an_answer_that_comes_second_is_told_the_state(asked, changed, told):
    """RC-01: approve, deny and typed digits."""
    elsewhere(asked, **changed)
    for act in (
        lambda: signin.approve(asked, by="online"),
        lambda: signin.answer(asked.key, asked, {"verdict": "not_me"}, ""),
    ):
        verdict = act()
        assert (verdict.code, verdict.state) == told
    assert Login.objects.latest("created").state == "pending"


def test_a_question_whose_sign_in_has_ended_is_superseded(asked):
    Login.objects.filter(pk=asked.login_id).update(state="cancelled")
    for verdict in (
        signin.approve(asked, by="online"),
        signin.answer(asked.key, asked, {"verdict": "cancel"}, ""),
    ):
        assert (verdict.code, verdict.state) == ("settled", "superseded")


def test_digits_that_come_after_the_decision_cost_nothing(asked, waiting, pocket, monkeypatch):
    """R-51: neither the budget nor the count of the key."""
    typed = pocket.respond(question_at(waiting), PIN)
    monkeypatch.setattr(Challenge, "try_once", lambda *_given: None)
    verdict = signin.answer_by_hand(visit(waiting), login_of(waiting), typed)
    assert (verdict.code, verdict.state) == ("settled", "pending")
    assert PortalKey.objects.get().desk_failures == 0
    monkeypatch.undo()
    for _ in range(6):
        assert signin.answer_by_hand(visit(waiting), login_of(waiting), "1") == signin.Verdict(code="malformed", left=3)
    assert signin.answer_by_hand(visit(waiting), login_of(waiting), typed).state == "approved"


# --- The sign-in in progress ---


def test_whoever_has_no_sign_in_cancels_none(db):
    assert signin.cancel(visit()) is False


def test_what_has_ended_is_cancelled_no_more(waiting):
    Login.objects.update(state="superseded")
    assert signin.cancel(visit(waiting)) is False
    assert Login.objects.latest("created").state == "superseded"


def test_a_session_claims_only_the_sign_in_that_it_began(mara, pocket, waiting):
    """R-03: its name alone, however it was found out, is nothing."""
    approve(waiting, pocket)
    login = login_of(waiting)
    for request in (visit(), visit(desk())):
        assert not pending.claim(request, login, proof_holds=lambda *_given: True, weaker=False)
    login.refresh_from_db()
    assert login.state == "approved"


def test_a_session_is_alive_for_its_own_person_alone(mara, pocket, here):
    sign_in(here, mara, pocket)
    key = here.session.session_key
    mara.refresh_from_db()
    assert pending.is_alive(key, mara)
    assert not pending.is_alive(key, person("dana"))
    assert not pending.is_alive("", mara)
    mara.bump_epoch()
    assert not pending.is_alive(key, mara)


def test_a_session_that_has_just_died_ends_no_other_and_sets_no_password(mara, pocket, here):
    """R-56: it may be the thief's, and the owner was quicker."""
    sign_in(here, mara, pocket)
    request = visit(here)
    mara.bump_epoch()
    epoch = mara.auth_epoch
    assert not pending.end_other_sessions(request, mara, new_password="four entirely different words")
    mara.refresh_from_db()
    assert mara.auth_epoch == epoch
    assert mara.check_password(PASSWORD)


def test_a_session_that_never_signed_in_is_not_recent(mara):
    request = visit()
    request.user = mara
    assert not marks.is_recent(request)
    assert not marks.is_fresh(request)
