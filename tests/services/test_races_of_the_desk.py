"""What staff do at once, and what meets it: an answer, a claim. What they end stays ended."""

import pytest

from tests.services.people import Desk
from tests.services.staff import Staff

LOGIN = "SELECT state FROM accounts_login WHERE id = %s"
ACTIVE = "SELECT is_active FROM accounts_user WHERE id = %s"
LISTED = "SELECT count(*) FROM accounts_opensession WHERE user_id = %s"


@pytest.fixture
def sol(cluster) -> Staff:
    return Staff(cluster)


def test_a_claim_and_a_lock_leave_nobody_inside(cluster, moments, new_owner, sol):
    """RC-06: whoever was first, no session of a locked person opens a door (R-04, AT-010)."""

    def scene():
        owner = new_owner()
        claiming = Desk(cluster)
        login = owner.begin(claiming)
        owner.approve(owner.phone.challenge())
        return owner, claiming, login

    for owner, claiming, login in moments(scene, 4):
        claim = claiming.message("POST", "/sign-in/finish/")
        claimed, done, _twice = cluster.race([claim, sol.press(owner, "lock"), claim])
        assert done.leads_to, done.text[-1500:]
        assert not cluster.one(ACTIVE, owner.pk)
        assert cluster.one(LOGIN, login) in ("consumed", "cancelled")
        assert cluster.one(LISTED, owner.pk) == 0
        claiming.take(claimed)
        assert not claiming.is_in()
        assert not owner.desk.is_in()
        assert owner.recorded("login.claim") == (cluster.one(LOGIN, login) == "consumed")


def test_an_approval_and_a_lock_wait_for_nobody_and_open_nothing(cluster, moments, new_owner, sol):
    """RC-06: both write the sign-in and its question, in one order."""

    def scene():
        owner = new_owner()
        waiting = Desk(cluster)
        login = owner.begin(waiting)
        return owner, waiting, login, owner.phone.challenge()

    for owner, waiting, login, challenge in moments(scene, 8):
        approve = owner.approval(challenge)
        first, done, second = cluster.race([approve, sol.press(owner, "lock"), approve])
        assert done.leads_to, done.text[-1500:]
        assert {first.code, second.code} <= {"approved", "settled", "slow-down", "key-inactive"}
        assert cluster.one(LOGIN, login) == "cancelled"
        waiting.post("/sign-in/finish/")
        assert not waiting.is_in()
        assert cluster.one(LISTED, owner.pk) == 0
