"""AT-105: what staff end is over within five seconds everywhere, on pages that are open and on the phone."""

import time

import pytest

from tests.doors.sockets import attached, key_ticket, meanwhile, story, watch
from tests.stories.desks import press, staff
from tests.stories.ways import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("deed", ["end-sessions", "lock", "switch-off"])
@story
async def test_an_open_page_of_the_client_is_closed(mara, pocket, known, deed):
    await meanwhile(sign_in)(known, mara, pocket)
    sol = await meanwhile(staff)()
    socket = watch(await meanwhile(key_ticket)(known), "/ws/security/")
    assert await socket.opened()
    await socket.frame()
    began = time.monotonic()
    await meanwhile(press)(sol, mara, deed)
    assert await socket.closed() == 4403
    assert time.monotonic() - began < 5


@story
async def test_a_phone_whose_key_is_switched_off_hears_it(mara, pocket):
    sol = await meanwhile(staff)()
    device, _inbox = await attached(pocket)
    began = time.monotonic()
    await meanwhile(press)(sol, mara, "switch-off")
    frame = await device.frame()
    assert (frame["type"], frame["kid"]) == ("revoked", next(iter(pocket.keys)))
    assert time.monotonic() - began < 5
    await device.disconnect()


@story
async def test_a_phone_of_somebody_who_is_locked_keeps_its_key(mara, pocket):
    """It would wipe a key that is called revoked; what it hears is the notice."""
    sol = await meanwhile(staff)()
    device, _inbox = await attached(pocket)
    await meanwhile(press)(sol, mara, "lock")
    assert (await device.frame())["type"] == "message"
    assert await device.silent()
    await device.disconnect()
