"""The sockets of the waiting pages: only for our own pages, only with a ticket, and they only tell (R-64 to R-70)."""

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.core import signing
from django.utils import timezone

from tests.doors.sockets import Socket, meanwhile, story
from tests.factories import PIN, desk, finish, give_password, person, phone
from tests.stories.ways import activated, approve, code_at, dump, is_in, number_at, send_again, state
from twofactor import live
from twofactor.models import Challenge

pytestmark = pytest.mark.django_db(transaction=True)


def watch(ticket, path="/ws/sign-in/", **more):
    return Socket(f"{path}?{urlencode({'ticket': ticket})}", **more)


def ticket_of(browser):
    return browser.get("/sign-in/status/").json()["ticket"]


def key_ticket(browser):
    return browser.get("/security/key/status/").json()["ticket"]


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


# --- Who may open one ---


def strange_origins():
    ours = urlsplit(settings.PORTAL_BASE_URL)
    return {
        "missing": None,
        "null": "null",
        "empty": "",
        "https": f"https://{ours.netloc}",
        "another port": f"http://{ours.hostname}:{(ours.port or 80) + 1}",
        "no port": f"http://{ours.hostname}",
        "a subdomain": f"http://auth.{ours.netloc}",
        "a longer name": f"http://{ours.hostname}.evil.example:{ours.port}",
        "a user": f"http://{ours.netloc}@evil.example",
        "upper case": settings.PORTAL_BASE_URL.upper(),
        "a slash": settings.PORTAL_BASE_URL + "/",
        "another site": "https://evil.example",
        "two": [settings.PORTAL_BASE_URL, settings.PORTAL_BASE_URL],
        "two, one foreign": [settings.PORTAL_BASE_URL, "https://evil.example"],
    }


@pytest.mark.parametrize("path", ["/ws/sign-in/", "/ws/security/"])
@story
async def test_only_our_own_pages_open_one(path, full, waiting):
    """AT-080."""
    kind = live.DESK if path == "/ws/sign-in/" else live.PERSON
    name = waiting.session["login"]
    good = live.ticket(kind, name) if kind == live.DESK else await meanwhile(key_ticket)(full)
    for why, origin in strange_origins().items():
        assert await watch(good, path, origin=origin).refused() == 4403, why
    assert await watch(good, path).refused() is None


@pytest.mark.parametrize("hosts", [["*"], ["localhost"]])
@story
async def test_no_setting_of_hosts_opens_it(hosts, settings, waiting):
    """AT-081."""
    settings.ALLOWED_HOSTS = hosts
    good = await meanwhile(ticket_of)(waiting)
    assert await watch(good, origin="https://evil.example").refused() == 4403


@story
async def test_another_hosts_authenticator_pages_are_ours_too(settings, waiting):
    settings.PORTAL_ORIGINS = {settings.PORTAL_BASE_URL, "https://auth.portal.example"}
    good = await meanwhile(ticket_of)(waiting)
    assert await watch(good, origin="https://auth.portal.example").refused() is None


@pytest.mark.parametrize("path", ["/ws/sign-in/", "/ws/security/"])
@story
async def test_without_a_good_ticket_it_does_not_open(path, mara, full, waiting):
    """AT-082: one refusal for all, and a full session helps nobody."""
    login = waiting.session["login"]
    desk_ticket, person_ticket = live.ticket(live.DESK, login), await meanwhile(key_ticket)(full)
    other_kind = person_ticket if path == "/ws/sign-in/" else desk_ticket
    good = desk_ticket if path == "/ws/sign-in/" else person_ticket
    forged = [
        "",
        "x",
        login,
        str(mara.pk),
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "A" + good,
        other_kind,
        signing.dumps(["desk", login]),
        signing.dumps(["person", f"{mara.pk}:"], salt="accounts.browser"),
        signing.dumps("desk", salt="twofactor.live"),
        signing.dumps({"kind": "desk"}, salt="twofactor.live"),
        "\u00e9",
        "x" * 5000,
    ]
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in waiting.cookies.items())
    for ticket in forged:
        assert await watch(ticket, path, cookie=cookie).refused() == 4403, ticket[:40]
    assert await Socket(path, cookie=cookie).refused() == 4403


@story
async def test_a_ticket_for_something_that_does_not_exist_is_closed(mara):
    socket = watch(live.ticket(live.DESK, "A" * 22))
    assert await socket.opened()
    assert await socket.closed() == 4403


