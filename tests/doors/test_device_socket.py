"""The device's channel (protocol section 5): it tells what waits, and decides nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.doors.sockets import Device, attached, meanwhile, story, strange_origins
from tests.factories import PIN, desk, give_password, person, phone
from tests.stories.ways import activated, approve, move_code, number_at, respond, send_again
from twofactor.models import Challenge

pytestmark = pytest.mark.django_db(transaction=True)


# --- Who may open it ---


@story
async def test_a_device_that_is_no_page_sends_no_origin(pocket):
    assert await Device(pocket).opened()
    assert await Device(pocket, origin="ours").opened()


@story
async def test_a_page_of_another_site_is_refused(pocket):
    for why, origin in strange_origins().items():
        if why != "missing":
            assert await Device(pocket, origin=origin).refused() == 4403, why


@story
async def test_every_connection_has_a_nonce_of_its_own(pocket):
    nonces = set()
    for _ in range(3):
        device = Device(pocket)
        nonces.add((await device.hello())["nonce"])
        await device.disconnect()
    assert len(nonces) == 3
    assert all(len(nonce) == 43 for nonce in nonces)  # 256 bits


# --- Attaching ---


@story
async def test_it_attaches_and_gets_everything_that_waits(mara, pocket):
    browser = desk()
    await meanwhile(give_password)(browser, mara)
    device = Device(pocket)
    await device.hello()
    told, inbox = await device.attach()
    (kid,) = pocket.keys
    assert told == {"type": "attached", "kids": [kid], "refused": [], "server_time": told["server_time"]}
    assert set(inbox) == {"type", "challenges", "messages", "push", "contexts", "server_time"}
    assert inbox["push"] == {kid: "none"}
    over_http = await meanwhile(pocket.challenges)()
    assert inbox["challenges"] == over_http
    await device.disconnect()


@story
async def test_it_tells_nothing_before_it_is_attached(mara, pocket):
    device = Device(pocket)
    await device.hello()
    await meanwhile(give_password)(desk(), mara)
    assert await device.silent()
    await device.disconnect()


@story
async def test_two_keys_attach_with_one_message(mara, pocket):
    dana = await meanwhile(person)("dana")
    await meanwhile(activated)(desk(), dana, pocket)
    device, inbox = await attached(pocket)
    assert inbox["challenges"] == []
    await meanwhile(give_password)(desk(), mara)
    await meanwhile(give_password)(desk(), dana)
    kids = {(await device.frame())["challenge"]["kid"] for _ in range(2)}
    assert kids == set(pocket.keys)
    await device.disconnect()


@story
async def test_a_key_that_comes_later_attaches_on_the_same_channel(mara, pocket):
    device, _inbox = await attached(pocket)
    dana = await meanwhile(person)("dana")
    await meanwhile(activated)(desk(), dana, pocket)
    told, _inbox = await device.attach()
    assert set(told["kids"]) == set(pocket.keys)
    await meanwhile(give_password)(desk(), mara)
    await meanwhile(give_password)(desk(), dana)
    kids = {(await device.frame())["challenge"]["kid"] for _ in range(2)}
    assert kids == set(pocket.keys)
    assert await device.silent()
    await device.disconnect()


@story
async def test_statements_that_do_not_hold_are_refused_by_name(mara, pocket):
    (key,) = pocket.keys.values()
    device = Device(pocket)
    await device.hello()
    good = device.statement(key)
    wrong = [
        device.statement(key, nonce="A" * 43),
        device.statement(key, aud="https://evil.example"),
        device.statement(key, iat=1),
        pocket._signed(key, "inbox", {"nonce": device.nonce}),
        good[:-6] + "AAAAAA",
    ]
    for statement in wrong:
        told, inbox = await device.attach(statement)
        assert (told["kids"], told["refused"]) == ([], [key.kid])
        assert inbox["challenges"] == []
    told, _inbox = await device.attach(good)
    assert told["kids"] == [key.kid]
    await device.disconnect()


@story
async def test_a_statement_of_another_connection_is_refused(pocket):
    """The nonce is the connection's: a recorded message attaches nothing."""
    (key,) = pocket.keys.values()
    first, second = Device(pocket), Device(pocket)
    await first.hello()
    await second.hello()
    told, _inbox = await second.attach(first.statement(key))
    assert told["kids"] == []
    await first.disconnect()
    await second.disconnect()


