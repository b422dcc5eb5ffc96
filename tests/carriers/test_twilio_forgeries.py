"""Reports that Twilio did not sign, or not for this address of ours: all refused alike (R-87)."""

from urllib.parse import urlencode

import pytest
from django.test import RequestFactory

from tests.carriers.messages import post, unmoved
from twofactor import policy
from twofactor.gateways import Forged, twilio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def delivery(twilio_server, ask):
    return ask("text")


@pytest.fixture
def path(delivery):
    return f"/carriers/twilio/{delivery.pk}/"


FIELDS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+85291234567"}


def signed_by(side, path, fields=None, base="https://portal.example", **how):
    return side.signature(f"{base}{path}", fields or FIELDS, **how)


def send(path, headers, fields=None, **how):
    return post(path, urlencode(fields or FIELDS), FORM, headers, **how)


def test_it_refuses_a_wrong_token(delivery, path, twilio_side):
    assert unmoved(delivery, send(path, signed_by(twilio_side, path, token="another")))


def test_it_refuses_an_altered_field(delivery, path, twilio_side):
    signed = signed_by(twilio_side, path, {**FIELDS, "MessageStatus": "failed"})
    assert unmoved(delivery, send(path, signed))


def test_it_refuses_an_additional_field(delivery, path, twilio_side):
    signed = signed_by(twilio_side, path)
    assert unmoved(delivery, send(path, signed, {**FIELDS, "ErrorCode": "30007"}))


def test_it_refuses_a_missing_signature(delivery, path):
    assert unmoved(delivery, send(path, {}))


@pytest.mark.parametrize("signature", ["", "AAAA", "\xe9", "A" * 5000])
def test_it_refuses_a_strange_signature(delivery, path, signature):
    assert unmoved(delivery, send(path, {"X-Twilio-Signature": signature}))


def test_it_refuses_a_report_for_another_delivery(delivery, path, twilio_side):
    signed = signed_by(twilio_side, "/carriers/twilio/another-delivery_00001/")
    assert unmoved(delivery, send(path, signed))


def test_it_refuses_another_address_of_the_same_path(delivery, path, twilio_side):
    signed = signed_by(twilio_side, path)
    assert unmoved(delivery, send(f"{path}?more=1", signed))


def test_the_host_that_a_sender_names_is_not_believed(delivery, path, twilio_side):
    """Signed for another portal of the same account, and replayed here with its name in the Host header."""
    signed = signed_by(twilio_side, path, base="https://inside.example")
    assert unmoved(delivery, send(path, signed, host="inside.example"))


def test_behind_a_proxy_it_is_the_public_address_that_counts(delivery, path, twilio_side):
    signed = signed_by(twilio_side, path)
    assert send(path, signed, host="inside.example").status_code == 204


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("https://portal.example", "https://portal.example:443"),
        ("https://portal.example:8443", "https://portal.example"),
        ("https://portal.example:8443", "https://portal.example:8443"),
    ],
)
def test_they_sign_with_the_port_or_without(delivery, path, twilio_side, settings, ours, theirs):
    settings.PORTAL_BASE_URL = ours
    assert send(path, signed_by(twilio_side, path, base=theirs)).status_code == 204


def test_fields_of_one_name_are_signed_as_they_sign_them(delivery, path, twilio_side):
    fields = {"MessageStatus": "delivered", "Tag": ["b", "a", "b"], "Empty": "", "Straße": "+ &=%"}

    class Several(dict):
        def getlist(self, name):
            return self[name] if isinstance(self[name], list) else [self[name]]

    signed = twilio_side.signature(f"https://portal.example{path}", Several(fields))
    body = urlencode(fields, doseq=True)
    assert post(path, body, FORM, signed).status_code == 204


def test_without_a_token_nobody_can_sign(delivery, path, twilio_side, settings):
    """Everybody can sign with nothing. The door is closed then, and would hold if it were not."""
    settings.PORTAL_TWILIO_TOKEN = twilio_side.token = ""
    signed = signed_by(twilio_side, path)
    assert unmoved(delivery, send(path, signed), 404)
    with pytest.raises(Forged):
        twilio.read_report(RequestFactory().post(path, urlencode(FIELDS), FORM, headers=signed), delivery.pk)


def test_an_unknown_delivery_looks_no_different(delivery, path):
    unknown = send("/carriers/twilio/nothing-of-this-name_1/", {})
    known = send(path, {})
    assert (unknown.status_code, unknown.content) == (known.status_code, known.content) == (403, b"")


def test_it_refuses_what_is_signed_and_makes_no_sense(delivery, path, twilio_side):
    fields = {"AccountSid": "AC1"}
    answer = send(path, signed_by(twilio_side, path, fields), fields)
    assert unmoved(delivery, answer, 400)


def test_it_refuses_more_than_a_report_can_be(delivery, path, twilio_side):
    fields = {**FIELDS, "Padding": "x" * policy.BODY_LONGEST}
    assert unmoved(delivery, send(path, signed_by(twilio_side, path, fields), fields), 400)


def test_it_refuses_more_fields_than_anybody_sends(delivery, path, twilio_side):
    fields = FIELDS | {f"Field{each}": "" for each in range(200)}
    assert send(path, signed_by(twilio_side, path, fields), fields).status_code == 400
    delivery.refresh_from_db()
    assert delivery.state == "handed"


@pytest.mark.parametrize(
    ("status", "code", "end"),
    [
        ("accepted", "", ("handed", "")),
        ("scheduled", "", ("handed", "")),
        ("queued", "", ("handed", "")),
        ("sending", "", ("handed", "")),
        ("sent", "", ("handed", "")),
        ("a state of tomorrow", "", ("handed", "")),
        ("delivered", "", ("delivered", "")),
        ("read", "", ("delivered", "")),
        ("undelivered", "30003", ("failed", "unreachable")),
        ("undelivered", "30004", ("failed", "blocked")),
        ("undelivered", "30005", ("failed", "number")),
        ("undelivered", "30006", ("failed", "number")),
        ("undelivered", "30007", ("failed", "blocked")),
        ("undelivered", "30008", ("failed", "unreachable")),
        ("failed", "30001", ("failed", "busy")),
        ("failed", "30002", ("failed", "setup")),
        ("failed", "30034", ("failed", "setup")),
        ("failed", "30036", ("failed", "expired")),
        ("failed", "30450", ("failed", "blocked")),
        ("failed", "21610", ("failed", "blocked")),
        ("failed", "63038", ("failed", "setup")),
        ("failed", "12345", ("failed", "unreachable")),
        ("failed", "", ("failed", "unreachable")),
        ("failed", "\u0663", ("failed", "unreachable")),
        ("failed", "9" * 5000, ("failed", "unreachable")),
        ("canceled", "", ("failed", "unreachable")),
    ],
)
def test_their_states_and_numbers_are_understood(delivery, path, twilio_side, status, code, end):
    fields = {**FIELDS, "MessageStatus": status, **({"ErrorCode": code} if code else {})}
    assert send(path, signed_by(twilio_side, path, fields), fields).status_code == 204
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == end
