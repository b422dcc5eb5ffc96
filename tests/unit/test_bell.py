"""The bell rings where it is heard, and a Redis in trouble keeps nobody (FI-03, R-89)."""

import asyncio
import socket
import threading

import pytest

from twofactor import bell as bells
from twofactor import policy

PATIENCE = 10


@pytest.fixture(autouse=True)
def over(monkeypatch):
    """The threads of every bell of a test end with it."""
    made, make = [], bells.Bell.__init__

    def noted(self, **how):
        make(self, **how)
        made.append(self)

    monkeypatch.setattr(bells.Bell, "__init__", noted)
    yield
    for each in made:
        each.end()


class Ear:
    """Somebody who waits: it counts the calls, and in which thread they came."""

    def __init__(self):
        self.calls, self.words, self.threads, self.called = 0, [], set(), asyncio.Event()

    def look(self, word):
        self.calls += 1
        self.words.append(word)
        self.threads.add(threading.current_thread())
        self.called.set()

    async def heard(self):
        async with asyncio.timeout(PATIENCE):
            await self.called.wait()
        self.called.clear()


@pytest.fixture
def mute(settings):
    """A Redis that takes every connection and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings.REDIS_URL = f"redis://127.0.0.1:{door.getsockname()[1]}/0"
        yield


@pytest.fixture
def gone(settings):
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"


async def test_a_thread_rings_in_the_loop_of_whoever_waits():
    bell, ear = bells.Bell(shared=False), Ear()
    bell.watch("desk.1", ear.look)
    await asyncio.to_thread(bell.ring, "desk.1")
    await ear.heard()
    assert ear.calls == 1
    assert ear.threads == {threading.current_thread()}


async def test_only_those_of_the_group_are_called():
    bell, ear, other = bells.Bell(shared=False), Ear(), Ear()
    bell.watch("desk.1", ear.look)
    bell.watch("desk.2", other.look)
    bell.ring("desk.1")
    await ear.heard()
    assert (ear.calls, other.calls) == (1, 0)


async def test_all_of_a_group_are_called():
    bell, ears = bells.Bell(shared=False), [Ear(), Ear()]
    for ear in ears:
        bell.watch("desk.1", ear.look)
    bell.ring("desk.1")
    for ear in ears:
        await ear.heard()
    assert [ear.calls for ear in ears] == [1, 1]


async def test_a_word_comes_with_the_bell():
    bell, ear = bells.Bell(shared=False), Ear()
    bell.watch("desk.1", ear.look)
    bell.ring("desk.1", "approved")
    await ear.heard()
    assert ear.words == ["approved"]


@pytest.mark.parametrize(
    ("message", "read"),
    [
        ("", []),
        ("desk.1", [("desk.1", "")]),
        ("desk.1 approved", [("desk.1", "approved")]),
        ("key.a desk.1 approved person.2", [("key.a", ""), ("desk.1", "approved"), ("person.2", "")]),
        ("desk.1 desk.1 approved", [("desk.1", ""), ("desk.1", "approved")]),
        ("approved desk.1", [("desk.1", "")]),
        ("desk.1 approved approved", [("desk.1", "approved")]),
    ],
)
def test_a_word_belongs_to_the_group_before_it(message, read):
    assert list(bells._read(message.split())) == read


async def test_who_has_left_is_not_called_and_takes_no_room():
    bell, ear, other = bells.Bell(shared=False), Ear(), Ear()
    bell.watch("desk.1", ear.look)
    bell.watch("desk.1", other.look)
    bell.leave("desk.1", ear.look)
    bell.ring("desk.1")
    await other.heard()
    assert ear.calls == 0
    bell.leave("desk.1", other.look)
    assert not bell._watchers


def test_a_loop_that_has_ended_is_no_accident():
    bell, ear = bells.Bell(shared=False), Ear()

    async def wait():
        bell.watch("desk.1", ear.look)

    asyncio.run(wait())
    bell.ring("desk.1")
    assert ear.calls == 0


def test_alone_it_is_never_deaf():
    bell = bells.Bell(shared=False)
    assert not bell.is_deaf
    assert bell.looks_every is None


@pytest.mark.parametrize(("waiting", "seconds"), [(1, 2.0), (400, 2.0), (1000, 5.0), (100_000, 25.0)])
def test_the_more_wait_at_a_deaf_process_the_longer_each_of_them_does(waiting, seconds):
    bell = bells.Bell(shared=True)
    bell._watchers = dict.fromkeys(range(waiting))
    assert bell.looks_every == seconds


async def test_with_a_redis_that_hangs_those_of_this_process_are_called_at_once(mute):
    bell, ear = bells.Bell(shared=True), Ear()
    bell.watch("desk.1", ear.look)
    bell.ring("desk.1")
    await ear.heard()
    assert bell.is_deaf


def test_a_redis_that_is_gone_is_asked_again_and_again(gone, monkeypatch):
    monkeypatch.setattr(policy, "BELL_AGAIN", 0.001)
    bell, asked = bells.Bell(shared=True), threading.Semaphore(0)
    connect = bell._connect

    def counted():
        asked.release()
        return connect()

    monkeypatch.setattr(bell, "_connect", counted)

    async def wait():
        bell.watch("desk.1", Ear().look)

    asyncio.run(wait())
    # Once by the thread that tells, and from then on by the one that listens.
    assert all(asked.acquire(timeout=PATIENCE) for _ in range(4))
    assert bell.is_deaf


def test_a_thread_for_which_there_was_no_room_begins_with_the_next_who_rings(gone, monkeypatch):
    bell, asked, start = bells.Bell(shared=True), threading.Semaphore(0), threading.Thread.start
    connect, refused = bell._connect, []

    def crowded(thread):
        if not refused:
            refused.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    def counted():
        asked.release()
        return connect()

    monkeypatch.setattr(threading.Thread, "start", crowded)
    monkeypatch.setattr(bell, "_connect", counted)
    bell.ring("desk.1")
    assert len(refused) == 1
    bell.ring("desk.2")
    assert asked.acquire(timeout=PATIENCE)
