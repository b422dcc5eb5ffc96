"""What every carrier is tried with: a server of its own, short deadlines, and a look at what was let slip."""

import logging
from collections.abc import Callable

import pytest

from accounts.hashing import BoundedArgon2
from tests.carriers.gateway import Gateway
from tests.carriers.messages import ACCOUNT, NUMBER, SECRET, TOKEN, TOLD_NOBODY, Road, a_call, text
from tests.carriers.server import Behaviour, Server, saying
from tests.carriers.twilio_side import Twilio
from tests.factories import desk, give_password, person
from twofactor import policy, tasks
from twofactor.models import Delivery


@pytest.fixture(autouse=True)
def public(settings):
    """A portal that the network can reach; what it is on this machine changes what carriers are told."""
    settings.PORTAL_BASE_URL = "https://portal.example"
    settings.PORTAL_ON_LOOPBACK = False


@pytest.fixture
def serve() -> Callable[..., Server]:
    servers: list[Server] = []

    def start(*answers: Behaviour, **options) -> Server:
        servers.append(Server(*answers, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def hasty(monkeypatch):
    """Deadlines that a test can wait for. Long enough for a loaded machine, far shorter than what they cut off."""
    monkeypatch.setattr(policy, "CARRIER_CONNECT", 0.2)
    monkeypatch.setattr(policy, "CARRIER_TOTAL", 0.25)


@pytest.fixture
def quiet(caplog):
    """Afterwards nothing of TOLD_NOBODY stands in any log of any level; gives what is there."""
    for name in ("", "portal", "django", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    yield caplog
    formatter = logging.Formatter()
    said = [formatter.format(record) for stage in ("setup", "call") for record in caplog.get_records(stage)]
    assert not [line for line in said if any(secret in line for secret in TOLD_NOBODY)]


@pytest.fixture
def http_side(settings):
    settings.PORTAL_CARRIERS = ["http"]
    settings.PORTAL_HTTP_TOKEN = TOKEN
    settings.PORTAL_HTTP_SECRET = SECRET
    return Gateway(TOKEN, SECRET)


@pytest.fixture
def http_server(settings, serve, http_side):
    server = serve(http_side)
    settings.PORTAL_HTTP_TEXT_URL = f"{server.address}/texts"
    settings.PORTAL_HTTP_CALL_URL = f"{server.address}/calls"
    return server


@pytest.fixture
def twilio_side(settings):
    settings.PORTAL_CARRIERS = ["twilio"]
    settings.PORTAL_TWILIO_ACCOUNT = ACCOUNT
    settings.PORTAL_TWILIO_TOKEN = SECRET
    settings.PORTAL_TWILIO_FROM = "+15005550006"
    return Twilio(ACCOUNT, SECRET)


@pytest.fixture
def twilio_server(settings, serve, twilio_side):
    server = serve(twilio_side)
    settings.PORTAL_TWILIO_API = server.address
    return server


@pytest.fixture(params=["http text", "http call", "twilio text", "twilio call"])
def road(request):
    carrier, way = request.param.split()
    server = request.getfixturevalue(f"{carrier}_server")
    blames = saying(422, {"reason": "number"}) if carrier == "http" else saying(400, {"code": 21211, "status": 400})
    return Road(carrier, text() if way == "text" else a_call(), server, blames)


@pytest.fixture
def desk_of_mara(db, settings, monkeypatch):
    """Mara at a desk, signed in with her password, in a portal that sends to Hong Kong."""
    settings.PORTAL_COUNTRY = "HK"
    settings.PORTAL_COUNTRIES = frozenset({"HK"})
    # What stands behind the proxy may know another name; only the first is ours.
    settings.ALLOWED_HOSTS = ["portal.example", "inside.example"]
    monkeypatch.setattr(BoundedArgon2, "memory_cost", 8)
    monkeypatch.setattr(BoundedArgon2, "time_cost", 1)
    browser = desk()
    give_password(browser, person("mara"))
    return browser


@pytest.fixture
def ask(desk_of_mara) -> Callable[[str], Delivery]:
    """Type the number, press the button for this way, and let the outbox be carried; gives the row."""

    def carried(way: str) -> Delivery:
        if way == "text":
            desk_of_mara.post("/security/phone/", {"country": "HK", "number": NUMBER[4:]})
        else:
            desk_of_mara.post("/security/phone/call/")
        tasks.deliver_due()
        return Delivery.objects.filter(way=way).latest("created")

    return carried