ENDINGS = {
    "signing out": lambda browser, other: browser.post("/sign-out/"),
    "ending all others": lambda browser, other: other.post("/security/sessions/end/"),
}


@pytest.mark.parametrize("end", ENDINGS)
@story
async def test_it_ends_with_the_session_that_opened_it(end, mara, here):
    """R-57."""
    other = desk()
    await meanwhile(give_password)(other, mara)
    await meanwhile(give_password)(here, mara)
    socket = watch(await meanwhile(key_ticket)(here), "/ws/security/")
    assert await socket.opened()
    await socket.frame()
    await meanwhile(ENDINGS[end])(here, other)
    assert await socket.closed() == 4403


@pytest.mark.parametrize("end", ENDINGS)
@story
async def test_a_ticket_of_a_session_that_ended_tells_nothing(end, mara, here):
    other = desk()
    await meanwhile(give_password)(other, mara)
    await meanwhile(give_password)(here, mara)
    ticket = await meanwhile(key_ticket)(here)
    await meanwhile(ENDINGS[end])(here, other)
    again = watch(ticket, "/ws/security/")
    assert not await again.opened() or await again.closed() == 4403


@story
async def test_a_ticket_is_good_for_half_a_minute(clock, waiting):
    good = await meanwhile(ticket_of)(waiting)
    clock.shift(29)
    assert await watch(good).refused() is None
    clock.shift(2)
    assert await watch(good).refused() == 4403


@pytest.mark.parametrize("path", ["/ws/", "/ws/sign-in", "/ws/admin/", "/ws/sign-in/x/", "/", "/ws/security", "/security/"])
@story
async def test_there_is_no_other_socket(path, waiting):
    good = await meanwhile(ticket_of)(waiting)
    assert await watch(good, path).refused() == 4403


# --- What it tells ---


@story
async def test_it_tells_the_present_state_at_once(waiting):
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    frame = await socket.frame()
    status = await meanwhile(lambda: waiting.get("/sign-in/status/").json())()
    assert (frame["state"], frame["version"]) == (status["state"], status["version"]) == ("waiting", status["version"])
    assert await socket.silent()
    await socket.disconnect()


@story
async def test_it_tells_state_version_and_ticket_and_nothing_else(mara, pocket, waiting):
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
    assert [set(frame) for frame in frames] == [{"state", "version", "ticket"}] * 6
    assert [frame["state"] for frame in frames] == ["waiting"] * 4 + ["approved"] * 2
    tickets = [signing.loads(frame.pop("ticket"), salt="twofactor.live") for frame in frames[:-1]]
    told = repr((tickets, frames))
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
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    await socket.frame()
    await meanwhile(act)(waiting, pocket)
    frame = await socket.frame()
    while frame["state"] != word:  # an end may be told in two steps
        frame = await socket.frame()
    await socket.disconnect()


@story
async def test_it_tells_when_the_time_is_over(waiting):
    """Time passing is a change too, though no row is written."""
    soon = timezone.now() + timedelta(seconds=0.1)
    await meanwhile(lambda: Challenge.objects.filter(state="pending").update(expires=soon))()
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    assert (await socket.frame())["state"] == "waiting"
    assert (await socket.frame())["state"] == "expired"
    assert await socket.silent()
    await socket.disconnect()


@story
async def test_after_a_break_it_tells_what_was_missed(pocket, waiting):
    """AT-087."""
    first = watch(await meanwhile(ticket_of)(waiting))
    assert await first.opened()
    ticket = (await first.frame())["ticket"]
    await first.disconnect()
    await meanwhile(approve)(waiting, pocket)
    second = watch(ticket)
    assert await second.opened()
    assert (await second.frame())["state"] == "approved"
    await second.disconnect()


@story
async def test_nobody_hears_of_another_sign_in(mara, pocket, waiting):
    other = desk()
    await meanwhile(give_password)(other, mara)
    socket = watch(await meanwhile(ticket_of)(other))
    assert await socket.opened()
    await socket.frame()
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
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    await socket.frame()
    before = await meanwhile(dump)()
    await socket.send_to(**({"bytes_data": said} if isinstance(said, bytes) else {"text_data": said}))
    await socket.receive_nothing(0.02)
    assert await meanwhile(dump)() == before
    assert await meanwhile(state)(waiting) == "waiting"
    assert not await meanwhile(is_in)(waiting)


# --- The pages about a key ---


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
    assert [set(frame) for frame in frames] == [{"state", "version", "ticket"}] * 3


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
