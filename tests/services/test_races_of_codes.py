"""Codes that meet: the right one counts once, wrong ones are counted before they are compared, one text leaves."""

from collections import Counter

import pytest

from tests.factories import PASSWORD
from tests.given import LONG
from tests.services.moments import many
from tests.services.people import Desk
from tests.services.subscribers import CODE_PAGE, PHONE_PAGE, QUIET, fresh_number, new_subscriber

LOGIN = "SELECT state FROM accounts_login WHERE id = %s"
CODE = "SELECT id FROM twofactor_code WHERE login_id = %s AND state = 'live'"
SESSIONS = "SELECT count(*) FROM accounts_opensession WHERE user_id = %s"
# What a text for a sign-in is counted against.
OWN = ("text-number/10m", "text-number/1h", "text-number/24h", "text-person/24h")
# And one that confirms a number, apart from what the site counts for all.
CONFIRMING = ("confirm-number/10m", "confirm-number/24h", "text-person/24h", "adding-site/1h", "adding-country/1h")
SITE = ("carried-site/1h", "carried-country/1h")
PRICE = 50


def counts(cluster, *names):
    """What all counters of these names say together."""
    asked = "SELECT name, sum(count) FROM accounts_tally WHERE name = ANY(%s) GROUP BY name"
    found = {name: int(count) for name, count in cluster.rows(asked, list(names))}
    return [found.get(name, 0) for name in names]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
def begun(grown_mara):
    """Somebody at a desk that waits for a code, the sign-in, and the code."""

    def scene():
        mara = grown_mara()
        return mara, mara.begin(), mara.next_code()

    return scene


@pytest.fixture
def begun_before(begun):
    """The same, a minute ago: another text may be asked for."""

    def scene():
        mara, login, code = begun()
        mara.rest()
        mara.later()
        return mara, login, code

    return scene


def test_of_twenty_equal_codes_one_signs_in_and_it_is_good_for_nothing_more(cluster, moments, begun):
    """RC-09, AT-023."""
    for mara, login, code in moments(begun, 3):
        sessions = cluster.one(SESSIONS, mara.pk)
        answers = cluster.race([mara.typed(code)] * many(20))
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert cluster.one(LOGIN, login) == "consumed"
        assert mara.codes == [("used", 0)]
        assert (
            mara.recorded("code.check")
            == mara.recorded("login.claim")
            == cluster.one(SESSIONS, mara.pk) - sessions
            == 1
        )
        given = {answer.cookies["session"] for answer in answers if answer.cookies.get("session")}
        (_inside,) = [cookie for cookie in given if Desk(cluster, {"session": cookie}).is_in()]
        # What was right costs nothing, however often it was typed.
        assert counts(cluster, "factor/5m", "factor/24h", "factor-address/5m") == [0, 0, 0]
        other = Desk(cluster)
        second = mara.begin(other)
        other.take(cluster.send(mara.typed(code, other)))
        assert not other.is_in()
        assert cluster.one(LOGIN, second) == "pending"


def test_of_fifty_wrong_codes_five_are_compared(cluster, moments, begun):
    """RC-11, AT-025."""
    for mara, login, code in moments(begun, 2):
        answers = cluster.race([mara.typed(wrong(code))] * (50 if not LONG else 8))
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert mara.codes == [("burned", 5)]
        assert mara.recorded("code.check", ok=False) == 5
        assert cluster.one(LOGIN, login) == "failed"
        limits = ("factor/5m", "factor/1h", "factor/24h", "factor-address/5m", "factor-address/1h")
        assert counts(cluster, *limits) == [5] * 5
        mara.desk.take(cluster.send(mara.typed(code)))
        assert not mara.desk.is_in()


def test_the_tries_of_a_code_hold_by_themselves_and_are_not_refilled_by_the_next_one(cluster, rounds_by_text):
    """RC-11."""
    for mara in rounds_by_text(1):
        mara.begin()
        guess = wrong(mara.next_code())
        cluster.race([mara.typed(guess)] * 3)
        # Five minutes later: another code, and the person's own budget is full again.
        cluster.write("UPDATE twofactor_code SET expires = now() WHERE user_id = %s", mara.pk)
        mara.later()
        cluster.send(mara.again())
        guess = wrong(mara.next_code())
        cluster.write("DELETE FROM accounts_tally")
        cluster.race([mara.typed(guess)] * 20)
        assert mara.codes == [("replaced", 3), ("burned", 5)]
        assert mara.recorded("code.check", ok=False) - mara.refused("code.check", "over") == 5
        assert counts(cluster, "factor/5m", "factor-address/5m") == [2, 2]


def test_wrong_codes_for_three_sign_ins_at_once_share_the_persons_budget(cluster, rounds_by_text):
    """RC-11."""
    for mara in rounds_by_text(1):
        desks = [Desk(cluster) for _ in range(3)]
        codes = []
        for desk in desks:
            mara.begin(desk)
            codes.append(mara.next_code())
        guess = next(str(number) for number in range(100_000, 100_004) if str(number) not in codes)
        answers = cluster.race([mara.typed(guess, desk) for desk in desks] * 10)
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert sum(failures for _state, failures in mara.codes) == mara.recorded("code.check", ok=False) == 5
        assert counts(cluster, "factor/5m") == [5]


def test_a_right_code_among_wrong_ones_signs_in_once(cluster, moments, begun):
    """RC-09, RC-11."""
    for mara, login, code in moments(begun, 4):
        answers = cluster.race([mara.typed(wrong(code)), mara.typed(code)] * 2)
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert mara.recorded("login.claim") == 1
        assert cluster.one(LOGIN, login) == "consumed"
        assert mara.codes == [("used", mara.refused("code.check", "wrong"))]


