"""What the stories share: cheap hashes, a clock to move, a carrier, and people with and without a key or a number."""

import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client

from tests.again import once
from tests.factories import cheapen, desk, give_password, person, with_key
from tests.stories.app_codes import set_up
from tests.stories.carried import add_key, by_text, forget, given_number, switch_texts, text_in
from tests.stories.drawer import Drawer, only
from tests.stories.lost import activate_at, take
from tests.stories.recovering import sheet_of
from tests.stories.ways import activated, login_of, sign_in, sign_out
from tests.stories.webauthn import add_passkey
from tests.stories.witness import Witness, latest
from twofactor import gateways
from twofactor.gateways import demo
from twofactor.protocol.webpush import Sender


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    cheapen(monkeypatch)


@pytest.fixture
def clock(monkeypatch):
    """Python's clock, moved by `clock.shift(seconds)` and by a thousandth with every visit. The database's goes on."""
    # The next whole second: later than everything that a fixture has done.
    with time_machine.travel(int(time.time()) + 1, tick=False) as traveller:
        visit = Client.request

        def request(self, **given):
            traveller.shift(0.001)
            return visit(self, **given)

        monkeypatch.setattr(Client, "request", request)
        yield traveller


@pytest.fixture
def one_clock(db, clock):
    """Python's clock for the database too, so that time may pass for both."""
    following = True

    def strftime(_form: str, _moment: str) -> str:
        real = not following and time_machine.escape_hatch.is_travelling()
        seconds = time_machine.escape_hatch.time.time() if real else time.time()
        # To the microsecond, as moments are kept: what is written now is due now, though this clock stands still.
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S.%f}"

    connection.ensure_connection()
    # What Django asks SQLite for `Now()`. The function stays with the connection, and tells the real time afterwards.
    # Twice: only what takes the place of a function with as many arguments makes SQLite forget the statements that it
    # has prepared with the one before.
    for _ in range(2):
        connection.connection.create_function("strftime", 2, strftime)
    yield clock
    following = False


@pytest.fixture
def handset(settings, monkeypatch, one_clock):
    """A portal that sends to four countries, and the phone on which everything arrives that its carrier takes over.

    Nobody carries by himself: what is due goes out when a test asks for it, in its own thread.
    """
    settings.PORTAL_CARRIERS = ["demo"]
    settings.PORTAL_COUNTRY = "HK"
    settings.PORTAL_COUNTRIES = frozenset({"HK", "US", "GB", "IN"})
    monkeypatch.setattr(demo, "handset", demo.Handset())
    monkeypatch.setattr(demo, "listeners", [])
    return demo.handset


@pytest.fixture
def carriers(settings, monkeypatch):
    """Put carriers of one's own in the place of the portal's, in this order."""

    def use(**named):
        settings.PORTAL_CARRIERS = list(named)
        monkeypatch.setattr(gateways, "carrier", named.__getitem__)
        return list(named.values())

    return use


@pytest.fixture
def eli(handset):
    """A client without a key who signs in with codes by text to NUMBER, and has done so for a while."""
    user = person("eli")
    given_number(user)
    return user


@pytest.fixture
def thief(eli):
    """Somebody at a desk with a session of Eli's, a moment old and as strong as it can be."""
    browser = desk()
    text_in(browser, eli)
    return browser


@pytest.fixture
def pocket_of_eli(handset, one_clock, eli):
    """Eli has a key too, and keeps texts beside it; gives the phone with the key. He used the text last."""
    browser = desk()
    text_in(browser, eli)
    pocket = add_key(browser)
    switch_texts(browser, True)
    sign_out(browser)
    forget(handset, one_clock)
    return pocket


@pytest.fixture
def both(eli, here, handset, one_clock):
    """Eli has a key, and codes by text beside it; gives the phone that holds the key. All of it a day ago."""
    text_in(here, eli)
    pocket = add_key(here)
    switch_texts(here, True)
    sign_out(here)
    forget(handset, one_clock)
    return pocket


@pytest.fixture
def moved(eli, both, here):
    """Eli has signed in by text, because the phone with the key is gone, and activated another one; gives that."""
    by_text(here, eli)
    take(here)
    return activate_at(here)


@pytest.fixture
def mara(db):
    """A client without a key."""
    return once("mara", lambda: person("mara"))


@pytest.fixture
def pocket(mara):
    """A phone with Mara's active key."""
    return once("pocket", lambda: activated(desk(), mara))


@pytest.fixture
def shared(mara, pocket):
    """Mara's phone, with Eli as a second user."""
    return with_key(person("eli"), pocket)


@pytest.fixture
def here(db):
    """A browser at a desk that nobody signed in from yet."""
    return desk()


@pytest.fixture
def known(mara, pocket):
    """A browser that finished a sign-in of Mara with her key, and signed out again."""

    def signed_out() -> Client:
        browser = desk()
        sign_in(browser, mara, pocket)
        sign_out(browser)
        return browser

    return once("known", signed_out)


@pytest.fixture
def drawer(settings, one_clock):
    """A phone's drawer, at a push service on this machine."""
    made = Drawer()
    settings.PORTAL_VAPID = Sender(Sender.new())
    settings.PORTAL_CARRIERS = ["webpush"]
    settings.PORTAL_PUSH_SERVICES = [made.origin]
    yield made
    made.service.close()


@pytest.fixture
def woken(drawer, pocket):
    """Mara's phone is pushed to, and has proved it."""
    assert pocket.push(drawer.subscription) == "new"
    drawer.woken(pocket)
    assert pocket.inbox()["push"] == {only(pocket): "works"}
    return drawer


@pytest.fixture
def laptop(here, mara):
    """Mara has a passkey and nothing else; her browser is signed out."""
    give_password(here, mara)
    holder = add_passkey(here)
    sign_out(here)
    return holder


@pytest.fixture
def app(one_clock, here, mara):
    """Mara has an app and nothing else; her browser is signed out, and the code of the set-up is over."""
    give_password(here, mara)
    secret = set_up(here)
    sign_out(here)
    one_clock.shift(60)
    return secret


@pytest.fixture
def others(db):
    """Somebody else with a key that is active: so nothing is about Mara's because it is the only one."""
    dana = person("dana")
    return once("dana's", lambda: activated(desk(), dana))


@pytest.fixture
def abroad(mara, others, pocket):
    """A browser that nobody knows, at an address of its own, which waits for Mara's answer."""
    browser = desk()
    browser.defaults["REMOTE_ADDR"] = "203.0.113.9"
    give_password(browser, mara)
    return browser


@pytest.fixture
def login(abroad):
    return login_of(abroad)


@pytest.fixture
def asked(login):
    return latest(login)


@pytest.fixture
def witness(login, monkeypatch):
    """Of what happens from now on, Mara waiting at that browser."""
    return Witness(monkeypatch)


@pytest.fixture
def codes(one_clock, mara, pocket, known):
    """Mara's recovery codes, made the day before."""
    sign_in(known, mara, pocket)
    made = sheet_of(known)
    sign_out(known)
    one_clock.shift(24 * 3600 + 1)
    return made
