"""Texts by Twilio, against their API in little: parameters, refusals and numbers of errors are theirs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.carriers.messages import ACCOUNT, CODE, NUMBER, refused, text
from twofactor import gateways
from twofactor.gateways import REASONS, twilio

pytestmark = pytest.mark.usefixtures("quiet")

NUMBER_REASON = [21211, 21214, 21217, 21407, 21614, 21635]
BLOCKED = [21610, 21216, 30007]
BUSY = [20429, 21611, 14107, 30022]
SETUP = [20003, 20005, 21212, 21408, 21606, 21608, 21609, 21612, 21703, 30034, 63038]


def send(**changes):
    return gateways.send("twilio", text(**changes))


def test_a_text_goes_out_from_the_number_and_comes_back_with_their_name_for_it(twilio_server, twilio_side):
    assert send().startswith("SM")
    assert twilio_side.made == [
        {
            "To": NUMBER,
            "From": "+15005550006",
            "Body": text().text,
            "StatusCallback": f"https://portal.example/carriers/twilio/{text().id}/",
        }
    ]
    assert twilio_server.last.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def test_signs_of_every_script_arrive_as_they_are(twilio_server, twilio_side):
    words = f"驗證碼 {CODE} & a=b+c %41 \N{PILE OF POO}\n\n@portal.example #{CODE}"
    send(text=words)
    assert twilio_side.made[0]["Body"] == words


def test_a_messaging_service_may_be_the_sender(twilio_server, twilio_side, settings):
    settings.PORTAL_TWILIO_FROM = "MG0123456789abcdef0123456789abcdef"
    send()
    assert twilio_side.made[0]["MessagingServiceSid"] == settings.PORTAL_TWILIO_FROM
    assert "From" not in twilio_side.made[0]


@pytest.mark.parametrize(
    ("left", "period"),
    [(timedelta(minutes=3), range(170, 181)), (timedelta(days=1), [14_400]), (timedelta(seconds=-9), [1])],
)
def test_their_queue_keeps_it_no_longer_than_it_is_good(twilio_server, twilio_side, left, period):
    send(expires=timezone.now() + left)
    assert int(twilio_side.made[0]["ValidityPeriod"]) in period


def test_an_address_of_this_machine_is_not_given_to_them(twilio_server, twilio_side, settings):
    settings.PORTAL_ON_LOOPBACK = True
    settings.PORTAL_TWILIO_API = "https://api.twilio.com"
    assert not twilio.reports()
    assert not twilio.configured("call")
    settings.PORTAL_TWILIO_API = twilio_server.address
    assert twilio.reports()


@pytest.mark.parametrize(
    ("code", "reason", "permanent"),
    [
        *((code, "number", True) for code in NUMBER_REASON),
        *((code, "blocked", True) for code in BLOCKED),
        *((code, "busy", False) for code in BUSY),
        *((code, "setup", True) for code in SETUP),
        (99999, "setup", True),
    ],
)
@pytest.mark.parametrize("status", [400, 403])
def test_their_numbers_of_errors_are_understood(twilio_server, twilio_side, status, code, reason, permanent):
    twilio_side.refuse_with = (status, code)
    failed = refused(send)
    assert (failed.reason, failed.permanent) == (reason, permanent)


def test_the_operator_is_told_the_number_of_an_error_and_not_the_words(twilio_server, twilio_side, quiet):
    twilio_side.refuse_with = (400, 21608)
    refused(send)
    assert "Twilio refuses what it is sent, with error 21608" in quiet.text
    assert "in their own words" not in quiet.text


def test_a_wrong_token_is_a_matter_of_the_setup(twilio_server, settings):
    settings.PORTAL_TWILIO_TOKEN = "another"
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("setup", True)


def test_every_number_of_an_error_has_one_reason():
    assert set(twilio._CODES) <= set(REASONS)
    assert len(twilio._REASONS) == sum(len(codes) for codes in twilio._CODES.values())


@pytest.mark.parametrize("missing", ["PORTAL_TWILIO_ACCOUNT", "PORTAL_TWILIO_TOKEN", "PORTAL_TWILIO_FROM"])
def test_without_one_of_its_settings_it_carries_nothing(twilio_side, settings, missing):
    assert gateways.carriers_for("text") == gateways.carriers_for("call") == ["twilio"]
    setattr(settings, missing, "")
    assert gateways.carriers_for("text") == gateways.carriers_for("call") == []


@pytest.mark.parametrize("sender", ["MG0123456789abcdef0123456789abcdef", "PORTAL"])
def test_what_is_no_number_cannot_call(twilio_side, settings, sender):
    settings.PORTAL_TWILIO_FROM = sender
    assert gateways.carriers_for("text") == ["twilio"]
    assert gateways.carriers_for("call") == []
