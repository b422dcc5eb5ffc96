"""A process that is asked to end finishes what it has begun, and sends who waits to the others (SIGTERM)."""

import signal
from threading import Thread

import pytest
from websockets.exceptions import ConnectionClosed

from tests.services.people import SOON, Owner, hear

RESTART = 1012


@pytest.fixture
def waiting(cluster):
    """Somebody who waits at a process that will end; another one goes on."""
    with cluster.with_settings():
        owner = Owner(cluster)
        owner.activate()
        owner.begin()
        yield owner


def test_who_waits_is_told_to_come_back_and_is_approved_elsewhere(cluster, waiting):
    first, second = cluster.servers
    approval = waiting.approval(waiting.phone.challenge())
    with waiting.desk.watch(first) as watching:
        hear(watching, "waiting", SOON)
        first.end()
        with pytest.raises(ConnectionClosed) as closed:
            _until_closed(watching)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == RESTART
    with waiting.desk.watch(second) as watching:
        hear(watching, "waiting", SOON)
        assert cluster.send(approval, second).code == "approved"
        hear(watching, "approved", SOON)
    assert waiting.desk.post("/sign-in/finish/", second).leads_to == "/"
    assert first.process.wait(SOON) in (0, -signal.SIGTERM)


def _until_closed(watching):
    """Frames that are on their way come first."""
    while watching.recv(SOON):
        pass


def test_an_answer_on_its_way_is_taken_before_the_process_ends(cluster, waiting):
    """Its challenge is kept from it until the process has been asked to end."""
    first, second = cluster.servers
    asked = waiting.phone.challenge()
    approval, answers = waiting.approval(asked), []
    answering = Thread(target=lambda: answers.append(cluster.send(approval, first)))
    with cluster.holding("SELECT FROM twofactor_challenge WHERE id = %s", asked["id"]):
        answering.start()
        cluster.wait_for("SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        first.end()
        first.expect_closed()
    answering.join(SOON)
    assert [answer.code for answer in answers] == ["approved"]
    assert first.process.wait(SOON) in (0, -signal.SIGTERM)
    assert waiting.desk.post("/sign-in/finish/", second).leads_to == "/"
