"""Frames that meet the end of what they tell of: the last word is what the rows say, and nothing follows it."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.services.people import SOON, Desk

SAID = {"state", "version"}
REFUSED = 4403


def rest(watching):
    """All frames that still come, and how the portal closes the line. TimeoutError if it does not, soon."""
    frames = []
    while True:
        try:
            frames.append(json.loads(watching.recv(timeout=SOON)))
        except ConnectionClosed as closed:
            return frames, closed.rcvd.code if closed.rcvd else None


@contextmanager
def watched(desk: Desk, at):
    """The socket of the pages about the key, for somebody who is signed in."""
    with desk.socket("/ws/security/", desk.get("/security/key/status/", at).json["ticket"], at) as watching:
        yield watching


def is_refused(desk: Desk, ticket: str, at) -> bool:
    with suppress(InvalidStatus), desk.socket("/ws/security/", ticket, at) as watching:
        return rest(watching) == ([], REFUSED)
    return True


@pytest.mark.parametrize("there", [0, 1])
def test_after_signing_out_no_frame_comes_and_the_line_is_closed(cluster, moments, new_owner, there):
    """RC-17: while the bell rings for this person all the time, at both processes (R-57, R-69)."""
    for owner in moments(new_owner, 3):
        server = cluster.servers[there]
        with watched(owner.desk, server) as watching:
            json.loads(watching.recv(timeout=SOON))
            ticket = owner.desk.get("/security/key/status/", server).json["ticket"]
            rings = [
                owner.desk.message("POST", "/security/key/test/"),
                owner.written(owner.phone, partial(owner.phone.rename, "Another name")),
            ]
            out = owner.desk.message("POST", "/sign-out/")
            *_, answer = cluster.race([*rings, out])
            owner.desk.take(answer)
            assert not owner.desk.is_in()
            frames, code = rest(watching)
        assert code == REFUSED
        assert all(frame.keys() == SAID for frame in frames)
        assert is_refused(owner.desk, ticket, server), "a ticket of a session that has ended"


def test_a_ticket_opens_one_socket_of_two_processes(cluster, moments, new_owner):
    """P-45: shown to both of them in the same moment, and many times."""

    def opens(at):
        # Refused before it opens, or let in and told how things stand.
        with suppress(InvalidStatus), desk.socket("/ws/sign-in/", ticket, at) as watching:
            return bool(watching.recv(timeout=SOON))
        return False

    for owner in moments(new_owner, 3):
        owner.begin()
        desk, ticket = owner.desk, owner.desk.get("/sign-in/status/").json["ticket"]
        with ThreadPoolExecutor(6) as threads:
            came = list(threads.map(opens, cluster.servers * 3))
        assert sorted(came) == [False] * 5 + [True]


def test_the_last_frame_of_a_sign_in_that_was_cancelled_says_so(cluster, moments, new_owner):
    """RC-17, RC-04: whatever was said before, to both pages that wait."""

    def scene():
        owner = new_owner()
        owner.begin()
        return owner, owner.phone.challenge()

    for owner, challenge in moments(scene, 3):
        here, there = cluster.servers
        with owner.desk.watch(here) as one, owner.desk.watch(there) as other:
            cancel = owner.desk.message("POST", "/sign-in/cancel/")
            approve = owner.approval(challenge)
            *_, cancelled = cluster.race([approve, approve, cancel])
            assert cancelled.status == 302
            for watching in (one, other):
                frames, _code = rest(watching)
                assert frames[-1]["state"] == "cancelled"
                assert {frame["state"] for frame in frames} <= {"waiting", "approved", "cancelled"}
