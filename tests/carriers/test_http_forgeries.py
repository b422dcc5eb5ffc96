"""Reports that the generic carrier did not sign, or not for this delivery, or not now: all refused alike (R-87)."""

import json
import time

import pytest

from tests.carriers.messages import post, unmoved
from twofactor import policy
from twofactor.models import Delivery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]


@pytest.fixture
def delivery(http_server, ask):
    return ask("text")


@pytest.fixture
def path(delivery):
    return f"/carriers/http/{delivery.pk}/"


def body_of(delivery, **changes):
    return json.dumps({"id": delivery.pk, "state": "delivered", **changes}).encode()


def test_it_refuses_a_wrong_secret(delivery, path, http_side):
    body = body_of(delivery)
    answer = post(path, body, "application/json", http_side.signature(body, secret="another"))
    assert unmoved(delivery, answer)


def test_it_refuses_an_altered_body(delivery, path, http_side):
    signed = http_side.signature(body_of(delivery, state="failed"))
    assert unmoved(delivery, post(path, body_of(delivery), "application/json", signed))


def test_it_refuses_an_altered_time(delivery, path, http_side):
    body = body_of(delivery)
    signed = http_side.signature(body, at=time.time() - 3600)
    signed["Portal-Timestamp"] = str(int(time.time()))
    assert unmoved(delivery, post(path, body, "application/json", signed))


@pytest.mark.parametrize("minutes", [-60, -6, 6, 60])
def test_it_refuses_an_old_report_and_one_of_tomorrow(delivery, path, http_side, minutes):
    body = body_of(delivery)
    signed = http_side.signature(body, at=time.time() + 60 * minutes)
    assert unmoved(delivery, post(path, body, "application/json", signed))


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_a_little(delivery, path, http_side, minutes):
    body = body_of(delivery)
    signed = http_side.signature(body, at=time.time() + 60 * minutes)
    assert post(path, body, "application/json", signed).status_code == 204


@pytest.mark.parametrize("missing", ["Portal-Timestamp", "Portal-Signature"])
def test_it_refuses_a_report_without_one_of_the_headers(delivery, path, http_side, missing):
    body = body_of(delivery)
    signed = http_side.signature(body)
    del signed[missing]
    assert unmoved(delivery, post(path, body, "application/json", signed))


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "9" * 5000, "\xb2", " 1", "0"])
def test_it_refuses_a_strange_time(delivery, path, http_side, stamp):
    body = body_of(delivery)
    signed = http_side.signature(body) | {"Portal-Timestamp": stamp}
    assert unmoved(delivery, post(path, body, "application/json", signed))


@pytest.mark.parametrize("signature", ["", "0" * 64, "\xe9" * 64, "x"])
def test_it_refuses_a_strange_signature(delivery, path, http_side, signature):
    body = body_of(delivery)
    signed = http_side.signature(body) | {"Portal-Signature": signature}
    assert unmoved(delivery, post(path, body, "application/json", signed))


def test_it_refuses_a_report_for_another_delivery(delivery, path, http_side):
    """Signed by the carrier, caught, and sent to another address."""
    other = Delivery(pk="another-delivery_00001")
    body = body_of(other)
    assert unmoved(delivery, post(path, body, "application/json", http_side.signature(body)))


def test_without_a_secret_nobody_can_sign(delivery, path, http_side, settings):
    settings.PORTAL_HTTP_SECRET = ""
    body = body_of(delivery)
    http_side.secret = ""
    assert unmoved(delivery, post(path, body, "application/json", http_side.signature(body)))


def test_an_unknown_delivery_looks_no_different(delivery, http_side):
    unknown = post("/carriers/http/nothing-of-this-name_1/", b"{}", "application/json", {})
    known = post(f"/carriers/http/{delivery.pk}/", b"{}", "application/json", {})
    assert (unknown.status_code, unknown.content) == (known.status_code, known.content) == (403, b"")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"7",
        b"[" * 15_000,
        b"\xff",
        b'{"state": "delivered"}',
        b'{"id": 7, "state": "delivered"}',
        b'{"id": "x"}',
        b'{"id": "x", "state": "signed-in"}',
        b'{"id": "x", "state": ["delivered"]}',
    ],
    ids=range(12),
)
def test_it_refuses_what_is_signed_and_makes_no_sense(delivery, path, http_side, said):
    answer = post(path, said, "application/json", http_side.signature(said))
    assert unmoved(delivery, answer, 400)


def test_it_refuses_more_than_a_report_can_be(delivery, path, http_side):
    body = body_of(delivery, padding="x" * policy.BODY_LONGEST)
    assert unmoved(delivery, post(path, body, "application/json", http_side.signature(body)), 400)


def test_a_reason_of_its_own_becomes_one_of_ours(delivery, path, http_side):
    body = body_of(delivery, state="failed", reason="<script>")
    assert post(path, body, "application/json", http_side.signature(body)).status_code == 204
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("failed", "unreachable")
