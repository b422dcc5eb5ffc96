"""Answers, refusals and claims that meet: the first one decides, and everybody is told the same."""

from collections import Counter

from tests.factories import PIN
from tests.services.moments import many
from tests.services.people import Desk, Owner

CHALLENGE = "SELECT state, reason, number_tries, response_tries FROM twofactor_challenge WHERE id = %s"
KEY = "SELECT state, pin_failures, desk_failures FROM twofactor_portalkey WHERE user_id = %s AND state = 'active'"
LOGIN = "SELECT state FROM accounts_login WHERE id = %s"
SESSIONS = "SELECT count(*) FROM accounts_opensession WHERE user_id = %s"
# Told apart from a verdict: it came while others were being judged, and may come again.
LATER = "slow-down"
WRONG = "0000 0000"


def asked(owner: Owner):
    """The owner at the desk that waits, and what the phone is asked."""
    login = owner.begin()
    return owner, login, owner.phone.challenge()


def by_hand(desk: Desk, response: str):
    return desk.message("POST", "/sign-in/verify/manual/", response=response)


def test_of_twenty_equal_answers_one_approves(cluster, moments, new_owner):
    """RC-01, AT-020: the first one decides, and the others are told that it is decided."""
    for owner, login, challenge in moments(lambda: asked(new_owner()), 4):
        answers = cluster.race([owner.approval(challenge)] * many(20))
        told = Counter(answer.code for answer in answers)
        assert told["approved"] == 1
        assert told.keys() <= {"approved", "settled", LATER}
        assert {answer.json["state"] for answer in answers if answer.code == "settled"} <= {"approved"}
        assert owner.recorded("challenge.approve") == 1
        state, _reason, numbers, responses = cluster.row(CHALLENGE, challenge["id"])
        assert (state, numbers) == ("approved", 0)
        assert responses <= 3
        assert cluster.row(KEY, owner.pk) == ("active", 0, 0)
        assert (cluster.one(LOGIN, login), owner.desk.state()) == ("approved", "approved")


def test_approve_deny_and_cancel_end_in_one_state_that_all_agree_on(cluster, moments, new_owner):
    """RC-02, RC-04, AT-021."""
    for owner, login, challenge in moments(lambda: asked(new_owner()), 10):
        approve, deny = owner.approval(challenge), owner.refusal(challenge)
        cancel = owner.desk.message("POST", "/sign-in/cancel/")
        *answers, cancelled = cluster.race([approve, deny, approve, deny, cancel])
        owner.desk.take(cancelled)
        said = [answer.code for answer in answers if answer.status == 200]
        asks, ended = cluster.row(CHALLENGE, challenge["id"])[0], cluster.one(LOGIN, login)
        # An approval may still be cancelled at the desk before it is claimed; nothing else changes an end.
        assert (asks, ended) in {
            ("approved", "approved"),
            ("approved", "cancelled"),
            ("denied", "failed"),
            ("superseded", "cancelled"),
        }
        assert said == ([asks] if asks in ("approved", "denied") else [])
        settled = {answer.json["state"] for answer in answers if answer.code == "settled"}
        assert settled <= {asks}
        recorded = [owner.recorded(kind) for kind in ("challenge.approve", "challenge.deny", "login.cancel")]
        assert recorded == [asks == "approved", asks == "denied", ended == "cancelled"]
        page = {"approved": "approved", "failed": "denied", "cancelled": "cancelled"}[ended]
        assert owner.desk.state() == page
        # And no way leads in but an approval that nobody cancelled.
        owner.desk.post("/sign-in/finish/")
        assert owner.desk.is_in() == (ended == "approved")


def test_an_answer_that_comes_as_the_time_runs_out_counts_or_does_not(cluster, moments, new_owner):
    """RC-03: by the database's clock, and whoever is told so first; what is decided was decided in time (R-02)."""
    for number, (owner, login, challenge) in enumerate(moments(lambda: asked(new_owner()), 8)):
        approve = owner.approval(challenge)
        ends = "UPDATE twofactor_challenge SET expires = now() + make_interval(secs => %s) WHERE id = %s"
        cluster.write(ends, number % 8 * 0.02, challenge["id"])
        answers = cluster.race([approve] * 3)
        codes = [answer.code for answer in answers]
        assert set(codes) <= {"approved", "settled", "expired", LATER}
        in_time = (
            "SELECT state = 'approved', coalesce(decided_at < expires, true) FROM twofactor_challenge WHERE id = %s"
        )
        approved, was_in_time = cluster.row(in_time, challenge["id"])
        assert was_in_time
        assert codes.count("approved") == owner.recorded("challenge.approve") == approved
        assert cluster.one(LOGIN, login) == ("approved" if approved else "pending")
        assert cluster.row(KEY, owner.pk) == ("active", 0, 0)
        if not approved:
            cluster.wait_for("SELECT expires <= now() FROM twofactor_challenge WHERE id = %s", challenge["id"])
        assert owner.desk.state() == ("approved" if approved else "expired")
        owner.desk.post("/sign-in/finish/")
        assert owner.desk.is_in() == approved