def test_one_wrong_code_among_many_right_ones_takes_no_more_than_its_own_try(cluster, moments, begun):
    """RC-11."""
    for mara, login, code in moments(begun, 3):
        # All of them hold a try while they are compared; only the wrong one keeps it.
        mix = [*[mara.typed(code)] * 4, mara.typed(wrong(code))]
        cluster.race(mix, gate=("twofactor_code", cluster.one(CODE, login)))
        assert cluster.one(LOGIN, login) == "consumed"
        assert mara.codes == [("used", mara.refused("code.check", "wrong"))]


def test_of_twenty_resends_one_leaves_with_the_same_code(cluster, moments, begun_before):
    """RC-10, AT-029."""
    for mara, _login, code in moments(begun_before, 3):
        assert counts(cluster, *OWN, *SITE, "money/24h") == [1] * 6 + [PRICE]
        answers = cluster.race([mara.again()] * many(20))
        assert {answer.leads_to for answer in answers} == {CODE_PAGE}
        assert mara.next_code() == code
        cluster.wait_for(QUIET, mara.pk)
        assert len(mara.came()) == 1
        assert mara.deliveries == [("text", "sign-in", "handed", "", 1)] * 2
        assert mara.codes == [("live", 0)]
        assert counts(cluster, *OWN, *SITE, "money/24h") == [2] * 6 + [2 * PRICE]
        assert counts(cluster, "text-address/1h") == [2]


def test_of_twenty_resends_of_a_confirmation_number_one_leaves_with_the_same_one(cluster, rounds_by_text):
    for mara in rounds_by_text(1):
        mara.begin_anew()
        new = fresh_number()
        mara.ask(new)
        code = mara.next_code(new)
        mara.later()
        cluster.write("DELETE FROM accounts_tally")
        cluster.race([mara.desk.message("POST", f"{PHONE_PAGE}again/")] * 20)
        assert mara.next_code(new) == code
        cluster.wait_for(QUIET, mara.pk)
        assert len(cluster.carrier.to(new)) == 2
        assert counts(cluster, *CONFIRMING, *SITE, "money/24h", "adding-money/24h") == [1] * 7 + [PRICE] * 2


def test_a_text_and_a_call_asked_for_at_once_say_the_same_code(cluster, moments, begun_before):
    """RC-10."""
    for mara, _login, code in moments(begun_before, 2):
        cluster.race([mara.again(), mara.again("call")] * 6)
        text, call = sorted([mara.next_text(), mara.next_text()], key=lambda each: each.kind, reverse=True)
        assert [(each.kind, each.code) for each in (text, call)] == [("text", code), ("call", code)]
        assert mara.codes == [("live", 0)]
        assert counts(cluster, "call-number/1h", "text-number/10m", *SITE) == [1, 2, 3, 3]


def test_a_code_and_a_resend_at_once_sign_in_once_and_send_once_at_most(cluster, moments, begun_before):
    """RC-10, AT-029."""
    for mara, login, code in moments(begun_before, 4):
        answers = cluster.race([mara.typed(code), mara.again()] * 4)
        # 400: what it would have said belongs into a session that has become another one meanwhile.
        assert {answer.status for answer in answers} <= {200, 302, 400}
        assert cluster.one(LOGIN, login) == "consumed"
        assert mara.codes == [("used", 0)]
        cluster.wait_for(QUIET, mara.pk)
        # What was still to be carried when the sign-in was over is not, and costs nothing.
        ends = Counter((state, reason) for _way, _kind, state, reason, _attempts in mara.deliveries)
        sent = ends.pop(("handed", ""))
        assert sent == 1 + len(mara.came()) in (1, 2)
        assert ends in ({}, {("failed", "expired"): 1})
        assert counts(cluster, "text-number/10m", "money/24h") == [sent, sent * PRICE]


def test_an_old_code_loses_against_the_one_that_takes_its_place(cluster, moments, begun_before):
    """RC-10, AT-029."""
    for mara, _login, code in moments(begun_before, 3):
        # Five minutes later, and still within the sign-in's life.
        cluster.write("UPDATE twofactor_code SET expires = now() WHERE user_id = %s", mara.pk)
        answers = cluster.race([mara.typed(code), mara.again()] * 2)
        assert [answer.leads_to for answer in answers].count("/") == 0
        # Typed a moment later, it is a wrong one for the new code.
        assert mara.codes == [("replaced", 0), ("live", mara.refused("code.check", "wrong"))]
        new = mara.next_code()
        mara.desk.take(cluster.send(mara.typed(code)))
        assert not mara.desk.is_in()
        assert mara.desk.take(cluster.send(mara.typed(new))).leads_to == "/"


def test_budgets_are_exact_when_texts_are_refused_and_leave_at_once(cluster):
    people = [new_subscriber(cluster) for _ in range(6)]
    cluster.write("DELETE FROM accounts_tally")
    lost = {each.number for each in people[::2]}
    with cluster.carrier.refusing(lost):
        desks = [Desk(cluster, {"csrftoken": "a" * 32}) for _ in people]
        messages = [
            desk.message("POST", "/sign-in/", username=each.username, password=PASSWORD)
            for desk, each in zip(desks, people, strict=True)
        ]
        answers = cluster.race(messages)
        assert Counter(answer.leads_to for answer in answers) == {CODE_PAGE: 6}
        for each in people:
            each.settle()
    states = Counter(state for each in people for _way, _kind, state, *_ in each.deliveries)
    assert states == {"handed": 3, "failed": 3}
    assert counts(cluster, *OWN, *SITE, "money/24h") == [3] * 6 + [3 * PRICE]
    # Who asks for what cannot be carried may not ask for ever.
    assert counts(cluster, "text-address/1h") == [6]
