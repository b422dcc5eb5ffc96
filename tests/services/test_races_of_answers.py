"""Answers, refusals and claims that meet: the first one decides, and everybody is told the same."""

from collections import Counter

from tests.factories import PIN
from tests.services.people import Desk

CHALLENGE = "SELECT state, reason, number_tries, response_tries FROM twofactor_challenge WHERE id = %s"
KEY = "SELECT state, pin_failures, desk_failures FROM twofactor_portalkey WHERE user_id = %s AND state = 'active'"
LOGIN = "SELECT state FROM accounts_login WHERE id = %s"
SESSIONS = "SELECT count(*) FROM accounts_opensession WHERE user_id = %s"
# Told apart from a verdict: it came while others were being judged, and may come again.
LATER = "slow-down"


def test_of_ten_equal_answers_one_approves(cluster, rounds):
    for owner in rounds(10):
        login = owner.begin()
        challenge = owner.phone.challenge()
        answers = cluster.race([owner.approval(challenge)] * 10)
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


def test_approve_deny_and_cancel_end_in_one_state_that_all_agree_on(cluster, rounds):
    for owner in rounds(15):
        login = owner.begin()
        challenge = owner.phone.challenge()
        approve, deny = owner.approval(challenge), owner.refusal(challenge)
        cancel = owner.desk.message("POST", "/sign-in/cancel/")
        *answers, cancelled = cluster.race([approve, deny, approve, deny, cancel])
        owner.desk.take(cancelled)
        said = [answer.code for answer in answers if answer.status == 200]
        asked, ended = cluster.row(CHALLENGE, challenge["id"])[0], cluster.one(LOGIN, login)
        # An approval may still be cancelled at the desk before it is claimed; nothing else changes an end.
        assert (asked, ended) in {
            ("approved", "approved"),
            ("approved", "cancelled"),
            ("denied", "failed"),
            ("superseded", "cancelled"),
        }
        assert said == ([asked] if asked in ("approved", "denied") else [])
        settled = {answer.json["state"] for answer in answers if answer.code == "settled"}
        assert settled <= {asked}
        recorded = [owner.recorded(kind) for kind in ("challenge.approve", "challenge.deny", "login.cancel")]
        assert recorded == [asked == "approved", asked == "denied", ended == "cancelled"]
        page = {"approved": "approved", "failed": "denied", "cancelled": "cancelled"}[ended]
        assert owner.desk.state() == page
        # And no way leads in but an approval that nobody cancelled.
        owner.desk.post("/sign-in/finish/")
        assert owner.desk.is_in() == (ended == "approved")


def test_of_ten_claims_by_one_browser_one_opens_a_session(cluster, rounds):
    for owner in rounds(8):
        cluster.write("DELETE FROM accounts_opensession WHERE user_id = %s", owner.pk)
        login = owner.begin()
        owner.approve(owner.phone.challenge())
        answers = cluster.race([owner.desk.message("POST", "/sign-in/finish/")] * 10)
        assert [answer.leads_to for answer in answers].count("/") == 1
        assert cluster.one(SESSIONS, owner.pk) == 1
        assert cluster.one(LOGIN, login) == "consumed"
        assert owner.recorded("login.claim") == 1
        given = [answer.cookies["session"] for answer in answers if answer.cookies.get("session")]
        inside = [cookie for cookie in given if Desk(cluster, {"session": cookie}).is_in()]
        assert len(inside) == 1
        owner.desk.cookies |= {"session": inside[0]}


def test_of_twenty_wrong_responses_by_hand_three_are_compared(cluster, rounds):
    for owner in rounds(8):
        owner.begin()
        challenge = owner.phone.challenge()
        wrong = "0000 0000"
        answers = cluster.race([owner.desk.message("POST", "/sign-in/verify/manual/", response=wrong)] * 20)
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert owner.recorded("challenge.response", ok=False) == 3
        assert cluster.row(CHALLENGE, challenge["id"]) == ("failed", "response", 0, 3)
        # What was not compared costs nobody anything: neither the person, the address nor the key.
        limits = ("factor/5m", "factor/1h", "factor/24h")
        assert [owner.counted(limit, f"{owner.pk}:known") for limit in limits] == [3, 3, 3]
        assert owner.counted("factor-address/5m", owner.desk.address) == 3
        assert cluster.row(KEY, owner.pk) == ("active", 0, 3)
        assert owner.desk.state() == "failed"


