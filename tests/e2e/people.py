"""People at a desk and on a phone, as far as they have come before a test begins."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.models import User
from tests.e2e import locks
from tests.e2e.locks import Lock
from tests.e2e.pushing import PushService, WokenPhone
from tests.e2e.screens import Desk, Phone
from tests.factories import desk as client
from tests.factories import finish, give_password, number, person, shown_code
from twofactor.protocol.webpush import Sender


@pytest.fixture
def mara(transactional_db):
    """A client without a key."""
    return person("mara")


@contextmanager
def at_a_desk(user: User) -> Iterator[str]:
    """The code that stands at a desk, which is signed out afterwards.

    No browser shows that desk: it is not the subject, and a picture of it costs half a second.
    """
    there = client()
    give_password(there, user)
    yield shown_code(there)
    there.post("/sign-out/")


@pytest.fixture
def active(mara, phone: Phone):
    """Mara with her key on the phone, and signed in nowhere."""
    with at_a_desk(mara) as code:
        phone.bring(code)
        phone.create_pin("Mara Lee")
    return mara


@pytest.fixture
def unseen() -> Client:
    """A desk that no browser shows: where a sign-in there is not the subject, its pages would cost a second."""
    return client()


def come_and_go(unseen: Client) -> None:
    """The phone has approved the sign-in."""
    finish(unseen)
    unseen.post("/sign-out/")


def show(unseen: Client, desk: Desk, portal: str) -> None:
    """From now on a browser is what it was."""
    kept = [each for each in unseen.cookies.values() if each.value]
    desk.page.context.add_cookies([{"name": each.key, "value": each.value, "url": portal} for each in kept])


@pytest.fixture
def known(active, unseen: Client, desk: Desk, phone: Phone, portal: str):
    """Mara with a key, at a desk that has finished a sign-in with it before."""
    give_password(unseen, active)
    phone.approve(number=number(unseen))
    expect(phone.button("Done")).to_be_visible()
    come_and_go(unseen)
    show(unseen, desk, portal)
    return active


@pytest.fixture
def service(settings, transactional_db) -> Iterator[PushService]:
    """A push service, and a portal that is introduced to it."""
    made = PushService()
    settings.PORTAL_VAPID = Sender(Sender.new())
    settings.PORTAL_CARRIERS = ["webpush"]
    settings.PORTAL_PUSH_SERVICES = [made.origin]
    yield made
    made.close()


@pytest.fixture
def woken(service: PushService, contexts, portal: str) -> WokenPhone:
    """A browser on a phone that may show notifications."""
    return WokenPhone(contexts(**Phone.SHAPE, permissions=["notifications"]), service, portal)


@pytest.fixture
def lock(phone: Phone) -> Lock:
    """The phone has a lock that knows its user."""
    return Lock(phone.page)


@pytest.fixture
def without(mara, lock: Lock, phone: Phone):
    """Mara with her key on a phone that has a lock, and a PIN alone."""
    with at_a_desk(mara) as code:
        locks.bring(phone, code)
        phone.button("Done").click()
    return mara


@pytest.fixture
def enrolled(mara, lock: Lock, phone: Phone):
    """Mara with her key on the phone, and biometrics on."""
    with at_a_desk(mara) as code:
        locks.bring(phone, code)
        locks.turn_on(phone)
        phone.button("Done").click()
    return mara


@pytest.fixture
def known_lock(enrolled, unseen: Client, desk: Desk, phone: Phone, portal: str):
    """The same, at a desk that has finished a sign-in with it."""
    give_password(unseen, enrolled)
    phone.field("Number shown on the sign-in page").fill(number(unseen))
    phone.button("Use biometrics").click()
    expect(phone.button("Done")).to_be_visible()
    come_and_go(unseen)
    show(unseen, desk, portal)
    return enrolled


@pytest.fixture
def asked(active, desk: Desk, phone: Phone) -> Phone:
    """The phone of somebody who has just given the password, with the question for the number on its screen."""
    desk.give_password("mara")
    phone.expect_asked()
    return phone


@pytest.fixture
def inside(known, unseen: Client, desk: Desk, phone: Phone, portal: str) -> Desk:
    """Mara at her desk, signed in with her phone."""
    give_password(unseen, known)
    phone.approve()
    phone.button("Done").click()
    finish(unseen)
    show(unseen, desk, portal)
    desk.page.goto("/")
    desk.expect_signed_in()
    return desk


@pytest.fixture
def called(mara, woken: WokenPhone) -> WokenPhone:
    """Mara's phone is her key, may show notifications, and has proved that they arrive. Nobody is signed in."""
    with at_a_desk(mara) as code:
        woken.bring(code)
        woken.create_pin("Mara Lee")
    woken.prove()
    return woken