def test_of_twenty_claims_by_one_browser_one_opens_a_session(cluster, moments, new_owner):
    """RC-05, AT-022."""

    def scene():
        owner, login, challenge = asked(new_owner())
        owner.approve(challenge)
        return owner, login

    for owner, login in moments(scene, 3):
        before = cluster.one(SESSIONS, owner.pk)
        answers = cluster.race([owner.desk.message("POST", "/sign-in/finish/")] * many(20))
        assert [answer.leads_to for answer in answers].count("/") == 1
        assert cluster.one(SESSIONS, owner.pk) == before + 1
        assert cluster.one(LOGIN, login) == "consumed"
        assert owner.recorded("login.claim") == 1
        given = [answer.cookies["session"] for answer in answers if answer.cookies.get("session")]
        assert len([cookie for cookie in given if Desk(cluster, {"session": cookie}).is_in()]) == 1


def test_of_twenty_equal_responses_by_hand_one_signs_in_and_costs_nothing(cluster, moments, new_owner):
    """RC-09, AT-023: and the question that it answered is answered."""
    for owner, login, challenge in moments(lambda: asked(new_owner()), 3):
        right = owner.phone.respond(owner.question(challenge), PIN)
        answers = cluster.race([by_hand(owner.desk, right)] * many(20))
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert cluster.one(LOGIN, login) == "consumed"
        assert owner.recorded("challenge.approve") == owner.recorded("login.claim") == 1
        given = {answer.cookies["session"] for answer in answers if answer.cookies.get("session")}
        assert len([cookie for cookie in given if Desk(cluster, {"session": cookie}).is_in()]) == 1
        limits = ("factor/5m", "factor/24h")
        assert [owner.counted(limit, f"{owner.pk}:known") for limit in limits] == [0, 0]
        assert owner.counted_for_all("factor-address/5m") == 0
        assert cluster.row(KEY, owner.pk) == ("active", 0, 0)


def test_of_twenty_wrong_responses_by_hand_three_are_compared(cluster, moments, new_owner):
    """RC-11."""
    for owner, _login, challenge in moments(lambda: asked(new_owner()), 3):
        answers = cluster.race([by_hand(owner.desk, WRONG)] * many(20))
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert owner.recorded("challenge.response", ok=False) == 3
        assert cluster.row(CHALLENGE, challenge["id"]) == ("failed", "response", 0, 3)
        # What was not compared costs nobody anything: neither the person, the address nor the key.
        limits = ("factor/5m", "factor/1h", "factor/24h")
        assert [owner.counted(limit, f"{owner.pk}:known") for limit in limits] == [3, 3, 3]
        assert owner.counted_for_all("factor-address/5m") == 3
        assert cluster.row(KEY, owner.pk) == ("active", 0, 3)
        assert owner.desk.state() == "failed"


