"""What a socket makes of its bell: it looks once for however many, and a word comes before all of them."""

import asyncio
import contextvars

import pytest

from twofactor.sockets import Limited


class Socket(Limited):
    """Notes what it does; a look takes as long as somebody holds its turn."""

    def __init__(self):
        super().__init__()
        self._apart, self.done = contextvars.copy_context(), []

    async def look(self):
        self.done.append("looked")

    async def told(self, word):
        self.done.append(word)

    async def rest(self):
        await asyncio.wait_for(self._looking, 10)
        return self.done


@pytest.fixture
async def socket():
    return Socket()


async def test_many_bells_are_one_look(socket):
    for _each in range(5):
        socket.rung()
    assert await socket.rest() == ["looked"]


async def test_bells_that_ring_while_it_looks_make_it_one_time_more(socket):
    async with socket.turn:
        socket.rung()
        # Until it waits for its turn.
        await asyncio.sleep(0)
        for _each in range(5):
            socket.rung()
    assert await socket.rest() == ["looked", "looked"]


@pytest.mark.parametrize("rung", [("", "approved", ""), ("approved", ""), ("", "approved")])
async def test_a_word_comes_before_the_bells_which_are_still_heard(socket, rung):
    for word in rung:
        socket.rung(word)
    assert await socket.rest() == ["approved", "looked"]


async def test_a_word_alone_makes_it_look_no_further(socket):
    socket.rung("approved")
    assert await socket.rest() == ["approved"]


async def test_after_one_look_the_next_bell_is_heard(socket):
    for _each in range(2):
        socket.rung()
        await socket.rest()
    assert socket.done == ["looked", "looked"]


async def test_whoever_is_shut_out_looks_no_more(socket):
    async with socket.turn:
        socket.rung("approved")
        await asyncio.sleep(0)
        socket.rung()
        socket._is_shut = True
    assert await socket.rest() == []