@story
async def test_a_revoked_key_does_not_attach(pocket):
    (key,) = pocket.keys.values()
    await meanwhile(pocket.revoke)()
    device = Device(pocket)
    await device.hello()
    told, _inbox = await device.attach(device.statement(key))
    assert (told["kids"], told["refused"]) == ([], [key.kid])
    await device.disconnect()


# --- Events ---


@story
async def test_a_new_question_is_told(mara, pocket):
    device, _inbox = await attached(pocket)
    browser = desk()
    await meanwhile(give_password)(browser, mara)
    frame = await device.frame()
    assert set(frame) == {"type", "challenge", "server_time"}
    assert frame["type"] == "challenge"
    assert frame["challenge"] == await meanwhile(pocket.challenge)()
    assert "question" not in frame["challenge"]
    number = await meanwhile(number_at)(browser)
    assert number not in repr(frame)
    await device.disconnect()


@story
async def test_sending_again_is_told_again(mara, pocket):
    device, _inbox = await attached(pocket)
    browser = desk()
    await meanwhile(give_password)(browser, mara)
    first = await device.frame()
    await meanwhile(lambda: Challenge.objects.update(notified_at=timezone.now() - timedelta(seconds=31)))()
    await meanwhile(send_again)(browser)
    again = await device.frame()
    assert (again["type"], again["challenge"]) == ("challenge", first["challenge"])
    assert await device.silent()
    await device.disconnect()


ENDS = {
    "approved": lambda browser, pocket: approve(browser, pocket),
    "denied": lambda browser, pocket: pocket.cancel(pocket.challenge()),
    "superseded": lambda browser, pocket: browser.post("/sign-in/cancel/"),
    "failed": lambda browser, pocket: [respond(browser, "0000 0000") for _ in range(3)],
}


@pytest.mark.parametrize("end", ENDS)
@story
async def test_the_end_of_a_question_is_told(end, mara, pocket):
    device, _inbox = await attached(pocket)
    browser = desk()
    await meanwhile(give_password)(browser, mara)
    asked = (await device.frame())["challenge"]
    await meanwhile(ENDS[end])(browser, pocket)
    frame = await device.frame()
    assert frame == {"type": "settled", "id": asked["id"], "state": end, "server_time": frame["server_time"]}
    await device.disconnect()


@story
async def test_a_question_over_the_budget_is_not_told(mara, pocket):
    device, _inbox = await attached(pocket)
    for _ in range(3):
        await meanwhile(give_password)(desk(), mara)
        assert (await device.frame())["type"] == "challenge"
    await meanwhile(give_password)(desk(), mara)
    frames = []
    while not await device.receive_nothing(0.05):
        frames.append(await device.frame())
    assert [frame["type"] for frame in frames if frame["type"] == "challenge"] == []
    await device.disconnect()


@story
async def test_a_revoked_key_is_told_at_once(mara, here):
    """R-39, AT-058."""
    other = await meanwhile(activated)(here, mara)
    device, _inbox = await attached(other)
    (kid,) = other.keys
    await meanwhile(here.post)("/security/key/deactivate/")
    frame = await device.frame()
    assert frame == {"type": "revoked", "kid": kid, "server_time": frame["server_time"]}
    await meanwhile(give_password)(desk(), mara)
    assert await device.silent()
    await device.disconnect()


@story
async def test_a_replaced_key_is_told_at_once(mara, here):
    old = await meanwhile(activated)(here, mara)
    (kid,) = old.keys
    new, code = phone(), await meanwhile(move_code)(here, old)
    device, _inbox = await attached(old)
    await meanwhile(new.claim)(code)
    await meanwhile(new.activate)(PIN)
    told = await device.frame()
    assert (told["type"], told["kid"], told["why"]) == ("revoked", kid, "moved")
    assert kid not in new.keys
    await device.disconnect()


@story
async def test_after_a_break_the_inbox_is_the_truth(mara, pocket):
    device, _inbox = await attached(pocket)
    await device.disconnect()
    browser = desk()
    await meanwhile(give_password)(browser, mara)
    again, inbox = await attached(pocket)
    assert len(inbox["challenges"]) == 1
    await again.disconnect()
