"""Activation codes and keys that meet: one device wins a code, one key is active."""

from functools import partial
from secrets import token_hex

import pytest

from tests.factories import PIN
from tests.services.moments import many
from tests.services.people import Desk

ACTIVE = "SELECT kid FROM twofactor_portalkey WHERE user_id = %s AND state = 'active'"
LOGIN = "SELECT state FROM accounts_login WHERE id = %s"
LISTED = "SELECT count(*) FROM accounts_opensession WHERE user_id = %s"
# A point of P-256 for the address of a phone: nothing is ever sealed for it.
POINT = "BGXeFf7LfsPN-1cPqHq3HOHxjonVl2sHBXzbv_X_hbdgZ9hQmLaQO62CvrDJiPefHylenBKFxYCxmYNhIO0bv34"
OPEN = "SELECT state FROM twofactor_activation WHERE user_id = %s AND state IN ('fresh', 'claimed', 'confirm')"


def kid_of(owner) -> str:
    (kid,) = owner.phone.keys
    return kid


def claiming(owner, phone, code: str):
    return owner.written(phone, partial(phone.claim, code))


def written_keys(owner, phone, count: int):
    """As many different keys for the one activation that this phone has claimed."""
    return [owner.written(phone, lambda: phone.activate(PIN)) for _ in range(count)]


def one_won(answers) -> bool:
    """One device was let in, and all others hear what everybody hears who has no code."""
    lost = [answer.code for answer in answers if answer.status != 201]
    return len(lost) == len(answers) - 1 and set(lost) == {"code-unknown"}


@pytest.fixture
def shown(new_owner):
    """A desk that shows a code for another phone, and that code."""

    def scene():
        owner = new_owner()
        return owner, owner.new_code()

    return scene


@pytest.fixture
def taken(shown):
    """The same, and the phone that has claimed the code."""

    def scene():
        owner, code = shown()
        phone = owner.new_phone()
        phone.claim(code)
        return owner, phone

    return scene


def test_of_ten_devices_one_claims_the_code(cluster, moments, shown):
    """RC-12, AT-026."""
    for owner, code in moments(shown, 5):
        phones = [owner.new_phone() for _ in range(many(10))]
        answers = cluster.race([claiming(owner, phone, code) for phone in phones])
        assert one_won(answers)
        assert owner.recorded("activation.claim") == 1


def test_a_code_that_is_claimed_while_a_new_one_is_shown_makes_no_key(cluster, moments, shown):
    """RC-13: whoever was first, the old code is over and one new one lives (P-29)."""
    for owner, code in moments(shown, 4):
        phone, late = owner.new_phone(), owner.new_phone()
        again = owner.desk.message("POST", "/security/key/move/")
        claimed, *_pages = cluster.race([claiming(owner, phone, code), again, again])
        assert claimed.status in (201, 404)
        assert cluster.rows(OPEN, owner.pk) == [("fresh",)]
        if claimed.status == 201:
            phone.claimed = claimed.json
            (complete,) = written_keys(owner, phone, 1)
            assert cluster.send(complete).code == "code-unknown"
        assert cluster.rows(ACTIVE, owner.pk) == [(kid_of(owner),)]
        # And the code that the page shows now is the one that works.
        late.claim(owner.shown_code())
        assert cluster.rows(OPEN, owner.pk) == [("claimed",)]


