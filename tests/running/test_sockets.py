"""What the sockets tell, live, from a running portal; and that they decide nothing."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import websockets

from tests.factories import PIN

PATIENCE = 20


async def frame(frames, kind):
    """The next frame of this kind; others are let pass."""
    async with asyncio.timeout(PATIENCE):
        async for each in frames:
            if each["type"] == kind:
                return each
    raise AssertionError(f"the socket closed before {kind}")


@asynccontextmanager
async def watching(desk, path="/ws/sign-in/", ticket=None, origin=None):
    """The desk's page opens its socket; gives the states as they come."""
    address = f"{desk.address.replace('http', 'ws', 1)}{path}?ticket={desk.ticket() if ticket is None else ticket}"
    async with websockets.connect(address, origin=desk.address if origin is None else origin) as socket:

        async def state(wanted):
            async with asyncio.timeout(PATIENCE):
                async for text in socket:
                    told = json.loads(text)
                    if told["state"] == wanted:
                        return told
            raise AssertionError(f"the socket closed before {wanted}")

        yield state


async def test_a_phone_hears_of_a_challenge_and_of_its_end(activate, desk, person):
    phone = activate()
    async with phone.attach() as frames:
        assert (await frame(frames, "hello"))["nonce"]
        assert (await frame(frames, "attached"))["kids"] == list(phone.keys)
        assert (await frame(frames, "inbox"))["challenges"] == []
        desk.give_password(person)
        asked = (await frame(frames, "challenge"))["challenge"]
        assert "question" not in asked, "in mode number the phone is not told the digits"
        phone.approve(asked, PIN, number=desk.number())
        settled = await frame(frames, "settled")
        assert (settled["id"], settled["state"]) == (asked["id"], "approved")
        desk.post("/sign-in/finish/")
        assert desk.path == "/"
        phone.revoke()
        assert (await frame(frames, "revoked"))["kid"] in phone.keys


async def test_a_desk_hears_of_each_hop_and_of_the_approval(activate, desk, person):
    phone = activate()
    desk.give_password(person)
    async with watching(desk) as state:
        first = await state("waiting")
        asked = phone.challenge()
        phone.seen(asked, "shown")
        second = await state("waiting")
        assert second["version"] > first["version"]
        phone.approve(asked, PIN, number=desk.number())
        await state("approved")


async def test_a_phone_that_attaches_late_gets_what_waits(activate, desk, person):
    phone = activate()
    desk.give_password(person)
    async with phone.attach() as frames:
        (asked,) = (await frame(frames, "inbox"))["challenges"]
        phone.cancel(asked)
        assert (await frame(frames, "settled"))["state"] == "denied"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost", "null", "http://127.0.0.1"])
async def test_a_socket_from_another_origin_is_refused(portal, desk, origin):
    desk.give_password("root")
    for path in ("/ws/authenticator/", "/ws/security/"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with watching(desk, path, origin=origin):
                pass
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize("ticket", ["", "nonsense", "W10:1abc:AAAA"])
async def test_a_desk_without_a_ticket_is_refused(portal, desk, ticket):
    for path in ("/ws/sign-in/", "/ws/security/"):
        with pytest.raises(websockets.InvalidStatus):
            async with watching(desk, path, ticket=ticket):
                pass


async def test_a_ticket_of_one_page_opens_no_other_socket(portal, desk):
    desk.give_password("root")
    with pytest.raises(websockets.InvalidStatus):
        async with watching(desk, "/ws/sign-in/"):
            pass
    async with watching(desk, "/ws/security/") as state:
        await state("fresh")


async def test_an_unknown_socket_is_refused(portal, desk):
    with pytest.raises(websockets.InvalidStatus):
        async with watching(desk, "/ws/elsewhere/", ticket=""):
            pass


async def test_nothing_said_over_a_socket_decides_anything(portal, phone):
    address = portal.address.replace("http", "ws", 1) + "/ws/authenticator/"
    async with websockets.connect(address, origin=portal.address) as socket:
        hello = json.loads(await socket.recv())
        for nonsense in (
            "[]",
            "null",
            "{",
            '{"type": "answer"}',
            '{"type": "attach", "statements": []}',
            '{"type": []}',
        ):
            await socket.send(nonsense)
        await socket.send(json.dumps({"type": "attach", "statements": ["a.b.c", hello["nonce"], 7, None]}))
        async with asyncio.timeout(PATIENCE):
            attached = json.loads(await socket.recv())
        assert (attached["type"], attached["kids"]) == ("attached", [])


async def test_a_statement_over_another_nonce_does_not_attach(activate, portal):
    phone = activate()
    (key,) = phone.keys.values()
    old = phone._signed(key, "attach", {"nonce": "the nonce of another socket"})
    address = portal.address.replace("http", "ws", 1) + "/ws/authenticator/"
    async with websockets.connect(address, origin=portal.address) as socket:
        await socket.recv()
        await socket.send(json.dumps({"type": "attach", "statements": [old]}))
        async with asyncio.timeout(PATIENCE):
            attached = json.loads(await socket.recv())
        assert (attached["kids"], attached["refused"]) == ([], [key.kid])
