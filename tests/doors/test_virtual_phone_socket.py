"""The socket of the demo's virtual phone: only for pages of ours, and it tells no more than that something changed."""

import pytest
from channels.routing import URLRouter

from tests.doors.sockets import Socket, meanwhile, story, strange_origins
from tests.stories.on_the_phone import call, text
from twofactor.gateways import demo
from twofactor.urls import sockets

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/ws/demo/phone/"


@pytest.fixture(autouse=True)
def demo_is_here(settings, monkeypatch):
    """Sockets as a process of the demo has them, and its phone, empty."""
    monkeypatch.setenv("PORTAL_DEMO", "1")
    from portal.demo import phone, urls

    settings.PORTAL_CARRIERS, settings.PORTAL_COUNTRY = ["demo"], "HK"
    monkeypatch.setattr(phone, "later", lambda seconds, act: None)
    monkeypatch.setattr(demo, "listeners", [phone.hear])
    monkeypatch.setattr(demo, "handset", demo.Handset())
    monkeypatch.setattr("portal.asgi.application", URLRouter([*urls.sockets, *sockets]))


async def opened() -> Socket:
    socket = Socket(ADDRESS)
    assert await socket.opened()
    assert await socket.frame() == {"version": demo.handset.version}
    return socket


@story
async def test_it_tells_the_present_version_and_is_silent_while_nothing_happens():
    socket = await opened()
    assert await socket.silent()
    await socket.disconnect()


ACTS = {
    "a text": lambda: demo.send(text()),
    "a call": lambda: demo.send(call()),
    "no reception": lambda: demo.handset.set_reception(False),
    "refusals": lambda: demo.handset.refuse("busy"),
}


@pytest.mark.parametrize("what", ACTS)
@story
async def test_it_tells_of_every_change_and_nothing_of_what_it_is(what):
    socket = await opened()
    await meanwhile(ACTS[what])()
    frame = await socket.frame()
    while frame["version"] < demo.handset.version:  # one thing may happen in two steps
        assert set(frame) == {"version"}
        frame = await socket.frame()
    assert frame == {"version": demo.handset.version}
    await socket.disconnect()


@story
async def test_every_step_of_a_call_is_told():
    socket = await opened()
    await meanwhile(demo.send)(call())
    for event in ("answer", "press", "end"):
        await meanwhile(demo.handset.move)("call", event)
        frame = await socket.frame()
        while frame["version"] < demo.handset.version:
            frame = await socket.frame()
        assert frame == {"version": demo.handset.version}
    await socket.disconnect()


@pytest.mark.parametrize("name", strange_origins())
@story
async def test_a_page_of_anybody_else_is_refused(name):
    assert await Socket(ADDRESS, origin=strange_origins()[name]).refused() == 4403


@pytest.mark.parametrize("said", ['{"type": "look"}', '{"version": 1}', "not json", "x" * 4_000])
@story
async def test_whatever_a_page_says_has_no_effect(said):
    socket = await opened()
    before = demo.handset.version
    await socket.send_to(text_data=said)
    assert await socket.silent()
    assert demo.handset.version == before
    await socket.disconnect()


@story
async def test_the_other_addresses_stay_closed():
    assert await Socket("/ws/demo/").refused() == 4403
