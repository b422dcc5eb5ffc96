"""What the server below keeps of an open socket, and does for it, without being another server (portal.light)."""

import asyncio

import pytest
from websockets.frames import Frame, Opcode

from portal import light


@pytest.fixture
def server(monkeypatch):
    """One that does not run: nothing comes later by itself."""
    monkeypatch.setattr("daphne.server.reactor.callLater", lambda *given: None)
    monkeypatch.setattr("portal.light.reactor.callLater", lambda *given: None)
    return light.LightServer(None, endpoints=["nowhere"])


class Line:
    """A connection, as far as the server looks at it."""

    looks = 0

    def check_timeouts(self):
        self.looks += 1

    def handle_exception(self, problem):
        self.problem = problem


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_is_what_another_library_makes_of_it(size):
    text = b"x" * size
    assert light._frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)


async def test_what_is_told_is_heard_once_and_in_its_order():
    box = light.Box()
    box.put_nowait("one")
    box.put_nowait("two")
    assert [await box.get(), await box.get()] == ["one", "two"]
    late = asyncio.ensure_future(box.get())
    await asyncio.sleep(0)
    assert not late.done()
    box.put_nowait("three")
    assert await late == "three"


async def test_whoever_gives_up_waiting_takes_nothing_with_them():
    box = light.Box()
    waiting = asyncio.ensure_future(box.get())
    await asyncio.sleep(0)
    waiting.cancel()
    box.put_nowait("one")
    assert await box.get() == "one"


async def test_one_that_has_gone_and_ended_is_forgotten_and_others_stay(server):
    gone, here = Line(), Line()

    async def application(scope, receive, send):
        while (await receive()) != "leave":
            pass

    server.application = application
    boxes = {}
    for line in (gone, here):
        server.protocol_connected(line)
        boxes[line] = server.create_application(line, {})
    boxes[gone].put_nowait("leave")
    ended = server.connections[gone]["application_instance"]
    await ended
    server.protocol_disconnected(gone)
    server.application_checker()
    assert list(server.connections) == [here]
    assert not server._leaving
    server.connections[here]["application_instance"].cancel()


async def test_an_accident_of_an_application_is_told_to_its_line(server):
    line = Line()

    async def application(scope, receive, send):
        raise RuntimeError

    server.application = application
    server.protocol_connected(line)
    server.create_application(line, {})
    with pytest.raises(RuntimeError):
        await server.connections[line]["application_instance"]
    server.application_checker()
    assert isinstance(line.problem, RuntimeError)
    # It is still there: the other side has not gone yet.
    assert list(server.connections) == [line]


def test_all_that_are_open_are_looked_at_for_pings(server):
    lines = [Line(), Line()]
    for line in lines:
        server.protocol_connected(line)
    server.timeout_checker()
    assert [line.looks for line in lines] == [1, 1]
