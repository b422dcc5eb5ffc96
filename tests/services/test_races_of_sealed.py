"""A temporary password that is fetched, sent anew and used at once: one is good, one session comes of it."""

import pytest

from tests.factories import PIN
from tests.services.moments import many
from tests.services.people import Desk, Owner
from tests.services.staff import Staff
from tests.services.talk import Message

STATES = "SELECT state FROM accounts_temporarypassword WHERE user_id = %s ORDER BY id"
KEY = "SELECT state, pin_failures FROM twofactor_portalkey WHERE user_id = %s AND state = 'active'"
CLAIMED = "SELECT count(*) FROM accounts_login WHERE user_id = %s AND state = 'consumed' AND temporary_id IS NOT NULL"
COPY = "bad-signature"
LATER = "slow-down"


@pytest.fixture
def sol(cluster) -> Staff:
    return Staff(cluster)


@pytest.fixture
def sent(cluster, new_owner, sol):
    """Somebody to whose phone, activated days ago, staff have sent a temporary password; and its message."""

    def scene():
        owner = new_owner()
        older = "UPDATE twofactor_portalkey SET activated_at = activated_at - interval '2 days' WHERE user_id = %s"
        cluster.write(older, owner.pk)
        answer = cluster.send(sol.press(owner, "password"))
        assert answer.leads_to, answer.text[-1500:]
        return owner, waiting(owner)

    return scene


def waiting(owner: Owner):
    (found,) = [each for each in owner.phone.messages() if each["kind"] == "temporary-password"]
    return found


def fetch(owner: Owner, message) -> Message:
    """What the phone sends to open it, signed now."""
    return owner.written(owner.phone, lambda: owner.phone.fetch(message, PIN))


def states(cluster, owner: Owner) -> list[str]:
    return [state for (state,) in cluster.rows(STATES, owner.pk)]


def test_of_twenty_copies_of_one_fetch_one_is_answered(cluster, moments, sent):
    """RC-15, AT-028, AT-114: a statement opens once, at whichever process."""
    for owner, message in moments(sent, 3):
        answers = cluster.race([fetch(owner, message)] * many(20))
        assert sorted(answer.status for answer in answers) == [200] + [403] * (len(answers) - 1)
        assert {answer.code for answer in answers if answer.status != 200} == {COPY}
        assert states(cluster, owner) == ["awake"]
        assert owner.recorded("sealed.open") == 1
        assert cluster.row(KEY, owner.pk) == ("active", 0)


def test_a_phone_that_fetches_five_times_at_once_wakes_it_once(cluster, moments, sent):
    """RC-15: signed anew each time; what was right costs no try."""
    for owner, message in moments(sent, 2):
        answers = cluster.race([fetch(owner, message) for _ in range(5)])
        opened = [answer.json["jwe"] for answer in answers if answer.status == 200]
        assert opened
        assert len(set(opened)) == 1
        assert {answer.code for answer in answers if answer.status != 200} <= {LATER}
        assert states(cluster, owner) == ["awake"]
        assert owner.recorded("sealed.open") - owner.refused("sealed.open", "again") == 1
        assert cluster.row(KEY, owner.pk) == ("active", 0)


def test_one_that_is_fetched_while_another_is_sent_is_over(cluster, moments, sent, sol):
    """RC-15: whoever was first, one is open: the newest. The third within a day is the last (R-41)."""
    for owner, message in moments(sent, 4):
        press = sol.press(owner, "password")
        fetched, *pressed = cluster.race([fetch(owner, message), press, press, press])
        assert fetched.status == 200 or fetched.code in ("expired", "not-found")
        assert [bool(answer.leads_to) for answer in pressed].count(True) == 2
        assert states(cluster, owner) == ["over", "over", "dormant"]
        assert owner.recorded("sealed.send") == 2
        assert waiting(owner)["id"] != message["id"]


def test_of_three_sign_ins_with_one_temporary_password_one_becomes_a_session(cluster, moments, sent):
    """RC-15, AT-028: the password opens three doors, the second factor fits in each, one session comes of it."""

    def scene():
        owner, message = sent()
        password = owner.phone.open(message, PIN)["password"]
        desks = [Desk(cluster) for _ in range(3)]
        logins = []
        for desk in desks:
            assert desk.give_password(owner.username, password).leads_to == "/sign-in/verify/"
            logins.append(owner.newest_login)
        return owner, logins, *desks

    for owner, logins, *desks in moments(scene, 3):
        typed = []
        for login, desk in zip(logins, desks, strict=True):
            asked = cluster.one("SELECT question FROM twofactor_challenge WHERE login_id = %s", login)
            response = owner.phone.respond(asked, PIN)
            typed.append(desk.message("POST", "/sign-in/verify/manual/", response=response))
        answers = cluster.race(typed * (many(18) // 3))
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert cluster.one(CLAIMED, owner.pk) == owner.recorded("sealed.use") == 1
        assert states(cluster, owner) == ["used"]
        given = {answer.cookies["session"] for answer in answers if answer.cookies.get("session")}
        opened = [Desk(cluster, {"session": cookie}).get("/").leads_to for cookie in given]
        # And that one leads to a new password, and nowhere else.
        assert opened.count("/security/password/") == 1
        assert all(led == "/security/password/" or led.startswith("/sign-in/") for led in opened)
