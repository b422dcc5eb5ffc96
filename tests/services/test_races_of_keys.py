"""Activation codes and keys that meet: one device wins a code, one key is active."""

from functools import partial

from tests.factories import PIN
from tests.services.people import Desk

ACTIVE = "SELECT kid FROM twofactor_portalkey WHERE user_id = %s AND state = 'active'"
LOGIN = "SELECT state FROM accounts_login WHERE id = %s"


def test_of_six_devices_one_claims_the_code(cluster, rounds):
    for owner in rounds(12):
        code = owner.new_code()
        phones = [owner.new_phone() for _ in range(6)]
        answers = cluster.race([owner.written(phone, partial(phone.claim, code)) for phone in phones])
        assert sorted(answer.status for answer in answers) == [201, 404, 404, 404, 404, 404]
        assert {answer.code for answer in answers if answer.status == 404} == {"code-unknown"}
        assert owner.recorded("activation.claim") == 1


def written_keys(owner, phone, count: int):
    """As many different keys for the one activation that this phone has claimed."""
    return [owner.written(phone, lambda: phone.activate(PIN)) for _ in range(count)]


def test_of_six_keys_for_one_code_one_becomes_active(cluster, rounds):
    for owner in rounds(8):
        phone = owner.new_phone()
        phone.claim(owner.new_code())
        answers = cluster.race(written_keys(owner, phone, 6))
        assert sorted(answer.status for answer in answers) == [201, 404, 404, 404, 404, 404]
        (won,) = [answer.json["kid"] for answer in answers if answer.status == 201]
        assert cluster.rows(ACTIVE, owner.pk) == [(won,)]
        assert owner.recorded("key.activate") == owner.recorded("activation.complete") == 1
        assert owner.desk.is_in()


def test_one_key_sent_six_times_is_made_once(cluster, rounds):
    for owner in rounds(5):
        phone = owner.new_phone()
        phone.claim(owner.new_code())
        answers = cluster.race(written_keys(owner, phone, 1) * 6)
        assert sorted(answer.status for answer in answers) == [201, 404, 404, 404, 404, 404]
        assert len(cluster.rows(ACTIVE, owner.pk)) == 1
        assert owner.recorded("key.activate") == 1


def test_an_approval_by_the_old_key_opens_nothing_once_the_new_one_is_active(cluster, rounds):
    for owner in rounds(8):
        owner.phone.keys.clear()
        old = owner.phone.claim(owner.new_code()) and owner.phone.activate(PIN)
        waiting = Desk(cluster)
        login = owner.begin(waiting)
        challenge = owner.phone.challenge()
        approve = owner.approval(challenge)
        phone = owner.new_phone()
        phone.claim(owner.new_code())
        kept = owner.desk.copy()
        done, *approvals = cluster.race([*written_keys(owner, phone, 1), approve, approve])
        assert done.status == 201, done.text
        assert cluster.rows(ACTIVE, owner.pk) == [(done.json["kid"],)]
        assert done.json["kid"] != old
        assert {answer.code for answer in approvals} <= {"approved", "settled", "key-inactive", "slow-down"}
        waiting.post("/sign-in/finish/")
        assert not waiting.is_in()
        assert cluster.one(LOGIN, login) in ("superseded", "failed")
        assert kept.is_in(), "the desk that showed the code goes on"
