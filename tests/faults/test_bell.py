"""Redis dies, hangs, is slow, is cut off or forgets everything at every moment of a sign-in (FI-01, FI-02, FI-03)."""

import pytest
import redis

from tests.faults.fragile import bell_cut, bell_killed, bell_paused, bell_slow
from tests.faults.walks import accounts_agree, complete, every_moment
from tests.services.people import Desk, hear
from tests.services.talk import BRISK

# Seconds in which an open page hears again, once there is a bell again (FI-01).
BACK = 10


@every_moment(bell_killed, briefly=(bell_paused, bell_cut))
def test_a_sign_in_needs_no_bell(cluster, owner, moment, trouble):
    """FI-01, FI-03: all of it goes on by itself, and nobody waits for it."""
    answer = moment(cluster, owner, trouble)
    assert answer
    assert answer.status in (200, 302)
    assert answer.seconds < BRISK
    complete(owner)
    accounts_agree(owner)


@pytest.mark.parametrize("trouble", [bell_killed, bell_paused, bell_cut, bell_slow])
def test_while_there_is_no_bell_a_sign_in_goes_all_the_way_and_limits_count(cluster, owner, trouble):
    """FI-01, FI-03."""
    with trouble(cluster):
        owner.sign_in(Desk(cluster))
        wrong = Desk(cluster).give_password(owner.username, "not the password")
        assert wrong.status == 200
        assert all(answer.seconds < BRISK for answer in cluster.answers)
    assert cluster.one("SELECT count FROM accounts_tally WHERE name = 'password-site/5m'") == 1
    accounts_agree(owner)


def test_a_bell_that_forgets_everything_takes_nothing_away(cluster, owner):
    """FI-02: what is used, counted and signed in stands in rows."""
    wrong = Desk(cluster)
    wrong.give_password(owner.username, "not the password")
    inside = owner.sign_in(Desk(cluster))
    owner.begin()
    challenge = owner.phone.challenge()
    approval = owner.approval(challenge)
    assert cluster.send(approval).code == "approved"
    with redis.Redis(unix_socket_path=str(cluster.bell.folder / "redis.sock")) as bell:
        bell.flushall()
    assert cluster.send(approval).code != "unsent"
    assert owner.recorded("challenge.approve") == 2
    assert inside.is_in()
    assert cluster.one("SELECT count FROM accounts_tally WHERE name = 'password-site/5m'") == 1
    complete(owner)
    accounts_agree(owner)


@pytest.mark.parametrize("trouble", [bell_killed, bell_cut])
def test_a_page_that_was_open_hears_again_once_there_is_a_bell(cluster, owner, trouble):
    """FI-01: without a reload, by the socket that it has, or by the next one, which pages open by themselves."""
    first, second = cluster.servers
    owner.begin()
    with owner.desk.watch(first) as watching:
        hear(watching, "waiting", BACK)
        with trouble(cluster):
            assert owner.desk.state(second) == "waiting"
        assert owner.answer_at(second).code == "approved"
        hear(watching, "approved", BACK)
    complete(owner)
    accounts_agree(owner)
