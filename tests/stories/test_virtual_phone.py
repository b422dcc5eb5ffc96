"""The page of the virtual phone: it shows what arrived, a code only when it was said, and the portal hears of it."""

import importlib
import re
import sys
import types
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from tests.factories import desk, give_password, person
from tests.stories.on_the_phone import CODE, DANA, ELI, UNANSWERED, call, mail, state, text
from twofactor import tasks
from twofactor.gateways import DeliveryFailed, demo
from twofactor.models import Delivery, Phone
from twofactor.numbers import Number

pytestmark = pytest.mark.django_db

PAGE, STATUS = "/demo/phone/", "/demo/phone/status/"


@pytest.fixture(autouse=True)
def reports(handset):
    """What the carrier reports, in order. The phone is empty."""
    told = []
    demo.listeners.append(lambda carried, report: report and told.append((carried.message.id, report)))
    return told


@pytest.fixture
def stranger(settings, monkeypatch):
    """A browser that nobody signed in from, on a portal that has the pages of the demo."""
    monkeypatch.setenv("PORTAL_DEMO", "1")
    whole = types.ModuleType("urls_with_the_demo")
    whole.urlpatterns = [path("demo/", include("portal.demo.urls")), path("", include("portal.urls"))]
    settings.ROOT_URLCONF = whole
    return desk()


def page(browser, query=""):
    return browser.get(PAGE + query).content.decode()


# --- What the portal hears ---


@pytest.fixture
def passed_on(stranger, monkeypatch):
    """The demo listens, and its clerk is quick."""
    from portal.demo import phone

    waits = []
    monkeypatch.setattr(phone, "later", lambda seconds, act: waits.append((seconds, act)))
    phone.listen()
    return waits


def test_a_sign_in_is_finished_with_the_code_that_the_phone_shows(passed_on, stranger):
    eli = person("eli")
    Phone.fresh(eli, Number(ELI, "HK")).move("verify", verified_at=timezone.now(), confirmed=True, texts="on")
    here = desk()
    assert give_password(here, eli).url == "/sign-in/verify/code/"
    assert tasks.deliver_due() == 1
    [code] = re.findall(r'data-copy="(\d{6})"', page(stranger))
    here.post("/sign-in/verify/code/", {"code": code})
    assert here.get("/").context["user"] == eli
    [(_seconds, report)] = passed_on
    report()
    assert Delivery.objects.get(user=eli, kind="sign-in").state == "delivered"


def delivery(way="text"):
    eli = person("eli")
    to = Phone.fresh(eli, Number(ELI, "HK"))
    ends = timezone.now() + timedelta(minutes=5)
    row = Delivery.objects.create(user=eli, way=way, kind="test", phone=to, language="en", deadline=ends)
    assert row.take()
    assert row.move("hand", carrier="demo", handed_at=timezone.now())
    return row


def test_the_outbox_hears_that_a_text_arrived(passed_on):
    row = delivery()
    demo.send(text(row.pk))
    [(_seconds, act)] = passed_on
    act()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("delivered", "")


def test_the_outbox_hears_that_nobody_answered(passed_on, clock):
    row = delivery("call")
    demo.send(call(row.pk))
    [(seconds, lapse)] = passed_on
    assert seconds == demo.RINGS.total_seconds()
    clock.shift(demo.RINGS)
    lapse()
    passed_on[-1][1]()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("failed", "unanswered")


def test_it_listens_once_however_often_it_is_told(passed_on):
    from portal.demo import phone

    phone.listen()
    assert demo.listeners.count(phone.hear) == 1


# --- The page ---


def test_it_is_open_to_everybody_in_the_demo(stranger):
    answer = stranger.get(PAGE)
    assert answer.status_code == 200
    assert "Nothing has arrived yet." in answer.content.decode()
    assert stranger.get(STATUS).json() == {"version": demo.handset.version}
    assert "session" not in stranger.cookies


def test_a_real_portal_has_no_such_page(here):
    give_password(here, person("mara"))
    assert here.get("/demo/phone/").status_code == 404


def test_its_addresses_cannot_be_loaded_outside_the_demo(stranger, monkeypatch):
    for name in ("portal.demo.urls", "portal.demo.apps"):
        monkeypatch.setenv("PORTAL_DEMO", "0")
        monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.raises(ImproperlyConfigured):
            importlib.import_module(name)


def test_it_shows_what_arrived_newest_first_and_whose_number_it_went_to(stranger, clock):
    Phone.fresh(person("eli"), Number(ELI, "HK"))
    for name, to in (("first", ELI), ("second", DANA)):
        demo.send(text(name, to, said=f"The {name} one"))
        clock.shift(1)
    demo.send(mail())
    shown = page(stranger)
    assert 0 < shown.index("Not you?") < shown.index("The second one") < shown.index("The first one")
    assert "+852 5123 4567" in shown
    assert "Eli Wong" in shown


def test_what_waited_for_reception_is_new_when_it_arrives(stranger, clock):
    demo.handset.set_reception(False)
    demo.send(text(said="Late at last"))
    clock.shift(1)
    demo.send(call())
    shown = page(stranger)
    assert "Late at last" not in shown
    assert "1 message waits for reception" in shown
    clock.shift(1)
    stranger.post("/demo/phone/reception/", {"reception": "on"})
    shown = page(stranger)
    assert 0 < shown.index("Late at last") < shown.index("Missed call")
    assert "waits for reception" not in shown


