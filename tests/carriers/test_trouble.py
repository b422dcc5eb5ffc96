"""Every carrier that speaks HTTP, in all kinds of trouble: what is tried again, what is not, what is never said."""

import gzip
import json
import time
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from tests.carriers.messages import Road
from tests.carriers.server import dripping, hanging_up, saying, silent
from twofactor import policy

pytestmark = pytest.mark.usefixtures("quiet")

TAKEN = {"id": "theirs-1", "sid": "SM00000000000000000000000000000001"}


def test_what_is_taken_over_has_the_carriers_name(road: Road):
    assert road.send()
    assert len(road.server.heard) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_carrier_that_failed_is_tried_again(road: Road, status):
    failed = road.refused(saying(status, {"code": 20500, "reason": "number"}))
    assert (failed.reason, failed.permanent, failed.retry_after) == ("unreachable", False, None)


def test_an_unavailable_carrier_may_say_when_to_come_back(road: Road):
    assert road.refused(saying(503, Retry_After="20")).retry_after == timedelta(seconds=20)


def test_a_busy_carrier_is_tried_again_when_it_says(road: Road):
    failed = road.refused(saying(429, {"code": 20429}, Retry_After="17"))
    assert (failed.reason, failed.permanent, failed.retry_after) == ("busy", False, timedelta(seconds=17))


def test_a_busy_carrier_may_name_a_date(road: Road):
    moment = timezone.now() + timedelta(seconds=40)
    failed = road.refused(saying(429, Retry_After=format_datetime(moment, usegmt=True)))
    assert timedelta(seconds=35) < failed.retry_after <= timedelta(seconds=40)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("999999999", timedelta(hours=1)),
        ("9" * 400, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(hours=1)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta()),
        ("Wed, 21 Oct 2015 07:28:00 -0000", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("\xb2", None),
        ("", None),
    ],
)
def test_a_strange_wait_is_no_wait_and_a_long_one_is_cut(road: Road, header, wait):
    failed = road.refused(saying(429, Retry_After=header))
    assert (failed.reason, failed.retry_after) == ("busy", wait)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_what_the_operator_has_to_look_at_is_not_tried_again(road: Road, status, quiet):
    failed = road.refused(saying(status, {"reason": "number", "message": "unknown to us"}))
    assert (failed.reason, failed.permanent) == ("setup", True)
    assert f"with status {status}" in quiet.text


@pytest.mark.parametrize("status", [400, 404, 410, 415, 422])
def test_a_refusal_in_words_we_do_not_know_is_not_tried_again(road: Road, status):
    failed = road.refused(saying(status, {"code": 1, "reason": "because", "message": "no"}))
    assert (failed.reason, failed.permanent) == ("setup", True)


def test_a_number_that_cannot_receive_is_not_tried_again(road: Road):
    failed = road.refused(road.blames_number)
    assert (failed.reason, failed.permanent) == ("number", True)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(road: Road, status, serve):
    elsewhere = serve(saying(200, TAKEN))
    failed = road.refused(saying(status, TAKEN, Location=f"{elsewhere.address}/texts"))
    assert (failed.reason, failed.permanent) == ("setup", True)
    assert elsewhere.heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html>",
        b"[]",
        b"{}",
        b'"id"',
        b"null",
        b"\xff\xfe",
        b"[" * 20_000,
        {"id": 7, "sid": None},
        {"no": 1},
    ],
    ids=range(11),
)
def test_a_yes_that_makes_no_sense_is_not_sent_twice(road: Road, body):
    failed = road.refused(saying(200, body))
    assert (failed.reason, failed.permanent) == ("malformed", True)
    assert len(road.server.heard) == 1


def test_an_answer_without_end_is_cut(road: Road):
    padded = {**TAKEN, "padding": "x" * policy.CARRIER_ANSWER_LONGEST}
    assert road.refused(saying(200, padded)).reason == "malformed"
    assert road.refused(saying(500, padded)).reason == "unreachable"
    assert road.refused(saying(422, {"code": 21211, "reason": "number", **padded})).reason == "setup"


def test_the_longest_answer_that_is_read_is_read(road: Road):
    padding = policy.CARRIER_ANSWER_LONGEST - len('{"id": "theirs-1", "sid": "SM1", "padding": ""}')
    road.server.answers = [saying(200, {"id": "theirs-1", "sid": "SM1", "padding": "x" * padding})]
    assert road.send() in ("theirs-1", "SM1")


def test_a_compressed_answer_is_not_blown_up(road: Road):
    failed = road.refused(saying(200, gzip.compress(json.dumps(TAKEN).encode()), Content_Encoding="gzip"))
    assert failed.reason == "malformed"
    assert road.server.last.headers["Accept-Encoding"] == "identity"


@pytest.mark.usefixtures("hasty")
def test_a_carrier_that_says_nothing_is_left_in_time(road: Road):
    began = time.monotonic()
    failed = road.refused(silent)
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    assert time.monotonic() - began < 5


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "dripped",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 800\r\n\r\n" + b" " * 800,
        b"HTTP/1.1 200 OK\r\n" + b"Drip: drop\r\n" * 80,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 40,
    ],
    ids=["body", "headers", "continue"],
)
def test_a_carrier_that_drips_is_left_in_time(road: Road, dripped):
    """Every single read is in time; only the whole is not. It would drip for 24 seconds and more."""
    began = time.monotonic()
    failed = road.refused(dripping(dripped))
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    assert time.monotonic() - began < 5


def test_a_carrier_that_hangs_up_is_tried_again(road: Road):
    failed = road.refused(hanging_up)
    assert (failed.reason, failed.permanent) == ("unreachable", False)


def test_a_carrier_that_does_not_speak_http_is_tried_again(road: Road):
    failed = road.refused(dripping(b"+OK POP3 ready\r\n"))
    assert (failed.reason, failed.permanent) == ("unreachable", False)


def test_a_carrier_that_is_not_there_is_tried_again(road: Road):
    road.server.close()
    failed = road.refused()
    assert (failed.reason, failed.permanent) == ("unreachable", False)


def test_after_trouble_the_next_message_is_carried(road: Road):
    good = road.server.answers
    road.refused(hanging_up)
    road.server.answers = good
    assert road.send()
