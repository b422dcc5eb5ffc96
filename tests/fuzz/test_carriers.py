"""Anything reported by a carrier or in its name: refused, or read as one of our own words (AT-132, R-87)."""

import hashlib
import hmac
import json
import time

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import host
from tests.fuzz.api import everything
from tests.fuzz.claims import json_values
from tests.fuzz.much import tries
from twofactor.gateways import REASONS, DeliveryFailed, Forged, http, twilio

ID = "A" * 22
texts = st.text(max_size=20) | st.sampled_from(["delivered", "failed", "undelivered", "busy", "30007", "9" * 5000, "٣"])
bodies = st.one_of(
    st.binary(max_size=60),
    json_values.map(json.dumps).map(str.encode),
    st.fixed_dictionaries({"id": st.just(ID), "state": texts}, optional={"reason": texts | json_values})
    .map(json.dumps)
    .map(str.encode),
    st.sampled_from([b"[" * 20_000, b'{"id":' * 3000, b"NaN", b"9" * 6000]),
)
names = st.sampled_from(["MessageStatus", "CallStatus", "ErrorCode", "Digits", "AnsweredBy", "To", "x"])
forms = st.dictionaries(names, texts, max_size=4)


@pytest.fixture
def carriers(db, settings):
    settings.PORTAL_CARRIERS = ["http", "twilio"]
    settings.PORTAL_HTTP_SECRET = "a secret that both sides know"
    settings.PORTAL_HTTP_TEXT_URL = "https://gateway.example/text"
    settings.PORTAL_TWILIO_ACCOUNT, settings.PORTAL_TWILIO_TOKEN, settings.PORTAL_TWILIO_FROM = (
        "AC0",
        "token",
        "+15550100",
    )
    return settings


def judged(read, request):
    """A report as we know them, or one of the two refusals."""
    try:
        report = read(request, ID)
    except (Forged, DeliveryFailed):
        return
    assert report is None or (report.state in ("delivered", "failed") and report.reason in ("", *REASONS))


def test_what_a_gateway_has_signed_is_read_or_refused(carriers):
    @tries(60, 20_000)
    @given(bodies)
    def tell(body):
        stamp = str(int(time.time()))
        signature = hmac.new(carriers.PORTAL_HTTP_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        headers = {"Portal-Timestamp": stamp, "Portal-Signature": signature.hexdigest()}
        judged(http.read_report, RequestFactory().generic("POST", "/x/", body, headers=headers))

    tell()


def test_what_twilio_reports_is_read_or_refused(carriers, monkeypatch):
    monkeypatch.setattr(twilio, "_check", lambda request: None)

    @tries(40, 20_000)
    @given(forms)
    def tell(fields):
        judged(twilio.read_report, RequestFactory().post("/x/", fields))
        answer, report = twilio.converse(RequestFactory().post("/x/", fields), ID, "key", lambda: None)
        assert answer.status_code == 200
        assert report is None or report.state == "failed"

    tell()


def test_what_nobody_has_signed_changes_nothing(carriers):
    portal = Client(headers={"host": host()})
    before = everything()
    stamps = st.sampled_from(["", "0", "١٢٣", "9" * 40, str(int(time.time())), "-1", "1e9"])

    @tries(40, 20_000)
    @given(st.sampled_from(["http", "twilio", "demo", "mail", "x"]), bodies | forms, stamps, st.text(max_size=50))
    def tell(name, body, stamp, signature):
        for path in (f"/carriers/{name}/{ID}/", f"/carriers/{name}/{ID}/call/key/"):
            signed = signature.encode("ascii", "replace").decode()
            headers = {"Portal-Timestamp": stamp.encode("utf-8").decode("latin-1"), "Portal-Signature": signed}
            headers["X-Twilio-Signature"] = signed
            if isinstance(body, dict):
                response = portal.post(path, body, headers=headers)
            else:
                response = portal.generic("POST", path, body, content_type="application/json", headers=headers)
            assert response.status_code in (400, 403, 404)

    tell()
    assert everything() == before
