"""Sockets as the production form serves them, byte by byte: what they save is saved on nobody's safety (RFC 6455)."""

import asyncio
import os
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import ServerState
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from portal.pages import GuardedPages
from portal.sockets import Beats, GuardedSocket, _frame
from tests.strange import UPGRADE
from twofactor import policy

SOON = 10
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A


class Place:
    """A server of one application, which says what it hears; `heard`: how each of its sockets ended."""

    def __init__(self):
        self.state, self.heard, self.may_open = ServerState(), [], asyncio.Event()
        self.may_open.set()
        self.asked = asyncio.Event()
        kinds = {"interface": "asgi3", "ws": GuardedSocket, "http": GuardedPages}
        self.config = uvicorn.Config(self.talk, **kinds, proxy_headers=False, log_config=None)
        self.config.ws_max_size = policy.BODY_LONGEST + 1
        self.config.load()

    async def talk(self, scope, receive, send):
        await receive()
        self.asked.set()
        await self.may_open.wait()
        if scope["path"] == "/refused/":
            await send({"type": "websocket.close", "code": 4403})
            return
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        if scope["path"] == "/told/":
            await send({"type": "websocket.send", "text": "waiting"})
        while (message := await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": message["text"]})
        self.heard.append(message["code"])

    @property
    def one(self):
        """The protocol of the only connection."""
        (one,) = self.state.connections
        return one

    def hears(self, *parts):
        """Each of them arrives by itself."""
        for part in parts:
            self.one.data_received(part)

    @asynccontextmanager
    async def line(self, start="GET /open/ HTTP/1.1", head=UPGRADE, host="Host: localhost\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"{start}\r\n{host}{head}\r\n".encode())
        yield Line(reader, writer)
        writer.close()

    @asynccontextmanager
    async def open_line(self):
        async with self.line() as line:
            assert await line.status() == 101
            yield line


class Line:
    """The other side, as raw as a stranger would have it."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def head(self):
        async with asyncio.timeout(SOON):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def status(self):
        return int((await self.head()).split(" ")[1])

    async def frame(self):
        """Opcode with its first bit, and what is in it."""
        async with asyncio.timeout(SOON):
            first, size = await self.reader.readexactly(2)
            size = int.from_bytes(await self.reader.readexactly(2)) if size == 126 else size
            return first, await self.reader.readexactly(size)

    async def rest(self):
        async with asyncio.timeout(SOON):
            return await self.reader.read()


def masked(first, payload=b"", mask=b"\x01\x02\x03\x04"):
    size = len(payload)
    told = bytes([first, 0x80 | size]) if size < 126 else bytes([first, 0x80 | 126]) + size.to_bytes(2)
    return told + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@pytest.fixture
async def place():
    place = Place()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: GuardedPages(place.config, place.state, {}), "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    yield place
    server.close()
    place.may_open.set()
    for one in list(place.state.connections):
        one.transport.abort()
    await asyncio.gather(*place.state.tasks)


# --- Coming in ---


async def test_a_handshake_is_answered_as_the_rfc_has_it(place):
    """RFC 6455, section 1.3: its own example."""
    async with place.line() as line:
        head = await line.head()
    assert head.startswith("HTTP/1.1 101 ")
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"start": "POST /open/ HTTP/1.1"}, 400),
        ({"start": "GET /open/ HTTP/1.0"}, 400),
        ({"host": ""}, 400),
        ({"host": "Host: localhost\r\nHost: elsewhere\r\n"}, 400),
        ({"head": UPGRADE.replace("Sec-WebSocket-Key", "X-Key")}, 400),
        ({"head": UPGRADE.replace("Sec-WebSocket-Version", "X-Version")}, 400),
        ({"head": UPGRADE.replace("Version: 13", "Version: 8")}, 426),
        ({"start": "GET /refused/ HTTP/1.1"}, 403),
    ],
)
async def test_a_handshake_that_is_none_is_refused_with_every_header(place, changed, status):
    async with place.line(**changed) as line:
        head = await line.head()
        assert await line.rest() == b""
    assert int(head.split(" ")[1]) == status
    assert "X-Frame-Options: DENY\r\n" in head
    assert ("Sec-WebSocket-Version: 13\r\n" in head) == (status == 426)


async def test_nobody_says_anything_before_they_are_let_in(place):
    place.may_open.clear()
    async with place.line() as line:
        await place.asked.wait()
        place.hears(masked(PING))
        place.may_open.set()
        assert await line.rest() == b""


async def test_a_socket_that_leaves_before_it_is_let_in_leaves_nothing(place):
    place.may_open.clear()
    async with place.line():
        await place.asked.wait()
        place.one.transport.abort()
        place.may_open.set()
        await asyncio.gather(*place.state.tasks)
    assert not place.state.connections


async def test_what_is_told_at_once_leaves_with_the_answer_that_lets_it_in(place, monkeypatch):
    place.may_open.clear()
    async with place.line("GET /told/ HTTP/1.1") as line:
        await place.asked.wait()
        said, write = [], place.one.transport.write
        monkeypatch.setattr(place.one.transport, "write", lambda data: said.append(data) or write(data))
        place.may_open.set()
        assert await line.status() == 101
        assert await line.frame() == (TEXT, b"waiting")
    assert len(said) == 1


async def test_a_socket_that_is_sent_away_before_its_answer_has_left_gets_no_other(place):
    place.may_open.clear()
    async with place.line() as line:
        await place.asked.wait()
        await place.one.send({"type": "websocket.accept"})
        place.one._send_away()
        assert await line.status() == 500
        assert await line.rest() == b""


def test_what_uvicorns_socket_knows_is_known_here():
    """What a newer one keeps besides would be missed at the first socket that needs it."""
    config = uvicorn.Config(lambda: None, log_config=None)
    config.load()
    unused = {
        "root_path", "asgi_version", "app_state", "default_headers", "server", "client", "scheme",
        "ping_interval", "ping_timeout", "ping_sent_at", "last_ping_rtt",
    }  # fmt: skip
    taken_over = {"config", "app", "loop", "connections", "tasks", "transport", "queue"}
    theirs = set(vars(WSProtocol(config, ServerState(), {}, asyncio.new_event_loop())))
    assert {name for name in theirs if not hasattr(GuardedSocket, name)} == unused | taken_over


# --- What is said ---


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_of_ours_is_what_the_parser_would_write(size):
    browser = Connection(ConnectionType.CLIENT)
    browser.receive_data(_frame(b"x" * size))
    (event,) = browser.events()
    assert isinstance(event, TextMessage)
    assert (event.data, event.message_finished) == ("x" * size, True)


async def test_somebody_who_only_answers_pings_has_no_parser(place):
    async with place.open_line() as line:
        one = place.one
        for _ in range(3):
            one.ping()
            assert await line.frame() == (PING, b"")
            place.hears(masked(PONG, mask=os.urandom(4)))
            assert one.is_heard
        assert "conn" not in vars(one)


@pytest.mark.parametrize(
    "parts",
    [
        (masked(PONG)[:1], masked(PONG)[1:]),
        (masked(PONG) + masked(TEXT, b"so")[:3], masked(TEXT, b"so")[3:]),
        (masked(PONG, b"never asked"),),
        (masked(PONG) * 2,),
        (masked(PONG),) * 50,
        (masked(PONG, b"asked by nobody"), masked(PONG)),
    ],
    ids=["in two parts", "with half of another", "with words", "two at once", "without a pause", "after another"],
)
async def test_pongs_of_every_kind_leave_the_next_frame_whole(place, parts):
    async with place.open_line() as line:
        place.hears(*parts, masked(TEXT, b"next"))

        while (await line.frame())[1] != b"next":
            pass


async def test_what_looks_like_a_pong_inside_of_a_text_is_part_of_it(place):
    """Else somebody could say one thing to whoever watches the line and another to us."""
    text = masked(TEXT, b"........aa``aa", mask=b"\xeb\xe1ab")
    assert text[-6:].startswith(masked(PONG)[:2])
    async with place.open_line() as line:
        place.hears(text[:-6], text[-6:])
        assert await line.frame() == (TEXT, b"........aa``aa")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (bytes([PONG, 0]) + b"1234", 1002),
        (bytes([PONG & 0x7F, 0x80]) + b"1234", 1002),
        (masked(PONG | 0x40), 1002),
        (masked(PONG, b"x" * 126), 1002),
        (masked(TEXT, b"\xff"), 1007),
        (masked(TEXT, b"x" * (policy.BODY_LONGEST + 2)), 1009),
    ],
    ids=["not masked", "a part", "compressed", "a long pong", "no text", "too long"],
)
async def test_what_nobody_may_say_ends_the_socket(place, said, code):
    async with place.open_line() as line:
        place.hears(said)
        await line.rest()
    assert place.heard == [code]


async def test_what_is_said_after_the_end_is_not_heard(place):
    async with place.open_line() as line:
        one = place.one
        place.hears(masked(CLOSE, b"\x03\xe8"))
        one.data_received(masked(TEXT, b"late"))
        assert await line.frame() == (CLOSE, b"\x03\xe8")
        assert await line.rest() == b""
    assert place.heard == [1000]


async def test_nothing_is_kept_for_somebody_who_asks_and_does_not_read(place):
    """Each ping has an answer, and the answers to a flood of them would fill the memory."""
    async with place.open_line() as line:
        one = place.one
        one.pause_writing()
        place.hears(masked(PING, b"flood"))
        one.resume_writing()
        place.hears(masked(PING, b"now"))
        assert await line.frame() == (PONG, b"now")


# --- How much ---


class Minutes:
    """A clock that stands still until it is put on."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def minutes(monkeypatch):
    clock = Minutes()
    monkeypatch.setattr("portal.sockets.monotonic", clock)
    return clock


MOST = policy.SOCKET_PARTS.count
BEGIN = 0x01  # a text that goes on
AND, LAST = 0x00, 0x80


@pytest.mark.parametrize(
    "flood",
    [
        [masked(PING)] * 1000,
        [masked(PING) * 1000],
        [masked(PONG)] * 1000,
        [masked(PONG) * 1000],
        [masked(PONG, b"x")] * 1000,
        [masked(BEGIN)] + [masked(AND)] * 1000,
        [masked(BEGIN) + masked(AND) * 1000],
        [masked(TEXT, b"x" * 1000)[:6], *[b"x"] * 900],
    ],
    ids=[
        "pings", "pings at once", "pongs", "pongs at once", "pongs with words", "empty parts", "empty parts at once",
        "a text in crumbs",
    ],
)  # fmt: skip
async def test_a_flood_of_what_no_consumer_hears_is_cut_off(place, minutes, monkeypatch, flood):
    """R-68, P-45: in the middle of a chunk, too, or each of them would keep the process from all others."""
    async with place.open_line() as line:
        one, answered = place.one, []
        monkeypatch.setattr(one, "handle_ping", answered.append)
        for part in flood:
            if not one.transport.is_closing():
                one.data_received(part)
        assert one.transport.is_closing()
        assert one.sent <= MOST + 1
        assert len(answered) <= MOST
        await line.rest()
    assert not place.state.connections


async def test_whoever_is_shut_out_and_goes_on_is_cut_off(place, minutes):
    """P-45: the other side has ten seconds to say goodbye, and not to say more."""
    async with place.open_line() as line:
        one = place.one
        await one.send({"type": "websocket.close", "code": 4403})
        place.hears(masked(PING) * 1000)
        assert one.sent == MOST + 1
        assert await line.frame() == (CLOSE, (4403).to_bytes(2))
        assert await line.rest() == b""


async def test_somebody_who_answers_our_pings_for_hours_is_not_cut_off(place, minutes):
    """P-45: and nothing is kept of it."""
    async with place.open_line() as line:
        one = place.one
        for _beat in range(3 * 3600 // policy.HEARTBEAT):
            minutes.now += policy.HEARTBEAT
            one.ping()
            assert await line.frame() == (PING, b"")
            place.hears(masked(PONG, mask=os.urandom(4)))
        assert not one.transport.is_closing()
        assert {"sent", "counted_since"}.isdisjoint(vars(one))


async def test_a_phone_that_says_as_much_as_it_may_for_hours_is_not_cut_off(place, minutes):
    """P-45: each text in a dozen parts, as they arrive over a poor line."""
    text = masked(TEXT, b"x" * 1200)
    async with place.open_line() as line:
        one = place.one
        for _beat in range(3600 // policy.HEARTBEAT):
            minutes.now += policy.HEARTBEAT
            one.ping()
            assert await line.frame() == (PING, b"")
            place.hears(masked(PONG), *(text[at : at + 100] for at in range(0, len(text), 100)))
            place.hears(*(masked(TEXT, b"again") for _each in range(policy.SOCKET_FRAMES.count - 1)))
            while (await line.frame())[1] != b"again":
                pass
            for _each in range(policy.SOCKET_FRAMES.count - 2):
                assert (await line.frame())[1] == b"again"
        assert not one.transport.is_closing()


async def test_the_next_minute_has_room_again(place, minutes):
    async with place.open_line() as line:
        for _minute in range(3):
            minutes.now += policy.SOCKET_PARTS.seconds
            place.hears(*[masked(PING)] * MOST)
            for _each in range(MOST):
                assert await line.frame() == (PONG, b"")
        assert not place.one.transport.is_closing()


# --- Being there ---


async def test_somebody_silent_is_told_so_and_closed(place):
    async with place.open_line() as line:
        place.one.ping()
        place.one.expect()
        assert await line.frame() == (PING, b"")
        assert await line.frame() == (CLOSE, (1011).to_bytes(2))
        assert await line.rest() == b""
    assert place.heard == [1005]


async def test_whoever_says_anything_is_there(place):
    async with place.open_line() as line:
        place.one.ping()
        place.hears(masked(TEXT, b"here"))
        place.one.expect()
        assert [await line.frame() for _ in range(2)] == [(PING, b""), (TEXT, b"here")]


async def test_somebody_who_reads_nothing_is_not_waited_for(place):
    async with place.open_line() as line:
        place.one.pause_writing()
        place.one.ping()
        assert await line.rest() == b""
    assert not place.state.connections


class Clock:
    """An event loop as far as the beats need one: whatever should be done later is not."""

    def call_later(self, seconds, work):
        pass


class Waiting:
    """Somebody who is pinged, and at which turns."""

    def __init__(self):
        self.pinged, self.expected = 0, 0

    def ping(self):
        self.pinged += 1

    def expect(self):
        self.expected += 1


TURNS = policy.HEARTBEAT // 2


def test_everybody_is_pinged_once_a_beat_and_never_all_at_once():
    beats, crowd = Beats(Clock()), [Waiting() for _ in range(3 * TURNS)]
    for one in crowd:
        beats.join(one)
    for turn in range(1, TURNS + 1):
        beats.go()
        assert sum(one.pinged for one in crowd) == 3 * turn
    assert {one.pinged for one in crowd} == {1}


def test_an_answer_is_expected_so_long_after_the_ping_and_before_the_next():
    """P-45: somebody who is gone is found within a beat and the time for an answer."""
    beats, one = Beats(Clock()), Waiting()
    beats.join(one)
    while not one.pinged:
        beats.go()
    one.expected = 0
    for _turn in range(policy.PING_WAIT // 2 - 1):
        beats.go()
    assert one.expected == 0
    beats.go()
    assert (one.expected, one.pinged) == (1, 1)


def test_whoever_has_left_is_not_pinged():
    beats, one = Beats(Clock()), Waiting()
    beats.join(one)
    beats.leave(one)
    for _turn in range(TURNS):
        beats.go()
    assert one.pinged == 0


def test_a_line_is_never_silent_for_as_long_as_proxies_bear():
    """nginx's proxy_read_timeout, where nobody has set it."""
    assert policy.HEARTBEAT + 2 < 60
    assert policy.PING_WAIT < policy.HEARTBEAT
