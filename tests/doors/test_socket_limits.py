"""How many sockets there may be and how much each may say (P-45, R-68), and that nobody's sign-in hangs on it."""

import inspect

import pytest
from daphne.server import Server

from tests.doors.sockets import Device, Socket, attached, meanwhile, story, ticket_of, watch
from tests.factories import desk, finish, give_password
from tests.stories.ways import approve, is_in
from twofactor import live, policy, sockets

pytestmark = pytest.mark.django_db(transaction=True)

TOO_LATE, TOO_BIG, TOO_MANY = 4408, 4409, 4429


@pytest.fixture
def waiting(mara, pocket, here):
    give_password(here, mara)
    return here


def at(socket, *address):
    """The same socket, asked for from there."""
    socket.scope["client"] = list(address)
    return socket


# --- How many ---


@story
async def test_a_page_has_three(pocket, waiting):
    """AT-089: the fourth is refused, and the sign-in is finished all the same."""
    login = waiting.session["login"]
    opened = [watch(live.ticket(live.DESK, login)) for _ in range(policy.SOCKETS_PAGE)]
    assert all([await socket.opened() for socket in opened])
    assert await watch(live.ticket(live.DESK, login)).refused() == 4403
    assert (await meanwhile(waiting.get)("/sign-in/status/")).json()["state"] == "waiting"
    await opened[0].disconnect()
    assert await watch(live.ticket(live.DESK, login)).refused() is None
    await meanwhile(approve)(waiting, pocket)
    await meanwhile(finish)(waiting)
    assert await meanwhile(is_in)(waiting)


@story
async def test_an_address_has_ten(pocket):
    """AT-089: the eleventh from one address, or from one IPv6 subscriber, is refused; other addresses are not."""
    for address in ("203.0.113.9", "2001:db8::1"):
        opened = [at(Device(pocket), address, 1) for _ in range(policy.SOCKETS_ADDRESS)]
        assert all([await device.opened() for device in opened])
        neighbour = address if "." in address else "2001:db8::2"
        assert await at(Device(pocket), neighbour, 2).refused() == 4403
        assert await at(Device(pocket), "198.51.100.1", 1).refused() is None
        await opened[0].disconnect()
        assert await at(Device(pocket), address, 3).refused() is None


@story
async def test_a_phone_that_speaks_for_a_key_takes_no_room_from_its_neighbours(pocket):
    """An office behind one address has more than ten phones."""
    phones = [(await attached(pocket))[0] for _ in range(policy.SOCKETS_KEY)]
    assert sockets.crowd._in["address:unknown"] == 0
    late = Device(pocket)
    await late.hello()
    await late.send_json_to({"type": "attach", "statements": [late.statement(*pocket.keys.values())]})
    assert await late.closed() == TOO_MANY
    for device in (*phones, late):
        await device.disconnect()
    assert not sockets.crowd._in


@story
async def test_room_is_given_back_however_a_socket_ends(monkeypatch, waiting):
    """An accident in this process must not use up the room of those who come after it."""

    def breaks(*args):
        raise RuntimeError

    good = await meanwhile(ticket_of)(waiting)
    monkeypatch.setattr("twofactor.consumers.SignInStatus.tell", breaks)
    socket = watch(good)
    assert await socket.opened()
    with pytest.raises(RuntimeError):
        await socket.frame()
    assert not sockets.crowd._in


@story
async def test_a_channel_that_nobody_attaches_is_closed(monkeypatch, pocket):
    """AT-089: idle sockets do not pile up."""
    monkeypatch.setattr(policy, "ATTACH_WITHIN", policy.ATTACH_WITHIN / 20)
    idle, busy = Device(pocket), Device(pocket)
    await idle.hello()
    assert await idle.closed() == TOO_LATE
    await busy.hello()
    await busy.attach()
    assert await busy.silent()
    await busy.disconnect()


@story
async def test_an_address_asks_for_so_many_and_no_more(monkeypatch, waiting):
    """AT-083: whoever tries names gets the same refusal for each, and after a while not even a look at the ticket."""
    monkeypatch.setattr(sockets.openings, "_most", 30)
    looks = []
    real = live.read_ticket
    monkeypatch.setattr(live, "read_ticket", lambda kind, given: looks.append(given) or real(kind, given))
    for number in range(40):
        login = f"{number:022}"
        assert await at(watch(f"{login}.x"), "203.0.113.9", 1).refused() == 4403
    assert len(looks) == 30
    good = await meanwhile(ticket_of)(waiting)
    assert await at(watch(good), "203.0.113.9", 1).refused() == 4403
    assert await at(watch(good), "198.51.100.1", 1).refused() is None