def test_a_key_that_is_activated_while_new_codes_are_asked_for_is_not_replaced_by_them(cluster, moments, new_owner):
    """RC-13: a code beside a key needs that key's approval, also when the key has just come."""

    def scene():
        owner = new_owner()
        # As long ago: no key, and a desk that has just signed in with the password alone.
        mine = "(SELECT id FROM twofactor_portalkey WHERE user_id = %s)"
        for table in ("twofactor_challenge", "twofactor_message", "twofactor_askedquestion"):
            cluster.write(f"DELETE FROM {table} WHERE key_id IN {mine}", owner.pk)
        for table in ("twofactor_activation", "twofactor_portalkey", "accounts_opensession"):
            cluster.write(f"DELETE FROM {table} WHERE user_id = %s", owner.pk)
        owner.phone.keys.clear()
        owner.desk = Desk(cluster)
        assert owner.desk.give_password(owner.username).leads_to == "/"
        phone = owner.new_phone()
        phone.claim(owner.shown_code())
        return owner, phone, owner.desk

    for owner, phone, _desk in moments(scene, 6):
        again = owner.desk.message("POST", "/security/key/new-code/")
        done, *_pages = cluster.race([*written_keys(owner, phone, 1), again, again, again])
        active, fresh = cluster.rows(ACTIVE, owner.pk), cluster.rows(OPEN, owner.pk)
        # Either the code was withdrawn before its phone was done, and one newer code lives; or a key, and no code.
        assert (done.status, len(active), len(fresh)) in ((201, 1, 0), (404, 0, 1)), (done.status, active, fresh)


def test_of_six_keys_for_one_code_one_becomes_active(cluster, moments, taken):
    """RC-14, AT-026: two devices that share one claimed code are two keys for it."""
    for owner, phone in moments(taken, 4):
        answers = cluster.race(written_keys(owner, phone, 6))
        assert one_won(answers)
        (won,) = [answer.json["kid"] for answer in answers if answer.status == 201]
        assert cluster.rows(ACTIVE, owner.pk) == [(won,)]
        assert owner.recorded("key.activate") == owner.recorded("activation.complete") == 1
        assert owner.desk.is_in()


def test_one_key_sent_six_times_is_made_once(cluster, moments, taken):
    """RC-14."""
    for owner, phone in moments(taken, 3):
        answers = cluster.race(written_keys(owner, phone, 1) * 6)
        assert one_won(answers)
        assert len(cluster.rows(ACTIVE, owner.pk)) == 1
        assert owner.recorded("key.activate") == 1


def test_two_devices_that_meet_where_the_desk_confirms_leave_one_key(cluster, moments, new_owner, shown):
    """RC-14: six devices hold one claimed code; the desk types the number of the one that was let in, six times."""

    def scene():
        owner, code = shown()
        phone = owner.new_phone()
        phone.claim(code)
        return owner, phone

    # Before the setting: the owner's first key is activated without it.
    new_owner.renew()
    with cluster.with_settings(PORTAL_ACTIVATION_CONFIRM="true"):
        for owner, phone in moments(scene, 3):
            answers = cluster.race(written_keys(owner, phone, 6))
            assert one_won(answers)
            (won,) = [answer.json for answer in answers if answer.status == 201]
            assert won["state"] == "confirm"
            assert cluster.rows(ACTIVE, owner.pk) == [(kid_of(owner),)], "nothing has changed yet"
            confirm = owner.desk.message("POST", "/security/key/confirm/", code=won["confirm_code"])
            pages = cluster.race([confirm] * 6)
            assert {page.status for page in pages} <= {302, 400}
            assert cluster.rows(ACTIVE, owner.pk) == [(won["kid"],)]
            assert owner.recorded("key.activate") == owner.recorded("activation.confirm") == 1
            assert cluster.rows(OPEN, owner.pk) == []


def test_an_approval_by_the_old_key_opens_nothing_once_the_new_one_is_active(cluster, moments, taken):
    """RC-07: the key that approves is replaced meanwhile."""

    def scene():
        owner, phone = taken()
        kept, waiting = owner.desk, Desk(cluster)
        login = owner.begin(waiting)
        return owner, phone, kept, waiting, login, owner.phone.challenge(), kid_of(owner)

    for owner, phone, kept, waiting, login, challenge, old in moments(scene, 5):
        approve = owner.approval(challenge)
        done, *approvals = cluster.race([*written_keys(owner, phone, 1), approve, approve])
        assert done.status == 201, done.text
        assert cluster.rows(ACTIVE, owner.pk) == [(done.json["kid"],)]
        assert done.json["kid"] != old
        assert {answer.code for answer in approvals} <= {"approved", "settled", "key-inactive", "slow-down"}
        waiting.post("/sign-in/finish/")
        assert not waiting.is_in()
        assert cluster.one(LOGIN, login) in ("superseded", "failed")
        assert kept.is_in(), "the desk that showed the code goes on"


