"""Whose turn it is to look: together, in the order in which they came, and nobody twice."""

import pytest

from twofactor import policy, rounds


class Clock:
    """An event loop as far as a round asks it: the time, and no walk."""

    now = 100.0

    def time(self):
        return self.now

    def create_task(self, walk):
        walk.close()


class Socket:
    login_id, seen, place = "a", 1, 0


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def all_of_them(clock):
    return rounds.Rounds(clock)


def test_those_who_came_soon_after_each_other_have_one_turn(clock, all_of_them):
    sockets = [Socket() for _ in range(3)]
    for socket in sockets:
        all_of_them.join(socket)
        clock.now += policy.SOCKET_LOOKS / 50
    clock.now = 100.0 + policy.SOCKET_LOOKS
    assert all_of_them._due() == sockets
    assert all_of_them._due() == []


def test_nobody_has_a_turn_long_before_it_is_theirs(clock, all_of_them):
    all_of_them.join(Socket())
    clock.now += 0.9 * policy.SOCKET_LOOKS
    assert all_of_them._due() == []


def test_whoever_has_looked_meanwhile_has_one_turn_from_then_on(clock, all_of_them):
    socket = Socket()
    all_of_them.join(socket)
    clock.now += policy.SOCKET_LOOKS / 2
    all_of_them.join(socket)
    clock.now += policy.SOCKET_LOOKS / 2
    assert all_of_them._due() == []
    clock.now += policy.SOCKET_LOOKS / 2
    assert all_of_them._due() == [socket]


def test_whoever_has_left_has_none_and_gets_none(clock, all_of_them):
    socket = Socket()
    all_of_them.join(socket)
    socket.place = rounds.GONE
    all_of_them.join(socket)
    clock.now += policy.SOCKET_LOOKS
    assert all_of_them._due() == []
    assert not all_of_them._queue


def test_a_crowd_has_its_turns_in_several_statements(clock, all_of_them):
    for _ in range(rounds._AT_ONCE + 1):
        all_of_them.join(Socket())
    clock.now += policy.SOCKET_LOOKS
    assert [len(all_of_them._due()) for _ in range(3)] == [rounds._AT_ONCE, 1, 0]
