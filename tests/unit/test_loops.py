"""What each event loop has one of: whoever asks there has the same, and a loop that is closed leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from accounts.loops import OfEachLoop


class Made:
    """Knows its loop, as all that have a timer or a task there do."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop


@pytest.fixture
def all_of_them() -> OfEachLoop[Made]:
    return OfEachLoop(Made)


@pytest.fixture
def runners() -> Iterator[list[asyncio.Runner]]:
    with ExitStack() as open_ones:
        yield [open_ones.enter_context(asyncio.Runner()) for _each in range(2)]


async def asked(all_of_them: OfEachLoop[Made]) -> Made:
    return all_of_them.here()


def test_a_loop_has_one_and_the_same_however_often_it_is_asked_for(all_of_them, runners):
    first, other = runners
    made = first.run(asked(all_of_them))
    other.run(asked(all_of_them))
    assert made.loop is first.get_loop()
    assert first.run(asked(all_of_them)) is made


def test_another_loop_has_its_own(all_of_them, runners):
    first, other = [runner.run(asked(all_of_them)) for runner in runners]
    assert first is not other
    assert [first.loop, other.loop] == [runner.get_loop() for runner in runners]


def test_what_a_closed_loop_had_is_gone_when_the_next_one_asks(all_of_them):
    gone = weakref.ref(asyncio.run(asked(all_of_them)))
    asyncio.run(asked(all_of_them))
    gc.collect()
    assert gone() is None


def test_outside_of_a_loop_there_is_none(all_of_them):
    with pytest.raises(RuntimeError):
        all_of_them.here()
