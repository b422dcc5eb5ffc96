"""Apprise, the real package, to a real text gateway of a house (SMSEagle, JSON-RPC) and to its own JSON service."""

import logging
import sys
import time
from importlib import import_module
from types import SimpleNamespace

import pytest

from tests.carriers.messages import NUMBER, SECRET, refused, text
from tests.carriers.server import dripping, hanging_up, saying, silent
from twofactor import gateways
from twofactor.gateways import apprise

pytestmark = pytest.mark.usefixtures("quiet")

KEY = "0123456789abcdef"
TAKEN = saying(200, {"result": {"message_id": "4753", "status": "ok"}})


@pytest.fixture
def server(serve, settings):
    server = serve(TAKEN)
    # Loading the package and its services takes longer than the deadlines of these tests.
    import_module("apprise").Apprise.instantiate("json://localhost")
    settings.PORTAL_CARRIERS = ["apprise"]
    settings.PORTAL_APPRISE_URL = f"smseagle://{KEY}@127.0.0.1:{server.port}/{{to}}"
    return server


@pytest.fixture(autouse=True)
def loud(monkeypatch):
    """The package's own log is turned up as far as it goes, before and after it is first used."""
    log = logging.getLogger("apprise")
    log.disabled = False
    monkeypatch.setattr(log, "level", 1)
    monkeypatch.setattr(logging.getLogger("urllib3"), "level", logging.DEBUG)
    yield
    # A gateway that was left in the middle still says so when its server ends.
    log.disabled = True


def send(**changes):
    return gateways.send("apprise", text(**changes))


def test_a_text_reaches_the_gateway_as_it_was_written(server):
    words = f"驗證碼 <b> &amp; *_ \\n {SECRET}\n\n@portal.example #123456"
    assert send(text=words) == ""
    (heard,) = server.heard
    assert heard.path == "/jsonrpc/sms"
    sent = heard.json["params"]
    assert (sent["access_token"], sent["to"], sent["message"]) == (KEY, NUMBER, words)


def test_the_number_may_stand_anywhere_in_the_address(server, settings):
    settings.PORTAL_APPRISE_URL = f"smseagle://{KEY}@127.0.0.1:{server.port}/?to={{to}}"
    send()
    assert server.last.json["params"]["to"] == NUMBER


def test_a_service_of_its_own_gets_the_number_in_its_address(server, settings):
    settings.PORTAL_APPRISE_URL = f"json://127.0.0.1:{server.port}/texts/{{to}}"
    server.answers = [saying(200)]
    send()
    assert server.last.path == f"/texts/{NUMBER}"
    assert (server.last.json["message"], server.last.json["title"]) == (text().text, "")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
def test_a_no_is_tried_again_because_it_may_be_anything(server, status):
    server.answers = [saying(status, {"message": "no"})]
    failed = refused(send)
    assert (failed.reason, failed.permanent, failed.retry_after) == ("unreachable", False, None)


@pytest.mark.parametrize("answer", [saying(200, b"no json"), saying(200, {"result": "no"}), hanging_up])
def test_an_answer_without_sense_is_a_no(server, answer):
    server.answers = [answer]
    assert refused(send).reason == "unreachable"


def test_a_gateway_that_is_not_there_is_a_no(server):
    server.close()
    assert refused(send).reason == "unreachable"


def test_a_redirect_is_not_followed(server, serve):
    elsewhere = serve(TAKEN)
    server.answers = [saying(307, Location=f"{elsewhere.address}/jsonrpc/sms")]
    assert refused(send).reason == "unreachable"
    assert elsewhere.heard == []


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "slow", [silent, dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 800\r\n\r\n" + b" " * 800)], ids=["silent", "drip"]
)
def test_a_slow_gateway_is_left_in_time(server, slow):
    server.answers = [slow]
    began = time.monotonic()
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "url",
    [
        "smseagle://0123456789abcdef@gateway.example/{to}",
        "json://gateway.example/{to}",
        "xml://10.0.0.7/{to}",
        "smseagles://0123456789abcdef@gateway.example/{to}?verify=no",
        "jsons://gateway.example/{to}?verify=False",
        "nosuchservice://somewhere/{to}",
        "smseagle:///{to}",
        "{to}",
    ],
)
def test_nothing_is_sent_without_a_checked_tls(serve, settings, url, quiet):
    settings.PORTAL_APPRISE_URL = url
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("setup", True)
    assert "PORTAL_APPRISE_URL" in quiet.text


@pytest.mark.parametrize("scheme", ["jsons", "smseagles", "voipms"])
def test_tls_that_is_checked_is_good_enough(scheme, settings):
    plain = {"jsons": "json", "smseagles": "smseagle", "voipms": None}[scheme]
    service = SimpleNamespace(host="gateway.example", protocol=plain, verify_certificate=True)
    settings.PORTAL_APPRISE_URL = f"{scheme}://gateway.example/{{to}}"
    assert apprise._is_safe(service)


def test_without_the_package_it_carries_nothing(settings, monkeypatch):
    settings.PORTAL_CARRIERS = ["apprise"]
    settings.PORTAL_APPRISE_URL = "jsons://gateway.example/{to}"
    assert gateways.carriers_for("text") == ["apprise"]
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    monkeypatch.setattr(sys, "path_importer_cache", {})
    assert gateways.carriers_for("text") == []


@pytest.mark.parametrize("url", ["", "jsons://gateway.example/85291234567"])
def test_without_a_place_for_the_number_it_carries_nothing(settings, url):
    settings.PORTAL_CARRIERS = ["apprise"]
    settings.PORTAL_APPRISE_URL = url
    assert gateways.carriers_for("text") == []


def test_it_carries_texts_only_and_reports_nothing():
    assert apprise.WAYS == ("text",)
    assert not apprise.reports()
