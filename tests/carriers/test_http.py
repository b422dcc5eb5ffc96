"""The generic carrier, against a gateway that was written from its page in the documentation."""

from datetime import UTC, datetime

import pytest

from tests.carriers.messages import CODE, NUMBER, TOKEN, a_call, refused, text
from tests.carriers.server import hanging_up, saying
from twofactor import gateways
from twofactor.gateways import REASONS, http

pytestmark = pytest.mark.usefixtures("quiet")


def test_a_text_is_handed_over_whole(http_server, http_side):
    message = text(language="zh-Hant", text=f"登入驗證碼是 {CODE}。\n\n@portal.example #{CODE}")
    assert gateways.send("http", message) == "theirs-1"
    assert http_side.carried[message.id] == {
        "id": message.id,
        "to": NUMBER,
        "language": "zh-Hant",
        "kind": "text",
        "text": message.text,
        "report": f"https://portal.example/carriers/http/{message.id}/",
    }
    assert http_server.last.path == "/texts"
    assert http_server.last.headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_call_is_handed_over_with_everything_that_is_said(http_server, http_side):
    message = a_call()
    assert gateways.send("http", message) == "theirs-1"
    told = http_side.carried[message.id]
    assert told["script"] == {
        "greeting": message.call.greeting,
        "prompt": message.call.prompt,
        "intro": message.call.intro,
        "digits": list(CODE),
        "again": message.call.again,
        "goodbye": message.call.goodbye,
        "nobody": message.call.nobody,
        "language": "en",
    }
    assert "text" not in told
    assert http_server.last.path == "/calls"


def test_a_gateway_is_told_until_when_it_is_worth_carrying(http_server, http_side):
    gateways.send("http", text(expires=datetime(2030, 1, 2, 3, 4, 5, 678, tzinfo=UTC)))
    (told,) = http_side.carried.values()
    assert told["expires"] == "2030-01-02T03:04:05+00:00"


def test_a_second_attempt_has_the_same_key_and_is_carried_once(http_server, http_side):
    """FI-09: the process died, or the answer was lost, after the gateway took it over."""
    http_server.answers = [hanging_up, http_side]
    refused(lambda: gateways.send("http", text()))
    assert {gateways.send("http", text()) for _ in range(2)} == {"theirs-1"}
    assert {heard.headers["Idempotency-Key"] for heard in http_server.heard} == {text().id}
    assert len(http_side.carried) == 1


def test_a_first_attempt_that_still_goes_on_is_waited_for(http_server):
    http_server.answers = [saying(409, {"reason": "number"}, Retry_After="3")]
    failed = refused(lambda: gateways.send("http", text()))
    assert (failed.reason, failed.permanent, failed.retry_after.seconds) == ("busy", False, 3)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_that_a_gateway_may_give_is_understood(http_server, reason):
    http_server.answers = [saying(422, {"reason": reason})]
    failed = refused(lambda: gateways.send("http", text()))
    assert (failed.reason, failed.permanent) == (reason, reason not in ("busy", "unreachable"))


@pytest.mark.parametrize("said", ["NUMBER", "a reason of theirs", "", None, 7, ["number"], {"reason": "number"}])
def test_a_reason_of_its_own_is_not_taken_over(http_server, said):
    http_server.answers = [saying(422, {"reason": said})]
    assert refused(lambda: gateways.send("http", text())).reason == "setup"


@pytest.mark.parametrize("name", ["", "x" * 129, 7, None, True, ["1"], {"id": "1"}])
def test_a_name_that_is_none_is_malformed(http_server, name):
    http_server.answers = [saying(200, {"id": name})]
    assert refused(lambda: gateways.send("http", text())).reason == "malformed"


def test_without_a_token_none_is_sent(http_server, settings):
    settings.PORTAL_HTTP_TOKEN = ""
    http_server.answers = [saying(202, {"id": "1"})]
    gateways.send("http", text())
    assert "Authorization" not in http_server.last.headers


def test_without_a_secret_no_report_is_asked_for(http_server, settings):
    settings.PORTAL_HTTP_SECRET = ""
    gateways.send("http", text())
    assert "report" not in http_server.last.json
    assert not http.reports()


@pytest.mark.parametrize(
    ("texts", "calls", "ways"),
    [("https://a.example", "", ["text"]), ("", "https://a.example", ["call"]), ("", "", [])],
)
def test_it_carries_what_it_has_an_address_for(settings, texts, calls, ways):
    settings.PORTAL_CARRIERS = ["http"]
    settings.PORTAL_HTTP_TEXT_URL, settings.PORTAL_HTTP_CALL_URL = texts, calls
    assert [way for way in ("text", "call", "mail") if gateways.carriers_for(way)] == ways
