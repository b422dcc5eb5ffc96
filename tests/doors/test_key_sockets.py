"""The sockets of the pages about a key, and of a sign-in that is asked again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.doors.sockets import key_ticket, meanwhile, story, ticket_of, watch
from tests.factories import PIN, desk, give_password, phone
from tests.stories.ways import activated, code_at, send_again
from twofactor.models import Challenge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(mara, pocket, here):
    give_password(here, mara)
    return here


@story
async def test_the_key_page_hears_of_every_step_of_an_activation(mara, here):
    await meanwhile(give_password)(here, mara)
    socket = watch(await meanwhile(key_ticket)(here), "/ws/security/")
    assert await socket.opened()
    frames = [await socket.frame()]
    pocket = phone()
    await meanwhile(pocket.claim)(await meanwhile(code_at)(here))
    frames.append(await socket.frame())
    await meanwhile(pocket.activate)(PIN)
    frames.append(await socket.frame())
    await socket.disconnect()
    assert [frame["state"] for frame in frames] == ["fresh", "claimed", "used"]
    assert [set(frame) for frame in frames] == [{"state", "version"}] * 3


@story
async def test_it_hears_of_a_test_and_its_answer(mara, here):
    pocket = await meanwhile(activated)(here, mara)
    socket = watch(await meanwhile(key_ticket)(here), "/ws/security/")
    assert await socket.opened()
    versions = [(await socket.frame())["version"]]
    await meanwhile(here.post)("/security/key/test/")
    await meanwhile(pocket.approve)(await meanwhile(pocket.challenge)(), PIN)
    while not await socket.receive_nothing(0.2):
        versions.append((await socket.frame())["version"])
    await socket.disconnect()
    assert len(set(versions)) >= 2
    page = await meanwhile(lambda: here.get("/security/key/status/").json())()
    assert versions[-1] == page["version"]


@story
async def test_a_code_replaced_elsewhere_is_told(mara, here):
    await meanwhile(give_password)(here, mara)
    socket = watch(await meanwhile(key_ticket)(here), "/ws/security/")
    assert await socket.opened()
    assert (await socket.frame())["state"] == "fresh"
    await meanwhile(give_password)(desk(), mara)
    assert (await socket.frame())["state"] == "burned"
    await socket.disconnect()


@story
async def test_the_desk_hears_of_a_notification_that_was_sent_again(mara, pocket, waiting):
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    before = await socket.frame()
    await meanwhile(lambda: Challenge.objects.update(notified_at=timezone.now() - timedelta(seconds=31)))()
    await meanwhile(send_again)(waiting)
    assert (await socket.frame())["version"] > before["version"]
    await socket.disconnect()
