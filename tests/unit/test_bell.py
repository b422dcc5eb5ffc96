"""The bell rings where it is heard, and a channel layer in trouble keeps nobody (FI-03, R-89)."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer

from twofactor import live, policy

MISSED = "the channel layer did not take a message"


class Layer(InMemoryChannelLayer):
    """It notes in which loop it was asked, and hangs until it is let go."""

    def __init__(self):
        super().__init__()
        self.loops = []
        self.taken = self.given_up = 0
        self.asked, self.let_go = asyncio.Event(), asyncio.Event()

    async def group_send(self, _group, _message):
        self.loops.append(asyncio.get_running_loop())
        self.asked.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        self.taken += 1


@pytest.fixture
def layer(monkeypatch, caplog):
    caplog.set_level("WARNING", "portal")
    hanging = Layer()
    monkeypatch.setattr(live, "get_channel_layer", lambda: hanging)
    monkeypatch.setattr(live, "_home", None)
    return hanging


async def test_a_page_has_answered_while_the_layer_still_hangs(layer):
    await sync_to_async(live._send)("desk.1")
    await layer.asked.wait()
    assert (layer.taken, layer.given_up) == (0, 0)
    layer.let_go.set()


async def test_a_thread_of_our_own_rings_where_the_sockets_are_and_waits_for_nothing(layer):
    live.serve_here()
    await asyncio.to_thread(live._send, "desk.1")
    await layer.asked.wait()
    assert layer.loops == [asyncio.get_running_loop()]
    assert (layer.taken, layer.given_up) == (0, 0)
    layer.let_go.set()


async def test_what_nobody_waits_for_does_not_add_up(layer, monkeypatch, caplog):
    monkeypatch.setattr(policy, "BELL_WAIT", 0)
    for _ in range(3):
        await sync_to_async(live._send)("desk.1")
    async with asyncio.timeout(10):
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
    assert (layer.taken, layer.given_up) == (0, 3)
    assert caplog.text.count(MISSED) == 3


@pytest.mark.timeout(20)
def test_a_thread_without_an_event_loop_gives_up(layer, monkeypatch, caplog):
    monkeypatch.setattr(policy, "BELL_WAIT", 0)
    live._send("desk.1")
    assert (layer.taken, layer.given_up) == (0, 1)
    assert MISSED in caplog.text


def test_a_layer_that_refuses_fails_nobody(monkeypatch, layer, caplog):
    async def refuse(_group, _message):
        raise ConnectionError("no layer")

    monkeypatch.setattr(layer, "group_send", refuse)
    live._send("desk.1")
    assert MISSED in caplog.text