def test_the_persons_budget_holds_over_three_sign_ins_at_once(cluster, moments, new_owner):
    """RC-11."""

    def scene():
        owner, desks = new_owner(), [Desk(cluster) for _ in range(3)]
        for desk in desks:
            owner.begin(desk)
        return owner, *desks

    for owner, *desks in moments(scene, 2):
        answers = cluster.race([by_hand(desk, WRONG) for desk in desks] * (many(18) // 3))
        assert {answer.status for answer in answers} <= {200, 302, 429}
        compared = owner.recorded("challenge.response", ok=False)
        assert compared <= 5
        assert owner.counted("factor/5m") == compared
        assert cluster.row(KEY, owner.pk) == ("active", 0, compared)


def test_a_right_response_among_wrong_ones_signs_in_once(cluster, moments, new_owner):
    """RC-11."""

    def scene():
        owner, stranger = new_owner(), Desk(cluster)
        owner.begin(stranger)
        return owner, stranger, owner.begin()

    for owner, stranger, login in moments(scene, 4):
        mine = cluster.one("SELECT question FROM twofactor_challenge WHERE login_id = %s", login)
        good = by_hand(owner.desk, owner.phone.respond(mine, PIN))
        wrong = by_hand(stranger, WRONG)
        answers = cluster.race([wrong, good, wrong, good])
        assert {answer.status for answer in answers} <= {200, 302, 429}
        opened = [answer for answer in answers if answer.leads_to == "/"]
        assert len(opened) == owner.recorded("login.claim") == 1
        assert not stranger.is_in()
        owner.desk.take(opened[0])
        assert owner.desk.is_in()


def test_of_twenty_wrong_pins_three_are_compared(cluster, moments, new_owner):
    """RC-11."""
    for owner, login, challenge in moments(lambda: asked(new_owner()), 2):
        answers = []
        # Some come while others are judged and are asked to come again: so do they, until it is decided.
        while cluster.row(CHALLENGE, challenge["id"])[0] == "pending":
            burst = cluster.race([owner.approval(challenge, pin="0000")] * many(20))
            answers += burst
            assert {answer.code for answer in burst} <= {"wrong-pin", "settled", LATER}
            assert any(answer.code == "wrong-pin" for answer in burst)
        compared = [answer.json["attempts_left"] for answer in answers if answer.code == "wrong-pin"]
        assert len(compared) == 3
        assert min(compared) == 0
        assert owner.recorded("challenge.pin", ok=False) == 3
        assert cluster.row(CHALLENGE, challenge["id"]) == ("failed", "pin", 0, 3)
        assert cluster.row(KEY, owner.pk) == ("active", 3, 0)
        assert (cluster.one(LOGIN, login), owner.desk.state()) == ("pending", "failed")


def test_new_challenge_pressed_twelve_times_asks_once_and_three_times_in_all(cluster, moments, new_owner):
    turns = "SELECT count(*), count(DISTINCT turn), max(turn) FROM twofactor_challenge WHERE login_id = %s"
    for owner, login, _challenge in moments(lambda: asked(new_owner()), 2):
        for turn in (1, 2, 3):
            assert cluster.row(turns, login) == (turn, turn, turn)
            # Five minutes later.
            cluster.write("UPDATE twofactor_challenge SET expires = now() WHERE login_id = %s", login)
            again = owner.desk.message("POST", "/sign-in/verify/again/", then="verify-manual")
            cluster.race([again] * many(12))
        assert cluster.row(turns, login) == (3, 3, 3)
        assert owner.recorded("challenge.ask") == 2


def test_new_challenge_and_not_me_at_once_wait_for_nobody(cluster, moments, new_owner):
    def scene():
        owner, desk = new_owner(), Desk(cluster)
        owner.begin(desk)
        cluster.write("UPDATE accounts_tally SET count = 0")
        login = owner.begin()
        cluster.write("UPDATE twofactor_challenge SET expires = now() WHERE login_id = %s", login)
        return owner, desk, owner.phone.challenge()

    for owner, desk, challenge in moments(scene, 5):
        again = owner.desk.message("POST", "/sign-in/verify/again/", then="verify-manual")
        *_, denied = cluster.race([again, again, owner.refusal(challenge, "not_me")])
        assert denied.code == "denied"
        assert not desk.is_in()


def test_not_me_and_approve_decide_once_and_leave_no_way_in_after_an_alarm(cluster, moments, new_owner):
    """RC-02."""
    for owner, login, challenge in moments(lambda: asked(new_owner()), 8):
        alarm, approve = owner.refusal(challenge, "not_me"), owner.approval(challenge)
        answers = cluster.race([approve, alarm, approve])
        (verdict,) = {answer.code for answer in answers if answer.status == 200}
        alarmed = verdict == "denied"
        assert cluster.one("SELECT password_change_required FROM accounts_user WHERE id = %s", owner.pk) == alarmed
        refused = cluster.one("SELECT count(*) FROM accounts_refusedorigin WHERE user_id = %s", owner.pk)
        assert refused == (1 if alarmed else 0)
        assert cluster.one(LOGIN, login) == ("failed" if alarmed else "approved")
        assert owner.recorded("challenge.approve") + owner.recorded("challenge.deny") == 1
        owner.desk.post("/sign-in/finish/")
        assert owner.desk.is_in() is not alarmed
