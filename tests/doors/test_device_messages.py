"""What a device may say on its channel: one thing, and nothing that decides (protocol section 5)."""

import json

import pytest

from tests.doors.sockets import Device, attached, meanwhile, story
from tests.factories import desk, give_password
from tests.stories.ways import dump, state
from twofactor import policy

pytestmark = pytest.mark.django_db(transaction=True)


# The server may not say 1009 by itself; this is the code of ours for it.
TOO_BIG = 4409

SAID = [
    {"type": "answer", "verdict": "approve"},
    {"type": "look"},
    {"type": "websocket.disconnect"},
    {"type": "attach"},
    {"type": "attach", "statements": "a.b.c"},
    {"type": "attach", "statements": []},
    {"type": "attach", "statements": ["a.b.c"] * 17},
    {"type": ["attach"], "statements": ["a.b.c"]},
    {"statements": ["a.b.c"]},
    ["attach"],
    "attach",
    7,
    None,
]


@story
async def test_nothing_else_has_any_effect(mara, pocket):
    """AT-085: nothing can be decided over the socket."""
    browser = desk()
    await meanwhile(give_password)(browser, mara)
    asked = await meanwhile(pocket.challenge)()
    before = await meanwhile(dump)()
    answer = pocket._signed(
        pocket.keys[asked["kid"]], "answer", {"nonce": asked["nonce"], "challenge": asked["id"], "verdict": "cancel"}
    )
    said = [*SAID, {"type": "answer", "statement": answer}, {"type": "revoke", "statement": answer}]
    texts = [*map(json.dumps, said), " ", "not json", "[" * 16_000, "9" * 16_000, "\ud83d\ude00"]
    texts.append('{"type": "attach", "statements": [NaN]}')
    few = policy.SOCKET_FRAMES.count - 1
    for first in range(0, len(texts), few):
        device, _inbox = await attached(pocket)
        for text in texts[first : first + few]:
            await device.send_to(text_data=text)
        frames = []
        while not await device.receive_nothing(0.1):
            frames.append(await device.frame())
        assert {frame["type"] for frame in frames} <= {"attached", "inbox"}
        assert all(frame.get("kids", []) == [] for frame in frames)
        await device.disconnect()
    assert await meanwhile(dump)() == before
    assert await meanwhile(state)(browser) == "waiting"


@pytest.mark.parametrize("items", [[1], [None], [{}], ["\x00"], ["a" * 15_000], [["a.b.c"]]], ids=range(6))
@story
async def test_strange_statements_are_passed_over(items, pocket):
    (key,) = pocket.keys.values()
    device = Device(pocket)
    await device.hello()
    told, _inbox = await device.attach(*items, device.statement(key))
    assert told["kids"] == [key.kid]
    await device.disconnect()


@story
async def test_an_oversized_message_closes_it(pocket):
    device, _inbox = await attached(pocket)
    # In bytes: each of these is three.
    await device.send_to(text_data="\u2026" * (policy.BODY_LONGEST // 3 + 1))
    assert await device.closed() == TOO_BIG


@story
async def test_a_binary_message_closes_it(pocket):
    device, _inbox = await attached(pocket)
    await device.send_to(bytes_data=b"\x00\x01")
    assert await device.closed() == TOO_BIG