@story
async def test_a_name_that_is_nobodys_and_one_that_is_over_are_told_apart_by_nothing(mara, pocket, waiting):
    """AT-083: with a ticket of its own making nobody gets here; and these look alike."""
    closed = []
    await meanwhile(waiting.post)("/sign-in/cancel/")
    for login in ("A" * 22, "nobody", ""):
        socket = watch(live.ticket(live.DESK, login))
        closed.append(await socket.refused())
    assert set(closed) == {4403}


# --- From where ---


@story
async def test_forwarded_addresses_count_as_for_pages(pocket, settings):
    """AT-097, R-52: no header of the client's own makes it somebody else."""
    opened = []
    for number in range(policy.SOCKETS_ADDRESS):
        forged = {"x_forwarded_for": f"198.51.100.{number}", "forwarded": f"for=198.51.100.{number}"}
        opened.append(at(Device(pocket, **forged), "203.0.113.9", 1))
        assert await opened[-1].opened()
    assert await at(Device(pocket), "203.0.113.9", 1).refused() == 4403
    settings.PORTAL_PROXIES = 1
    assert await at(Device(pocket, x_forwarded_for="1.1.1.1, 203.0.113.9"), "10.0.0.1", 1).refused() == 4403
    assert await at(Device(pocket, x_forwarded_for="203.0.113.9, 1.1.1.1"), "10.0.0.1", 1).refused() is None


# --- How much ---


@story
async def test_a_page_that_talks_is_closed(waiting):
    """AT-085: ten frames a minute, and none of them is heard."""
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    await socket.frame()
    for _ in range(policy.SOCKET_FRAMES.count):
        await socket.send_to(text_data="{}")
    assert await socket.silent()
    await socket.send_to(text_data="{}")
    assert await socket.closed() == TOO_MANY


@pytest.mark.parametrize("said", ["x" * (policy.SOCKET_LONGEST + 1), b"\x00"], ids=["long", "binary"])
@story
async def test_a_page_that_says_too_much_is_closed(said, waiting):
    """AT-085: four KiB, and text."""
    socket = watch(await meanwhile(ticket_of)(waiting))
    assert await socket.opened()
    await socket.frame()
    await socket.send_to(**({"bytes_data": said} if isinstance(said, bytes) else {"text_data": said}))
    assert await socket.closed() == TOO_BIG


@story
async def test_a_flood_is_not_read_to_its_end(monkeypatch, pocket):
    """AT-085: after the eleventh frame nothing is looked at, however much is on its way already."""
    looked = []
    monkeypatch.setattr(
        "twofactor.consumers.Inbox.read_statements", lambda self, given: looked.append(given) or ([], [])
    )
    device = Device(pocket)
    await device.hello()
    for _ in range(1000):
        await device.send_json_to({"type": "attach", "statements": ["a.b.c"]})
    while (await device.receive_output(5))["type"] != "websocket.close":
        pass
    assert len(looked) == policy.SOCKET_FRAMES.count


@story
async def test_as_many_keys_attach_as_one_phone_may_hold(pocket):
    """Why a phone's frame may be longer than a page's: sixteen statements are more than four KiB."""
    (key,) = pocket.keys.values()
    device = Device(pocket)
    await device.hello()
    many = [device.statement(key) for _ in range(policy.KEYS_AN_AUTHENTICATOR)]
    assert policy.SOCKET_LONGEST < sum(map(len, many)) < policy.BODY_LONGEST
    told, _inbox = await device.attach(*many)
    assert set(told["kids"]) == {key.kid}
    await device.disconnect()


# --- How long ---


def test_the_server_pings_often_enough():
    """P-45."""
    usual = inspect.signature(Server.__init__).parameters
    assert usual["ping_interval"].default <= policy.HEARTBEAT


@story
async def test_a_lost_bell_is_noticed(monkeypatch, mara, here):
    """R-69: a socket looks again by itself, and an ended session's closes."""
    monkeypatch.setattr(policy, "SOCKET_LOOKS", 0.2)
    await meanwhile(give_password)(here, mara)
    ticket = (await meanwhile(here.get)("/security/key/status/")).json()["ticket"]
    socket = watch(ticket, "/ws/security/")
    assert await socket.opened()
    assert await socket.frame() == await socket.frame()
    monkeypatch.setattr(live.bell, "ring", lambda *rung: None)
    await meanwhile(here.post)("/sign-out/")
    assert await socket.ended() == 4403


@story
async def test_an_unknown_address_says_nothing_of_the_others(waiting):
    """R-06: closed before it opens, whatever its name."""
    for path in ("/ws/", "/ws/sign-in"):
        assert await Socket(path).refused() == 4403
    assert desk().get("/ws/sign-in/").status_code == 404
