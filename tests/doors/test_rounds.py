"""Those who wait for a sign-in look together, and none of them misses what no bell has told (R-69)."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Login
from tests.doors.sockets import meanwhile, story, ticket_of, watch
from tests.factories import desk, give_password
from tests.stories.ways import approve
from twofactor import live, policy, rounds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(policy, "SOCKET_LOOKS", 1.0)


@pytest.fixture
def asked(monkeypatch):
    """For how many sign-ins each statement of a round asked."""
    sizes, changed = [], rounds.Rounds._changed

    async def noted(some):
        sizes.append(len(some))
        return await changed(some)

    monkeypatch.setattr(rounds.Rounds, "_changed", staticmethod(noted))
    return sizes


async def state_after_beats(socket):
    frame = await socket.frame()
    while frame.get("state", "waiting") == "waiting":
        frame = await socket.frame()
    return frame["state"]


def begun(who):
    browser = desk()
    give_password(browser, who)
    return browser


@story
async def test_whoever_waits_hears_now_and_then_that_the_line_is_alive(asked, mara, pocket):
    browsers = [await meanwhile(begun)(mara) for _ in range(3)]
    sockets = [watch(await meanwhile(ticket_of)(browser)) for browser in browsers]
    for socket in sockets:
        assert await socket.opened()
    assert [(await socket.frame())["state"] for socket in sockets] == ["waiting"] * 3
    assert [await socket.frame() for socket in sockets] == [{}] * 3
    for socket in sockets:
        await socket.disconnect()


@story
async def test_an_approval_that_no_bell_has_told_is_found(monkeypatch, asked, mara, pocket, here):
    await meanwhile(give_password)(here, mara)
    socket = watch(await meanwhile(ticket_of)(here))
    assert await socket.opened()
    assert (await socket.frame())["state"] == "waiting"
    monkeypatch.setattr(live.bell, "ring", lambda *rung: None)
    await meanwhile(approve)(here, pocket)
    assert await state_after_beats(socket) == "approved"


@story
async def test_a_sign_in_whose_time_is_over_is_told_so(asked, mara, pocket, here):
    """No row has changed by that."""
    await meanwhile(give_password)(here, mara)
    socket = watch(await meanwhile(ticket_of)(here))
    assert await socket.opened()
    await socket.frame()
    over = timezone.now() - timedelta(seconds=1)
    await meanwhile(lambda: Login.objects.update(expires=over))()
    assert await state_after_beats(socket) == "expired"


@story
async def test_whoever_has_left_is_asked_for_no_more(asked, mara, pocket, here):
    await meanwhile(give_password)(here, mara)
    socket = watch(await meanwhile(ticket_of)(here))
    assert await socket.opened()
    await socket.frame()
    await socket.disconnect()
    queue = rounds.rounds.here()._queue
    async with asyncio.timeout(10):
        # Nobody says that a round is over.
        while queue:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert set(asked) <= {0}