def test_the_persons_budget_holds_over_three_sign_ins_at_once(cluster, rounds):
    for owner in rounds(3):
        desks = [Desk(cluster) for _ in range(3)]
        for desk in desks:
            owner.begin(desk)
        wrong = {"response": "0000 0000"}
        answers = cluster.race([desk.message("POST", "/sign-in/verify/manual/", **wrong) for desk in desks] * 6)
        assert {answer.status for answer in answers} <= {200, 302, 429}
        compared = owner.recorded("challenge.response", ok=False)
        assert compared <= 5
        assert owner.counted("factor/5m") == compared
        assert cluster.row(KEY, owner.pk) == ("active", 0, compared)


def test_a_right_response_among_wrong_ones_signs_in_once(cluster, rounds):
    for owner in rounds(10):
        stranger = Desk(cluster)
        owner.begin(stranger)
        login = owner.begin()
        mine = cluster.one("SELECT question FROM twofactor_challenge WHERE login_id = %s", login)
        right = owner.phone.respond(mine, PIN)
        wrong = stranger.message("POST", "/sign-in/verify/manual/", response="0000 0000")
        good = owner.desk.message("POST", "/sign-in/verify/manual/", response=right)
        answers = cluster.race([wrong, good, wrong, good])
        assert {answer.status for answer in answers} <= {200, 302, 429}
        opened = [answer for answer in answers if answer.leads_to == "/"]
        assert len(opened) == owner.recorded("login.claim") == 1
        assert not stranger.is_in()
        owner.desk.take(opened[0])
        assert owner.desk.is_in()


def test_of_twenty_wrong_pins_three_are_compared(cluster, rounds):
    for owner in rounds(5):
        login = owner.begin()
        challenge = owner.phone.challenge()
        answers = []
        # Some come while others are judged and are asked to come again: so do they, until it is decided.
        while cluster.row(CHALLENGE, challenge["id"])[0] == "pending":
            burst = cluster.race([owner.approval(challenge, pin="0000")] * 20)
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


def test_new_challenge_pressed_twelve_times_asks_once_and_three_times_in_all(cluster, rounds):
    asked = "SELECT count(*), count(DISTINCT turn), max(turn) FROM twofactor_challenge WHERE login_id = %s"
    for owner in rounds(3):
        login = owner.begin()
        for turn in (1, 2, 3):
            assert cluster.row(asked, login) == (turn, turn, turn)
            # Five minutes later.
            cluster.write("UPDATE twofactor_challenge SET expires = now() WHERE login_id = %s", login)
            again = owner.desk.message("POST", "/sign-in/verify/again/", then="verify-manual")
            cluster.race([again] * 12)
        assert cluster.row(asked, login) == (3, 3, 3)
        assert owner.recorded("challenge.ask") == 3


def test_new_challenge_and_not_me_at_once_wait_for_nobody(cluster, rounds):
    for owner in rounds(8):
        desk = Desk(cluster)
        owner.begin(desk)
        cluster.write("UPDATE accounts_tally SET count = 0")
        login = owner.begin()
        cluster.write("UPDATE twofactor_challenge SET expires = now() WHERE login_id = %s", login)
        challenge = owner.phone.challenge()
        again = owner.desk.message("POST", "/sign-in/verify/again/", then="verify-manual")
        *_, denied = cluster.race([again, again, owner.refusal(challenge, "not_me")])
        assert denied.code == "denied"
        assert not desk.is_in()


def test_not_me_and_approve_decide_once_and_leave_no_way_in_after_an_alarm(cluster, rounds):
    for owner in rounds(12):
        login = owner.begin()
        challenge = owner.phone.challenge()
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