def test_a_claim_and_a_key_that_is_given_up_leave_nobody_inside_by_it(cluster, moments, new_owner):
    """RC-07: by its phone, with a claim and an approval of another sign-in that it meets (R-04)."""

    def scene():
        owner = new_owner()
        claiming, waiting = Desk(cluster), Desk(cluster)
        login = owner.begin(claiming)
        owner.approve(owner.phone.challenge())
        other = owner.begin(waiting)
        return owner, claiming, waiting, login, other, owner.phone.challenge()

    for owner, claiming, waiting, login, other, challenge in moments(scene, 6):
        claim = claiming.message("POST", "/sign-in/finish/")
        give_up = owner.written(owner.phone, owner.phone.revoke)
        claimed, approved, gone, _twice = cluster.race([claim, owner.approval(challenge), give_up, claim])
        assert gone.status == 200, gone.text
        assert cluster.rows(ACTIVE, owner.pk) == []
        assert cluster.one(LOGIN, login) in ("consumed", "superseded", "failed")
        assert cluster.one(LOGIN, other) in ("superseded", "failed")
        assert approved.code in ("approved", "settled", "key-inactive")
        claiming.take(claimed)
        waiting.post("/sign-in/finish/")
        assert [desk.is_in() for desk in (claiming, waiting, owner.desk)] == [False] * 3
        assert cluster.one(LISTED, owner.pk) == 0


def test_a_phone_that_says_where_to_wake_it_and_an_owner_who_disowns_its_key_wait_for_nobody(
    cluster, moments, new_owner
):
    """Both write the key and the silent question that proves an address, in one order: person, question, key."""

    def scene():
        owner = new_owner()
        owner.phone.push(place())
        # The record stays when the rows go back, and other tests have given this owner other keys.
        this_one = "SELECT name FROM accounts_auditevent WHERE kind = 'key.activate' AND facts->>'kid' = %s"
        return owner, cluster.one(this_one, kid_of(owner))

    for owner, event in moments(scene, 5):
        said = [owner.written(owner.phone, partial(owner.phone.push, place())) for _ in range(3)]
        disown = owner.desk.message("POST", f"/security/activity/{event}/not-me/")
        *answers, disowned = cluster.race([*said, disown])
        assert disowned.status == 302, disowned.text[-1500:]
        assert {answer.status for answer in answers} <= {200, 403}
        assert cluster.rows(ACTIVE, owner.pk) == []


def place() -> dict[str, str]:
    """Where a phone can be woken: a new address each time."""
    return {"endpoint": f"https://fcm.googleapis.com/fcm/send/{token_hex(8)}", "p256dh": POINT, "auth": "A" * 22}


def test_a_claim_and_a_key_that_is_switched_off_at_the_desk_leave_that_desk_alone_inside(cluster, moments, new_owner):
    """RC-07: by its person, who stays."""

    def scene():
        owner, claiming = new_owner(), Desk(cluster)
        login = owner.begin(claiming)
        owner.approve(owner.phone.challenge())
        return owner, claiming, login

    for owner, claiming, login in moments(scene, 4):
        claim = claiming.message("POST", "/sign-in/finish/")
        off = owner.desk.message("POST", "/security/key/deactivate/")
        claimed, done, _twice = cluster.race([claim, off, claim])
        assert done.leads_to == "/security/key/", done.text[-1500:]
        owner.desk.take(done)
        claiming.take(claimed)
        assert cluster.rows(ACTIVE, owner.pk) == []
        assert cluster.one(LOGIN, login) in ("consumed", "superseded", "failed")
        assert owner.desk.is_in()
        assert not claiming.is_in()
        assert cluster.one(LISTED, owner.pk) == 1
