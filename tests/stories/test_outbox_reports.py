"""What carriers report later: in any order, however often, and never more than how a delivery went (R-87)."""

import pytest

from accounts.models import AuditEvent, Login
from tests.factories import desk, give_password
from tests.stories.carried import NUMBER, Carrier, carry, code_to, messages, type_code
from tests.stories.ways import is_in, state
from twofactor import tasks
from twofactor.gateways import Report
from twofactor.models import Code, Delivery

PAGE = "/sign-in/verify/code/"
DELIVERED, LOST = Report("delivered"), Report("failed", "blocked")


@pytest.fixture
def waiting(eli, here):
    give_password(here, eli)
    return here


def row():
    return Delivery.objects.get(kind="sign-in")


def tell(*reports, carrier="demo"):
    return [tasks.report(row().pk, each, carrier) for each in reports]


def test_delivered_is_the_end_of_it(waiting):
    carry()
    tell(DELIVERED)
    assert row().state == "delivered"
    tell(LOST)
    assert (row().state, row().reason) == ("delivered", "")


def test_the_same_report_again_changes_nothing(waiting):
    carry()
    tell(DELIVERED)
    version, recorded = row().version, AuditEvent.objects.count()
    assert tell(DELIVERED, DELIVERED) == [True, True]
    assert (row().version, AuditEvent.objects.count()) == (version, recorded)


def test_a_late_delivered_is_better_news_than_the_failure_before_it(waiting):
    carry()
    tell(LOST)
    assert (row().state, row().reason) == ("failed", "blocked")
    tell(DELIVERED)
    assert (row().state, row().reason) == ("delivered", "")
    assert row().delivered_at is not None


def test_the_reason_stands_on_the_page(waiting):
    carry()
    tell(LOST)
    last = waiting.get(PAGE).context["last"]
    assert (last["state"], last["reason"]) == ("failed", "blocked")


def test_a_failure_without_a_reason_is_one_of_the_carrier(waiting):
    carry()
    tell(Report("failed"))
    assert row().reason == "unreachable"


def test_a_report_may_come_before_we_have_noted_that_it_was_taken_over(waiting):
    """The carrier is faster than our own commit."""
    assert row().take()
    tell(DELIVERED)
    assert row().state == "delivered"


def test_a_report_while_it_is_being_handed_over_is_not_lost(waiting, carriers):
    (one,) = carriers(one=Carrier("theirs"))
    one.during = lambda message: tasks.report(message.id, DELIVERED, "one")
    carry()
    assert (row().state, row().carrier, row().carrier_id) == ("delivered", "one", "theirs")
    assert row().handed_at is not None


def test_what_arrived_although_we_had_given_up_waiting_is_not_sent_twice(handset, one_clock, waiting):
    """The first attempt timed out, and the carrier had taken it all the same."""
    handset.refuse("unreachable")
    carry()
    assert row().state == "queued"
    tell(DELIVERED)
    handset.refuse("")
    one_clock.shift(10)
    carry()
    assert messages(NUMBER) == []
    assert row().state == "delivered"


def test_nobody_knows_an_unknown_one(waiting):
    carry()
    assert not tasks.report("A" * 22, DELIVERED, "demo")
    assert not tasks.report("", DELIVERED, "demo")


def test_another_carrier_has_nothing_to_say_about_it(waiting):
    carry()
    assert tell(DELIVERED, carrier="twilio") == [False]
    assert row().state == "handed"


def test_no_report_signs_anybody_in_or_uses_a_code_up(waiting):
    carry()
    code = code_to()
    for report in (DELIVERED, LOST, DELIVERED):
        tell(report)
    assert state(waiting) == "waiting"
    assert not is_in(waiting)
    assert Code.objects.get(login__isnull=False).state == "live"
    assert Login.objects.latest("created").state == "pending"
    type_code(waiting, code)
    assert is_in(waiting)


def test_the_page_that_waits_hears_of_every_report(waiting):
    carry()
    before = waiting.get("/sign-in/status/").json()["version"]
    tell(LOST)
    between = waiting.get("/sign-in/status/").json()["version"]
    tell(DELIVERED)
    after = waiting.get("/sign-in/status/").json()["version"]
    assert before < between < after


def test_the_address_for_reports_is_open_only_to_carriers_that_are_used_and_report(waiting):
    carry()
    stranger = desk()
    for name in ("demo", "console", "http", "twilio", "nobody"):
        path = f"/carriers/{name}/{row().pk}/"
        assert stranger.post(path, {"state": "delivered"}).status_code == 404, name
        assert stranger.get(path).status_code == 405
    assert row().state == "handed"
