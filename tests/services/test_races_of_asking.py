"""What applications ask of people without a page before them, answered and fetched by many at once: one each wins."""

import secrets

import pytest

from tests.factories import PIN
from tests.services.conftest import activated
from tests.services.moments import many
from tests.services.people import Desk
from tests.services.registered import Asker, given
from tests.services.talk import Message

ACTION = "SELECT state, reason FROM applications_action WHERE id = %s"
PARTS = "SELECT state FROM applications_part WHERE action_id = %s ORDER BY state"
QUESTIONS = "SELECT count(*) FROM twofactor_challenge WHERE about = %s AND state = %s"
VISITS = "SELECT count(*) FROM applications_visit WHERE user_id = %s AND application_id = %s"
# Told apart from a verdict: it came while others were being judged, and may come again.
LATER = "slow-down"


@pytest.fixture
def bank(cluster):
    return Asker.registered(cluster)


@pytest.fixture(scope="session")
def second(running):
    """Another person with a phone of their own."""
    return activated(running)


@pytest.fixture
def joint(cluster, second):
    """Gives an account that this person holds and the second one, and that takes both."""

    def held_by(somebody):
        name = f"joint-{secrets.token_hex(8)}"
        made = "INSERT INTO applications_jointaccount (name, title, rule, is_active) VALUES (%s, 'Lee', 'two', true)"
        pk = cluster.one(f"{made} RETURNING id", name)
        for holder in (somebody, second):
            # Two people are two by their addresses.
            cluster.write("UPDATE accounts_user SET email = username || '@client.example' WHERE id = %s", holder.pk)
            held = "INSERT INTO applications_jointaccount_holders (jointaccount_id, user_id) VALUES (%s, %s)"
            cluster.write(held, pk, holder.pk)
        # Whatever the second one was asked before, and perhaps declined, is another day's.
        cluster.write(
            "DELETE FROM twofactor_challenge WHERE key_id IN (SELECT id FROM twofactor_portalkey WHERE user_id = %s)",
            second.pk,
        )
        return f"account:{name}"

    return held_by


def about(owner, name):
    """The question of this phone about that."""
    (found,) = [each for each in owner.phone.challenges() if each["id"] in _ids(owner, name)]
    return found


def _ids(owner, name):
    return {pk for (pk,) in owner.cluster.rows("SELECT id FROM twofactor_challenge WHERE about = %s", name)}


def recorded(cluster, kind, action):
    told = "SELECT count(*) FROM accounts_auditevent WHERE kind = %s AND facts->>'action' = %s"
    return cluster.one(told, kind, action)


# --- An action ---


def test_of_twenty_equal_approvals_of_an_action_one_counts(cluster, moments, new_owner, bank):
    """AT-220."""
    for owner in moments(new_owner, 2):
        action = bank.propose(owner.username)
        question = about(owner, action)
        answers = cluster.race([owner.approval(question)] * many(20))
        told = [answer.code for answer in answers]
        assert told.count("approved") == 1
        assert set(told) <= {"approved", "settled", LATER}
        assert cluster.row(ACTION, action) == ("approved", "")
        assert recorded(cluster, "action.approve", action) == recorded(cluster, "action.receipt", action) == 1
        assert bank.look(action)["approved"] == 1


def test_what_is_approved_declined_and_taken_back_at_once_ends_once_and_all_are_told_the_same(
    cluster, moments, new_owner, bank
):
    """AT-221."""
    for owner in moments(new_owner, 6):
        action = bank.propose(owner.username)
        question = about(owner, action)
        approve, decline = owner.approval(question), owner.refusal(question)
        *answers, back = cluster.race([approve, decline, approve, bank.taking_back(action)])
        state = bank.look(action)["state"]
        assert state in ("approved", "declined", "cancelled")
        said = [answer.code for answer in answers if answer.status == 200]
        # SECURITY: nobody believes that they have approved what was over. To have declined it is no harm.
        assert said in {"approved": [["approved"]], "declined": [["denied"]], "cancelled": [[], ["denied"]]}[state]
        assert (back.status, back.json["state"]) == ((200, "cancelled") if state == "cancelled" else (409, state))
        ends = [recorded(cluster, f"action.{event}", action) for event in ("approve", "decline", "cancel")]
        assert ends == [state == "approved", state == "declined", state == "cancelled"]
        assert recorded(cluster, "action.receipt", action) == (state == "approved")
        assert cluster.one(QUESTIONS, action, "pending") == 0


