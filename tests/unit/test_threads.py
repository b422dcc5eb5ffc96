"""Threads that are kept: each errand is done once, by as few of them as can, and comes back to whoever waits."""

from __future__ import annotations

import asyncio
import threading

import pytest

from accounts.threads import Threads


async def test_one_after_the_other_is_done_by_one_thread() -> None:
    threads = Threads(4, "kept")
    names = [await threads.run(lambda: threading.current_thread().name) for _each in range(5)]
    assert names == ["kept_0"] * 5


async def test_no_more_threads_begin_than_there_may_be() -> None:
    threads, both = Threads(2, "two"), threading.Barrier(2)

    def together() -> str:
        # Nobody comes past it alone.
        both.wait(10)
        return threading.current_thread().name

    names = await asyncio.gather(*(threads.run(together) for _each in range(6)))
    assert set(names) == {"two_0", "two_1"}


async def test_what_breaks_there_breaks_whoever_waits_and_not_the_thread() -> None:
    threads = Threads(1, "breaks")
    with pytest.raises(ZeroDivisionError):
        await threads.run(divmod, 1, 0)
    assert await threads.run(divmod, 7, 2) == (3, 1)


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    threads, free, done = Threads(1, "left"), threading.Event(), list[str]()
    first, left = threads.run(free.wait, 10), threads.run(done.append, "left")
    left.cancel()
    free.set()
    assert await first
    await threads.run(done.append, "after it")
    assert done == ["after it"]


@pytest.fixture
def no_thread_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)


@pytest.mark.usefixtures("no_thread_begins")
async def test_where_no_thread_begins_nobody_waits_and_the_next_one_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = Threads(1, "refused")
    for _each in range(3):
        with pytest.raises(RuntimeError, match="new thread"):
            threads.run(divmod, 7, 2)
    # As nothing has begun, there is nothing to wait for at the end.
    threads._end()
    monkeypatch.undo()
    assert await threads.run(lambda: threading.current_thread().name) == "refused_0"


async def test_where_no_more_threads_begin_those_that_there_are_do_it(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    threads, free, both = Threads(2, "short"), threading.Event(), threading.Barrier(2)
    first = threads.run(free.wait, 10)
    request.getfixturevalue("no_thread_begins")
    second = threads.run(lambda: threading.current_thread().name)
    free.set()
    assert await asyncio.gather(first, second) == [True, "short_0"]
    monkeypatch.undo()
    # And once there are threads again, so are as many as there may be.
    assert sorted(await asyncio.gather(threads.run(both.wait, 10), threads.run(both.wait, 10))) == [0, 1]


def test_a_loop_that_has_ended_ends_no_thread() -> None:
    threads, free = Threads(1, "outlives"), threading.Event()

    async def leave() -> None:
        threads.run(free.wait, 10)

    asyncio.run(leave())
    free.set()

    async def come() -> str:
        return await threads.run(lambda: threading.current_thread().name)

    assert asyncio.run(come()) == "outlives_0"


def test_what_has_begun_is_finished_before_the_process_ends() -> None:
    threads, done = Threads(1, "ends"), list[int]()

    async def leave() -> None:
        for number in range(3):
            threads.run(done.append, number)

    asyncio.run(leave())
    threads._end()
    assert done == [0, 1, 2]
