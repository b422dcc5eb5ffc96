"""The sockets of the waiting pages: only for our own pages, only with a ticket, and they only tell (R-64 to R-70)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.doors.sockets import meanwhile, story, ticket_of, watch
from tests.factories import desk, finish, give_password, person
from tests.stories.ways import approve, dump, is_in, number_at, state
from twofactor import live
from twofactor.consumers import SignInStatus
from twofactor.models import Challenge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(mara, pocket, here):
    give_password(here, mara)
    return here


@pytest.fixture
def full(db):
    """Somebody else, who is signed in without a key."""
    browser = desk()
    give_password(browser, person("eli"))
    return browser


async def listening(browser):
    """The socket of a page that waits, and its first frame."""
    socket = watch(await meanwhile(ticket_of)(browser))
    assert await socket.opened()
    return socket, await socket.frame()


# --- What it tells ---


@story
async def test_it_tells_the_present_state_at_once(waiting):
    socket, frame = await listening(waiting)
    status = await meanwhile(lambda: waiting.get("/sign-in/status/").json())()
    assert (frame["state"], frame["version"]) == (status["state"], status["version"]) == ("waiting", status["version"])
    assert await socket.silent()
    await socket.disconnect()


@story
async def test_it_tells_state_and_version_and_nothing_else(mara, pocket, waiting):
    """AT-086: no name, address, number or device in a whole sign-in."""
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    frames = [await socket.frame()]
    asked = await meanwhile(pocket.challenge)()
    number = await meanwhile(number_at)(waiting)
    for hop in ("received", "shown", "opened"):
        await meanwhile(pocket.seen)(asked, hop)
        frames.append(await socket.frame())
    await meanwhile(approve)(waiting, pocket)
    frames.append(await socket.frame())
    await meanwhile(finish)(waiting)
    frames.append(await socket.frame())
    await socket.disconnect()
    assert [set(frame) for frame in frames] == [{"state", "version"}] * 6
    assert [frame["state"] for frame in frames] == ["waiting"] * 4 + ["approved"] * 2
    told = repr(frames)
    for secret in (number, asked["id"], asked["kid"], asked["nonce"], "mara", "Mara", "127.0.0.1", "Pixel"):
        assert secret not in told


ENDS = {
    "cancel on the phone": (lambda browser, pocket: pocket.cancel(pocket.challenge()), "denied"),
    "not me": (lambda browser, pocket: pocket.not_me(pocket.challenge()), "denied"),
    "cancel at the desk": (lambda browser, pocket: browser.post("/sign-in/cancel/"), "cancelled"),
    "approval": (lambda browser, pocket: approve(browser, pocket), "approved"),
    "revoked key": (lambda browser, pocket: pocket.revoke(), "failed"),
}


@pytest.mark.parametrize("end", ENDS)
@story
async def test_it_tells_every_end(end, pocket, waiting):
    act, word = ENDS[end]
    socket, _frame = await listening(waiting)
    await meanwhile(act)(waiting, pocket)
    frame = await socket.frame()
    while frame["state"] != word:  # an end may be told in two steps
        frame = await socket.frame()
    await socket.disconnect()


@story
async def test_it_tells_when_the_time_is_over(waiting):
    """Time passing is a change too, though no row is written."""

    def nearly_over():
        soon = timezone.now() + timedelta(seconds=0.1)
        Challenge.objects.filter(state="pending").update(expires=soon)
        live.tell_desk(Challenge.objects.get(state="pending").login_id)

    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    assert (await socket.frame())["state"] == "waiting"
    # Only now: on a busy machine the time could be over before the socket is open.
    await meanwhile(nearly_over)()
    told = (await socket.frame())["state"]
    assert (told if told == "expired" else (await socket.frame())["state"]) == "expired"
    assert await socket.silent()
    await socket.disconnect()


@story
async def test_after_a_break_it_tells_what_was_missed(pocket, waiting):
    """AT-087."""
    first = watch(await meanwhile(ticket_of)(waiting))
    assert await first.opened()
    await first.frame()
    await first.disconnect()
    await meanwhile(approve)(waiting, pocket)
    second = watch(await meanwhile(ticket_of)(waiting))
    assert await second.opened()
    assert (await second.frame())["state"] == "approved"
    await second.disconnect()


@story
async def test_an_approval_is_told_before_anybody_looks(monkeypatch, pocket, waiting):
    socket, frame = await listening(waiting)
    monkeypatch.setattr(SignInStatus, "read", None)
    await meanwhile(approve)(waiting, pocket)
    assert await socket.frame() == {**frame, "state": "approved"}
    await socket.disconnect()


@story
async def test_a_word_of_the_bell_decides_nothing(pocket, waiting):
    """Whoever could ring it would send a page to a claim that is refused."""
    socket, _frame = await listening(waiting)
    live.bell.ring(live.desk_group(waiting.session["login"]), live.APPROVED)
    assert (await socket.frame())["state"] == "approved"
    await meanwhile(finish)(waiting)
    assert not await meanwhile(is_in)(waiting)
    await meanwhile(approve)(waiting, pocket)
    await meanwhile(finish)(waiting)
    assert await meanwhile(is_in)(waiting)
    await socket.disconnect()


@story
async def test_a_word_that_no_desk_knows_makes_it_look(pocket, waiting):
    socket, frame = await listening(waiting)
    live.bell.ring(live.desk_group(waiting.session["login"]), "elsewhere")
    assert await socket.frame() == frame
    await socket.disconnect()


@story
async def test_nobody_hears_of_another_sign_in(mara, pocket, waiting):
    other = desk()
    await meanwhile(give_password)(other, mara)
    socket, _frame = await listening(other)
    asked = [one for one in await meanwhile(pocket.challenges)() if one["id"] != await meanwhile(newest)(other)]
    await meanwhile(pocket.cancel)(asked[0])
    assert await socket.silent()
    await socket.disconnect()


def newest(browser):
    return Challenge.objects.get(login_id=browser.session["login"]).pk


# --- What it takes: nothing ---

SAID = [
    '{"type": "approve"}',
    '{"type": "look"}',
    '{"type": "websocket.close"}',
    '{"state": "approved", "version": 99}',
    '{"type": "attach", "statements": ["a.b.c"]}',
    "not json",
    "[" * 10_000,
    "x" * 100_000,
]


@pytest.mark.parametrize("said", [*SAID, b"\x00\x01"], ids=range(len(SAID) + 1))
@story
async def test_whatever_a_page_says_has_no_effect(said, pocket, waiting):
    """AT-085."""
    socket, _frame = await listening(waiting)
    before = await meanwhile(dump)()
    await socket.send_to(**({"bytes_data": said} if isinstance(said, bytes) else {"text_data": said}))
    await socket.receive_nothing(0.02)
    assert await meanwhile(dump)() == before
    assert await meanwhile(state)(waiting) == "waiting"
    assert not await meanwhile(is_in)(waiting)
