"""Anything said to the three sockets: ignored or closed, never a fault, and nothing is moved by it (AT-085, AT-132)."""

import json
from urllib.parse import quote

import pytest
from asgiref.sync import async_to_sync
from hypothesis import given
from hypothesis import strategies as st

from tests.doors.sockets import PATIENCE, Device, Socket, key_ticket, ticket_of, watch
from tests.factories import desk, give_password, person
from tests.fuzz.api import everything
from tests.fuzz.claims import json_values
from tests.fuzz.much import tries
from twofactor import sockets

# The connection to the database is the server's own here: it closes it when it has looked.
pytestmark = pytest.mark.django_db(transaction=True)
types = st.sampled_from(["attach", "approve", "claim", "inbox", "look", "hello", "group_send", ""])
junk_statements = st.text(max_size=40) | json_values | st.sampled_from(["..", "a.b.c", "e30.e30.AA", "x" * 20_000])
named = st.builds(
    lambda kind, more: {**more, "type": kind}, types, st.dictionaries(st.text(max_size=8), json_values, max_size=3)
)
lists = st.lists(junk_statements, max_size=18) | json_values
said = named | lists.map(lambda given: {"type": "attach", "statements": given}) | json_values
frames = st.one_of(
    said.map(json.dumps),
    st.text(max_size=60),
    st.binary(max_size=40),
    st.sampled_from(["[" * 5000, "{" * 1000, '{"type":' * 900, "9" * 4000, "NaN", "\0", "x" * 40_000, b"\xff" * 5000]),
)


def alone():
    """As if nobody had been here before."""
    sockets.crowd.clear()
    sockets.openings.clear()


async def say(socket, frame):
    """Hand one frame over, as a client that does not wait for answers."""
    kind = "bytes" if isinstance(frame, bytes) else "text"
    await socket.send_input({"type": "websocket.receive", kind: frame})


async def until(socket, wanted):
    """Everything it says until a frame of this type, or until it closes."""
    heard = []
    while True:
        output = await socket.receive_output(PATIENCE)
        if output["type"] == "websocket.close":
            return heard, output.get("code", 1000)
        heard.append(json.loads(output["text"]))
        if wanted(heard[-1]):
            return heard, None


def test_a_device_that_says_anything_attaches_only_what_it_can_sign_for(mara, pocket):
    before = everything()
    kid = next(iter(pocket.keys))

    async def talk(given):
        device = Device(pocket)
        await device.hello()
        for frame in given:
            await say(device, frame)
        own = [device.statement(key) for key in pocket.keys.values()]
        await say(device, json.dumps({"type": "attach", "statements": own}))
        heard, closed = await until(device, lambda frame: frame.get("kids") == [kid])
        assert closed or heard[-1]["kids"] == [kid]
        assert all(frame.get("kids", []) in ([], [kid]) for frame in heard)
        assert all(not frame.get("challenges") for frame in heard)
        await device.disconnect()

    @tries(15, 3000)
    @given(st.lists(frames, max_size=5))
    def walk(given):
        alone()
        async_to_sync(talk)(given)

    walk()
    assert everything() == before


@pytest.mark.parametrize("path", ["/ws/sign-in/", "/ws/security/"])
def test_a_page_that_says_anything_moves_nothing(mara, pocket, path):
    """... and hears nothing but how things stand."""
    browser = desk()
    if path == "/ws/sign-in/":
        give_password(browser, mara)
    else:
        give_password(browser, person("eli"))
        browser.get("/security/key/")
    before = everything()

    async def talk(given, ticket):
        socket = watch(ticket, path)
        assert await socket.opened()
        for frame in given:
            await say(socket, frame)
        heard, _closed = await until(socket, lambda frame: True)
        assert all(set(frame) == {"state", "version"} for frame in heard)
        await socket.disconnect()

    @tries(10, 2000)
    @given(st.lists(frames, max_size=5))
    def walk(given):
        alone()
        ticket = ticket_of(browser) if path == "/ws/sign-in/" else key_ticket(browser)
        async_to_sync(talk)(given, ticket)

    walk()
    assert everything() == before


def test_no_address_and_no_ticket_of_ones_own_opens_a_socket(db):
    """AT-082: the same code for all."""

    @tries(15, 3000)
    @given(
        st.sampled_from(["/ws/sign-in/", "/ws/security/", "/ws/", "/ws/authenticator", "/", "/sign-in/"]),
        st.text(max_size=30) | st.just("ticket=") | st.text(max_size=80).map(lambda text: f"ticket={quote(text)}"),
    )
    def knock(path, query):
        alone()
        socket = Socket(f"{path}?{quote(query, safe='=&%')}")
        assert async_to_sync(socket.refused)() == sockets.REFUSED

    knock()
