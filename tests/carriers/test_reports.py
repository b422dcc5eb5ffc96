"""What carriers report: in any order, any number of times, signed, and without power over a sign-in (R-87)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from accounts.models import AuditEvent, Login, User
from tests.carriers.gateway import Gateway
from tests.carriers.twilio_side import Twilio
from twofactor.models import Code, Delivery, Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]


@dataclass
class Side:
    """A carrier that reports, in one spelling for the states of all of them."""

    name: str
    tell: Callable[[Delivery, str], HttpResponse]


def _http(side: Gateway, portal: Client) -> Side:
    def tell(delivery: Delivery, state: str) -> HttpResponse:
        more = {"reason": "blocked"} if state == "failed" else {}
        return side.tell(portal, f"https://portal.example/carriers/http/{delivery.pk}/", state, **more)

    return Side("http", tell)


def _twilio(side: Twilio, portal: Client) -> Side:
    def tell(delivery: Delivery, state: str) -> HttpResponse:
        fields = {
            "MessageSid": delivery.carrier_id or "SM0",
            "MessageStatus": {"failed": "undelivered"}.get(state, state),
        }
        if state == "failed":
            fields["ErrorCode"] = "30007"
        return side.tell(portal, f"https://portal.example/carriers/twilio/{delivery.pk}/", **fields)

    return Side("twilio", tell)


@pytest.fixture(params=["http", "twilio"])
def side(request):
    request.getfixturevalue(f"{request.param}_server")
    # As strict as towards any browser, and nobody is signed in.
    portal = Client(enforce_csrf_checks=True)
    make = {"http": _http, "twilio": _twilio}[request.param]
    return make(request.getfixturevalue(f"{request.param}_side"), portal)


@pytest.fixture
def text(side, ask):
    """A text with a code that the carrier has taken over."""
    delivery = ask("text")
    assert (delivery.state, delivery.carrier, delivery.reports) == ("handed", side.name, True)
    return delivery


def state(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.reason


def everything_else():
    """All that a report must not touch."""
    return [list(model.objects.order_by("pk").values()) for model in (User, Login, Session, Phone, Code)]


def test_a_delivered_text_is_delivered(side, text):
    assert side.tell(text, "delivered").status_code == 204
    assert state(text) == ("delivered", "")
    assert text.delivered_at is not None


def test_a_text_that_was_stopped_says_why(side, text):
    assert side.tell(text, "failed").status_code == 204
    assert state(text) == ("failed", "blocked")


@pytest.mark.parametrize("on_its_way", ["queued", "sent"])
def test_a_text_on_its_way_changes_nothing(side, text, on_its_way):
    version = text.version
    assert side.tell(text, on_its_way).status_code == 204
    assert state(text) == ("handed", "")
    assert text.version == version


@pytest.mark.parametrize("said", ["delivered", "failed"])
def test_a_report_that_comes_again_changes_nothing(side, text, said):
    side.tell(text, said)
    state(text)
    before = Delivery.objects.values().get(pk=text.pk)
    assert [side.tell(text, said).status_code for _ in range(3)] == [204] * 3
    assert Delivery.objects.values().get(pk=text.pk) == before


@pytest.mark.parametrize(
    ("reports", "end"),
    [
        (("delivered", "sent", "queued"), ("delivered", "")),
        (("delivered", "failed"), ("delivered", "")),
        (("failed", "sent"), ("failed", "blocked")),
        # It was taken for lost and arrived: better news wins.
        (("failed", "delivered"), ("delivered", "")),
        (("failed", "delivered", "failed"), ("delivered", "")),
    ],
)
def test_reports_in_any_order_end_alike(side, text, reports, end):
    for each in reports:
        assert side.tell(text, each).status_code == 204
    assert state(text) == end


def test_a_report_may_be_faster_than_our_own_note(side, ask):
    delivery = ask("text")
    Delivery.objects.filter(pk=delivery.pk).update(state="sending", carrier="")
    assert side.tell(delivery, "delivered").status_code == 204
    assert state(delivery) == ("delivered", "")


@pytest.mark.parametrize("said", ["delivered", "failed"])
def test_no_report_signs_anybody_in_or_uses_up_a_code(side, text, said):
    before = everything_else()
    assert side.tell(text, said).status_code == 204
    assert everything_else() == before
    assert Code.objects.get().standing == "live"
    assert Phone.objects.get().state == "unverified"


def test_a_report_about_nothing_is_unknown(side, text):
    assert side.tell(Delivery(pk="nothing-of-this-name_1"), "delivered").status_code == 404


def test_a_report_about_what_another_carrier_carries_is_unknown(side, text):
    Delivery.objects.filter(pk=text.pk).update(carrier="demo")
    assert side.tell(text, "delivered").status_code == 404
    assert state(text) == ("handed", "")


def test_what_happened_is_recorded_without_number_and_code(side, text):
    code = Code.objects.get().digits
    side.tell(text, "delivered")
    facts = list(AuditEvent.objects.values())
    assert [each for each in facts if each["kind"] == "delivery.arrive"]
    assert not [each for each in facts if "91234567" in str(each) or code in str(each)]


def test_a_carrier_that_is_not_used_any_more_has_no_door(side, text, settings):
    settings.PORTAL_CARRIERS = []
    assert side.tell(text, "delivered").status_code == 404
    assert state(text) == ("handed", "")


@pytest.mark.parametrize("name", ["console", "mail", "demo", "nobody", "__init__", "wire"])
def test_carriers_that_do_not_report_have_no_door(text, settings, name):
    settings.PORTAL_CARRIERS = ["console", "mail", "demo"]
    settings.PORTAL_MAIL_URL = "smtp://localhost"
    answer = Client().post(f"/carriers/{name}/{text.pk}/", "{}", "application/json", headers={"host": "portal.example"})
    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_a_report_is_posted(side, text, method):
    answer = getattr(Client(), method)(f"/carriers/{side.name}/{text.pk}/", headers={"host": "portal.example"})
    assert answer.status_code == 405