def test_two_people_who_approve_at_once_are_both_counted_and_the_receipt_is_made_once(
    cluster, moments, new_owner, second, joint, bank
):
    """RC-19."""
    for owner in moments(new_owner, 4):
        action = bank.propose(joint(owner))
        answers = cluster.race([each.approval(about(each, action)) for each in (owner, second)])
        # Who was asked anew meanwhile, in words that name the first, answers those.
        late = [each for each in (owner, second) if _ids(each, action) & _waiting(each)]
        for each in late:
            assert each.phone.approve(about(each, action), PIN)["state"] == "approved"
        assert len([answer for answer in answers if answer.code == "approved"]) == 2 - len(late)
        told = bank.look(action)
        assert (told["state"], told["approved"]) == ("approved", 2)
        assert cluster.rows(PARTS, action) == [("approved",), ("approved",)]
        assert recorded(cluster, "action.approve", action) == 2
        assert recorded(cluster, "action.receipt", action) == 1


def _waiting(owner):
    return {each["id"] for each in owner.phone.challenges()}


def test_of_two_people_one_declines_while_the_other_approves_and_nothing_is_approved(
    cluster, moments, new_owner, second, joint, bank
):
    """RC-19."""
    for owner in moments(new_owner, 4):
        action = bank.propose(joint(owner))
        yes, no = owner.approval(about(owner, action)), second.refusal(about(second, action))
        cluster.race([yes, no])
        if _ids(second, action) & _waiting(second):
            # The words changed under the answer: it is given to the new ones.
            second.phone.cancel(about(second, action))
        assert bank.look(action)["state"] == "declined"
        assert recorded(cluster, "action.receipt", action) == 0
        assert cluster.one(QUESTIONS, action, "pending") == 0


def test_of_twenty_equal_requests_with_one_key_one_asks(cluster, moments, new_owner, bank):
    """RC-20."""
    for number, owner in enumerate(moments(new_owner, 2)):
        wanted = bank.proposing(owner.username, idempotency_key=f"order-{number}")
        answers = cluster.race([wanted] * many(10))
        assert {answer.status for answer in answers} == {201}
        (action,) = {answer.json["id"] for answer in answers}
        assert cluster.one("SELECT count(*) FROM twofactor_challenge WHERE about = %s", action) == 1


# --- A sign-in on the phone (CIBA) ---


def test_of_twenty_polls_with_one_request_one_is_given_tokens(cluster, moments, new_owner, bank):
    """AT-222."""
    for owner in moments(new_owner, 2):
        asked = bank.begin(owner.username)
        owner.phone.approve(owner.phone.challenge(), PIN)
        before = visits(cluster, owner, bank)
        assert len(given(cluster.race([bank.polling(asked)] * many(20)))) == 1
        assert visits(cluster, owner, bank) == before + 1


def visits(cluster, owner, bank):
    pk = cluster.one("SELECT id FROM applications_application WHERE client_id = %s", bank.client_id)
    return cluster.one(VISITS, owner.pk, pk)


def test_a_sign_in_that_is_approved_and_refused_at_once_is_one_of_them(cluster, moments, new_owner, bank):
    """AT-221."""
    for owner in moments(new_owner, 4):
        asked = bank.begin(owner.username)
        question = owner.phone.challenge()
        answers = cluster.race([owner.approval(question), owner.refusal(question)] * 2)
        (said,) = {answer.code for answer in answers if answer.status == 200}
        fetched = cluster.send(bank.polling(asked))
        assert (fetched.status == 200) == (said == "approved")
        assert fetched.status == 200 or fetched.json["error"] == "access_denied"


# --- A device ---


@pytest.fixture
def begun(cluster, bank):
    """Gives a device whose code this person has typed, its page, and the question about it."""

    def of(owner):
        told = bank.begin_device()
        where = owner.desk.post("/device/", code=told["user_code"]).leads_to
        owner.desk.post(where, act="go")
        return told["device_code"], where, owner.phone.challenge()

    return of


def test_of_two_programs_with_one_device_code_one_is_given_tokens(cluster, moments, new_owner, bank, begun):
    """AT-222."""
    for number, owner in enumerate(moments(new_owner, 2)):
        device_code, page, question = begun(owner)
        owner.approve(question)
        if number % 2:
            # The person's page has seen the approval before any program did.
            owner.desk.get(page)
        before = visits(cluster, owner, bank)
        assert len(given(cluster.race([bank.redeeming(device_code)] * many(20)))) == 1
        assert visits(cluster, owner, bank) == before + 1
        assert owner.recorded("device.approve") == owner.recorded("device.sign-in") == 1


def test_of_two_people_who_type_one_code_one_has_it(cluster, moments, new_owner, second, bank):
    """RC-21; RFC 8628, section 5.5."""
    second.sign_in()
    for owner in moments(new_owner, 3):
        code = bank.begin_device()["user_code"]
        answers = cluster.race([typing(each.desk, code) for each in (owner, second) * 3])
        mine, theirs = ({answer.status for answer in answers[at::2]} for at in (0, 1))
        assert sorted([mine, theirs], key=min) == [{302}, {422}]


def typing(desk: Desk, code: str) -> Message:
    return desk.message("POST", "/device/", code=code)
