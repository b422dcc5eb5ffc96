"""Sealed messages on the device's channel (protocol sections 5 and 8)."""

import pytest

from tests.doors.sockets import attached, meanwhile, story
from tests.factories import PIN
from tests.stories.sealing import grown, send

pytestmark = pytest.mark.django_db(transaction=True)


@story
async def test_a_new_message_is_told_and_its_opening_too(mara, pocket):
    await meanwhile(grown)(mara)
    device, inbox = await attached(pocket)
    assert [one["kind"] for one in inbox["messages"]] == ["notice"]
    message = await meanwhile(send)(mara)
    told = await device.frame()
    assert (told["type"], told["message"]) == ("message", message.as_listed())
    assert await meanwhile(pocket.open)(told["message"], PIN)
    again = await device.frame()
    assert (again["type"], again["message"]["id"]) == ("message", message.pk)
    assert again["message"]["opened"]
    await device.disconnect()


@story
async def test_what_waits_comes_with_the_inbox_the_same_by_socket_and_by_post(mara, pocket):
    await meanwhile(grown)(mara)
    await meanwhile(send)(mara)
    device, inbox = await attached(pocket)
    over_http = await meanwhile(pocket.messages)()
    assert inbox["messages"] == over_http
    assert [one["kind"] for one in over_http] == ["temporary-password", "notice"]
    assert not any("jwe" in one for one in over_http)
    await device.disconnect()