@pytest.mark.parametrize("query", [f"?number={quote(ELI, safe='')}", f"?number={ELI}", f"?number={ELI[1:]}"])
def test_it_shows_one_number_alone(query, stranger):
    demo.send(text("one", ELI, said="To Eli"))
    demo.send(text("two", DANA, said="To Dana"))
    shown = page(stranger, query)
    assert "To Eli" in shown
    assert "To Dana" not in shown


def test_a_link_can_be_opened_and_markup_is_no_markup(stranger):
    demo.send(text(said="<b>x</b> Not you? http://localhost:8000/stop/abc:1-2/"))
    shown = page(stranger)
    assert "<b>x</b>" not in shown
    assert 'href="http://localhost:8000/stop/abc:1-2/"' in shown


def test_the_code_of_a_text_can_be_copied(stranger):
    demo.send(text())
    assert f'data-copy="{CODE}"' in page(stranger)


def spelled(shown):
    """The digits that stand on the page, however they are wrapped."""
    return "".join(part for part in shown.split("<span>")[1:] for part in part[:1] if part.isdigit())


def test_a_code_is_on_the_page_only_after_a_key_was_pressed(stranger):
    demo.send(call())
    address = "/demo/phone/call/call/"
    for act, said in (("", "is calling"), ("answer", "Press any key.")):
        if act:
            stranger.post(address, {"act": act})
        shown = page(stranger)
        assert said in shown
        assert CODE not in shown
        assert "Your code is" not in shown
        assert not spelled(shown)
        assert CODE not in stranger.get(STATUS).content.decode()
    stranger.post(address, {"key": "5"})
    shown = page(stranger)
    assert "Your code is:" in shown
    assert spelled(shown) == CODE * 2
    stranger.post(address, {"act": "hang-up"})
    assert state() == "ended"
    assert spelled(page(stranger)) == CODE * 2


@pytest.mark.parametrize("acts", [["decline"], ["hang-up"], ["answer", "hang-up"]])
def test_a_call_that_was_not_taken_never_shows_its_code(acts, stranger, reports):
    demo.send(call())
    for act in acts:
        stranger.post("/demo/phone/call/call/", {"act": act})
    stranger.post("/demo/phone/call/call/", {"key": "1"})
    shown = page(stranger)
    assert not spelled(shown)
    assert CODE not in shown
    assert reports == [("call", UNANSWERED)]


def test_looking_ends_a_call_whose_time_is_over(stranger, clock):
    demo.send(call())
    clock.shift(demo.RINGS)
    assert "Missed call" in page(stranger)
    assert state() == "missed"


def test_what_is_over_before_it_arrives_is_not_shown(stranger, clock):
    demo.handset.set_reception(False)
    demo.send(text(expires=timezone.now() + timedelta(minutes=5)))
    clock.shift(300)
    shown = page(stranger)
    assert CODE not in shown
    assert "waits for reception" not in shown


def test_looking_changes_nothing_else(stranger):
    demo.send(text())
    demo.send(call())
    before = demo.handset.version
    page(stranger)
    stranger.get(STATUS)
    assert demo.handset.version == before


def test_a_message_can_be_refused_from_the_page(stranger):
    stranger.post("/demo/phone/refuse/", {"reason": "busy", "what": "text"})
    assert "Every text is refused." in page(stranger)
    with pytest.raises(DeliveryFailed):
        demo.send(text())
    stranger.post("/demo/phone/refuse/", {"reason": "busy", "what": "nothing"})
    assert "The carrier takes every message." in page(stranger)
    demo.send(text())


def test_it_can_be_emptied(stranger):
    demo.send(text(said="Old news"))
    stranger.post("/demo/phone/clear/")
    assert "Nothing has arrived yet." in page(stranger)


def test_a_button_leads_back_to_the_number_that_was_shown(stranger):
    answer = stranger.post("/demo/phone/reception/", {"reception": "off", "number": ELI})
    assert answer.url == f"{PAGE}?number={quote(ELI)}"


WRONG = {
    "an unknown call": ("/demo/phone/call/nobody/", {"act": "answer"}, 404),
    "a text that is answered": ("/demo/phone/call/one/", {"act": "answer"}, 404),
    "an unknown act": ("/demo/phone/call/call/", {"act": "speak"}, 400),
    "no act": ("/demo/phone/call/call/", {}, 400),
    "an unknown reason": ("/demo/phone/refuse/", {"reason": "because", "what": "all"}, 400),
    "an unknown thing to refuse": ("/demo/phone/refuse/", {"reason": "busy", "what": "pigeon"}, 400),
}


@pytest.mark.parametrize("what", WRONG)
def test_it_refuses_what_makes_no_sense(what, stranger):
    address, fields, status = WRONG[what]
    demo.send(text())
    demo.send(call())
    before = demo.handset.version
    assert stranger.post(address, fields).status_code == status
    assert demo.handset.version == before


@pytest.mark.parametrize("address", ["call/call/", "reception/", "refuse/", "clear/"])
def test_no_link_and_no_other_site_presses_its_buttons(address, stranger):
    demo.send(call())
    before = demo.handset.version
    assert stranger.get(PAGE + address).status_code == 405
    strict = Client(enforce_csrf_checks=True, headers=stranger.defaults.get("headers") or {})
    answer = strict.post(PAGE + address, {"act": "answer"}, headers={"host": stranger.defaults["HTTP_HOST"]})
    assert answer.status_code == 403
    assert demo.handset.version == before
