"""Who may open a socket of the waiting pages: our own pages, with a ticket, as long as it is good (R-64, R-65)."""

import asyncio

import pytest
from django.core import signing
from django.db import DatabaseError

from accounts import limits
from accounts.models import OpenSession
from tests.doors.sockets import Socket, key_ticket, meanwhile, story, strange_origins, ticket_of, watch
from tests.factories import desk, give_password, person
from twofactor import live

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
async def test_a_ticket_for_something_that_does_not_exist_opens_nothing(mara):
    assert await watch(live.ticket(live.DESK, "A" * 22)).refused() == 4403


def row_of(browser):
    return OpenSession.objects.get(session_key=browser.session.session_key)


def five_more(browser):
    """P-43."""
    return [give_password(desk(), row_of(browser).user) for _ in range(5)]


ENDINGS = {
    "signing out": lambda browser, other: browser.post("/sign-out/"),
    "ending all others": lambda browser, other: other.post("/security/sessions/end/"),
    "ending this one": lambda browser, other: other.post(f"/security/sessions/{row_of(browser).pk}/end/"),
    "five more sign-ins": lambda browser, other: [other.post("/sign-out/"), *five_more(browser)],
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
    assert await socket.ended() == 4403


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
    """AT-082."""
    good, late = await meanwhile(ticket_of)(waiting), await meanwhile(ticket_of)(waiting)
    clock.shift(29)
    assert await watch(good).refused() is None
    clock.shift(2)
    assert await watch(late).refused() == 4403


@story
async def test_a_ticket_opens_one_socket(waiting):
    """AT-082, P-45: whoever reads along has one that is used up."""
    good = await meanwhile(ticket_of)(waiting)
    socket = watch(good)
    assert await socket.opened()
    await socket.frame()
    assert await watch(good).refused() == 4403
    again = await meanwhile(ticket_of)(waiting)
    assert await watch(again).refused() is None
    assert await watch(again).refused() == 4403


@story
async def test_of_two_that_show_one_ticket_in_the_same_moment_one_comes_in(monkeypatch, waiting):
    """Their tickets are used up in one statement."""
    asked, real = [], limits.firsts
    monkeypatch.setattr(limits, "firsts", lambda limit, who: asked.append(len(who)) or real(limit, who))
    good = await meanwhile(ticket_of)(waiting)
    sockets = [watch(good) for _ in range(3)]
    came = await asyncio.gather(*(socket.opened() for socket in sockets))
    assert sorted(came) == [False, False, True]
    assert asked == [3]
    await sockets[came.index(True)].disconnect()


@story
async def test_what_cannot_be_counted_opens_nothing(monkeypatch, waiting):
    """R-88: the database does not answer, so nobody knows whether the ticket was used."""
    good = await meanwhile(ticket_of)(waiting)

    def away(*args):
        raise DatabaseError

    monkeypatch.setattr("accounts.limits.firsts", away)
    assert await watch(good).refused() == 4403


@pytest.mark.parametrize(
    "path", ["/ws/", "/ws/sign-in", "/ws/admin/", "/ws/sign-in/x/", "/", "/ws/security", "/security/"]
)
@story
async def test_there_is_no_other_socket(path, waiting):
    good = await meanwhile(ticket_of)(waiting)
    assert await watch(good, path).refused() == 4403
