"""Whether a carrier may have taken a message of which it has not said so: then it is not simply offered again."""

import threading

import pytest

from tests.carriers.messages import Road, refused
from tests.carriers.server import dripping, hanging_up, saying, silent
from twofactor import gateways
from twofactor.gateways import console, demo, http, mail, twilio, wire

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "answer", [silent, hanging_up, dripping(b"+OK POP3 ready\r\n"), saying(502), saying(504), saying(200, b"OK")]
)
def test_it_may_have_been_carried_when_no_answer_says_so_or_says_no(road: Road, answer):
    assert road.refused(answer).unknown


@pytest.mark.parametrize("status", [301, 400, 401, 408, 422, 429, 500, 503])
def test_a_no_is_a_no(road: Road, status):
    assert not road.refused(saying(status, {})).unknown


def test_a_carrier_that_was_not_reached_has_nothing(road: Road):
    road.server.close()
    assert not road.refused().unknown


def test_a_name_that_is_missing_from_the_answer_is_in_doubt(road: Road):
    failed = road.refused(saying(201, {"status": "queued"}))
    assert (failed.reason, failed.unknown) == ("malformed", True)


@pytest.mark.usefixtures("hasty")
def test_so_is_what_a_library_does_not_come_back_from():
    over = threading.Event()
    assert refused(lambda: wire.within(over.wait)).unknown
    over.set()
    for thread in threading.enumerate():
        if thread.name == "carrier":
            thread.join()


def test_each_carrier_says_whether_it_knows_a_message_again():
    assert (http.IDEMPOTENT, demo.IDEMPOTENT, mail.IDEMPOTENT) == (True, True, True)
    assert (twilio.IDEMPOTENT, console.IDEMPOTENT, gateways.carrier("apprise").IDEMPOTENT) == (False, False, False)
