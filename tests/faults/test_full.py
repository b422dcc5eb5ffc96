"""There is no room: for the record, or for the log (FI-15)."""

import socket
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.walks import accounts_agree
from tests.services.cluster import Server
from tests.services.people import Desk

# Rows that nobody ever sees, large ones and then small ones, for as long as there is room for one more.
FILLING = """
    INSERT INTO accounts_auditevent (at, kind, outcome, reason, username, login_id, browser, facts, before, mac)
    VALUES (now(), '', '', '', '', '', '', %s, '', '')
"""
SIZES = ['{"": "' + "x" * 1700 + '"}', "{}"]


@contextmanager
def no_room_for_the_record(cluster):
    """The table of events fills its file to the last byte, and the disk has no room for more of it."""
    cluster.write("ALTER TABLE accounts_auditevent SET (autovacuum_enabled = false)")
    with cluster.database.full():
        cluster.hang_up()
        # Not committed and not taken back: nobody tidies up what is still being written.
        with cluster.holding("SELECT 1") as filling:
            for size in SIZES:
                while has_room(filling, size):
                    pass
            yield
    cluster.hang_up()
    cluster.write("VACUUM accounts_auditevent")
    cluster.write("ALTER TABLE accounts_auditevent RESET (autovacuum_enabled)")


def has_room(filling, size):
    try:
        with filling.transaction():
            filling.execute(FILLING, [size])
    except psycopg.Error as problem:
        assert "could not extend file" in str(problem)  # noqa: PT017 - any other is a mistake of ours
        return False
    return True


def test_what_cannot_be_recorded_does_not_happen(cluster, owner):
    """FI-15: no approval, no claim and no sign-in without its event; with room for it, all of them."""
    other = Desk(cluster)
    owner.begin()
    challenge = owner.phone.challenge()
    with no_room_for_the_record(cluster):
        assert cluster.send(owner.approval(challenge)).status == 503
    assert owner.desk.state() == "waiting"
    owner.approve(challenge)
    with no_room_for_the_record(cluster):
        assert owner.desk.post("/sign-in/finish/").status == 503
        assert other.give_password(owner.username).status == 503
    assert not owner.desk.is_in()
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    assert owner.desk.is_in()
    accounts_agree(owner)


@pytest.fixture
def mute(cluster):
    """A process whose log lies on a full disk."""
    folder = cluster.servers[0].log.parent
    (folder / "mute.log").symlink_to("/dev/full")
    server = Server("mute", folder, cluster.servers[0].environment, socket.create_server(("127.0.0.1", 0)))
    server.expect_ready()
    yield server
    server.stop()


def test_a_log_that_is_full_keeps_nobody_out(cluster, owner, mute):
    """FI-15: the record stands in the database; lines of the log are a copy of it."""
    assert owner.desk.give_password(owner.username, at=mute).leads_to == "/sign-in/verify/"
    assert owner.answer_at(mute).code == "approved"
    assert owner.desk.post("/sign-in/finish/", mute).leads_to == "/"
    accounts_agree(owner)
