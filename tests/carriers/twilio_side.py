"""Twilio's side in little: their Message and Call resources, their refusals, their callbacks signed by their own code.

Shapes, parameters, states and error numbers are those of their public documentation. What listens to a call follows
TwiML as they describe it.
"""

import base64
import re
import secrets
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from django.http import HttpResponse
from django.test import Client
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from tests.carriers.server import Heard, Server, saying

MESSAGE_FIELDS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"}
CALL_FIELDS = {"To", "From", "Url", "Method", "StatusCallback", "Timeout", "TimeLimit", "MachineDetection"}
CALL_FIELDS |= {"MachineDetectionTimeout"}


class Twilio:
    """One account. `refuse_with` is (HTTP status, error number) for the next messages."""

    def __init__(self, account: str, token: str) -> None:
        self.account = account
        self.token = token
        self.made: list[dict[str, str]] = []
        self.refuse_with: tuple[int, int] | None = None

    def __call__(self, server: Server, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        saying(*self._answer(heard))(server, handler, heard)

    def _answer(self, heard: Heard) -> tuple[int, dict[str, Any]]:
        found = re.fullmatch(r"/2010-04-01/Accounts/(\w+)/(Messages|Calls)\.json", heard.path)
        if found is None:
            return self._problem(404, 20404)
        known = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if found[1] != self.account or heard.headers["Authorization"] != f"Basic {known}":
            return self._problem(401, 20003)
        if self.refuse_with:
            return self._problem(*self.refuse_with)
        fields = heard.form
        wrong = self._message(fields) if found[2] == "Messages" else self._call(fields)
        if wrong:
            return self._problem(400, wrong)
        self.made.append(fields)
        return 201, self._resource(found[2], fields)

    @staticmethod
    def _message(fields: dict[str, str]) -> int:
        assert set(fields) <= MESSAGE_FIELDS
        if not re.fullmatch(r"\+[1-9]\d{6,14}", fields["To"]):
            return 21211
        if ("From" in fields) == ("MessagingServiceSid" in fields):
            return 21603
        if not re.fullmatch(r"MG\w+", fields.get("MessagingServiceSid", "MG0")):
            return 21701
        if not 1 <= int(fields.get("ValidityPeriod", "1")) <= 14_400:
            return 20001
        return 0 if _is_public(fields.get("StatusCallback")) else 21609

    @staticmethod
    def _call(fields: dict[str, str]) -> int:
        assert set(fields) <= CALL_FIELDS
        if not re.fullmatch(r"\+[1-9]\d{6,14}", fields["To"]):
            return 21211
        if not re.fullmatch(r"\+[1-9]\d{6,14}", fields["From"]):
            return 21212
        assert fields["MachineDetection"] in ("Enable", "DetectMessageEnd")
        assert 3 <= int(fields["MachineDetectionTimeout"]) <= 59
        assert 0 < int(fields["Timeout"]) <= 600
        return 0 if _is_public(fields["Url"]) and _is_public(fields.get("StatusCallback")) else 21205

    def _resource(self, resource: str, fields: dict[str, str]) -> dict[str, Any]:
        prefix = "SM" if resource == "Messages" else "CA"
        sid = prefix + secrets.token_hex(16)
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": fields.get("Body"),
            "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "from": fields.get("From"),
            "sid": sid,
            "status": "accepted" if "MessagingServiceSid" in fields else "queued",
            "to": fields["To"],
            "uri": f"/2010-04-01/Accounts/{self.account}/{resource}/{sid}.json",
        }

    @staticmethod
    def _problem(status: int, code: int) -> tuple[int, dict[str, Any]]:
        more = f"https://www.twilio.com/docs/errors/{code}"
        return status, {"code": code, "message": "in their own words", "more_info": more, "status": status}

    def signature(self, url: str, fields: dict[str, str], token: str = "") -> dict[str, str]:
        return {"X-Twilio-Signature": RequestValidator(token or self.token).compute_signature(url, fields)}

    def tell(self, portal: Client, url: str, host: str = "portal.example", **fields: str) -> HttpResponse:
        """Post to an address that they were given, signed."""
        fields = {"AccountSid": self.account, "ApiVersion": "2010-04-01", **fields}
        path = urlsplit(url).path
        headers = {"host": host, **self.signature(url, fields)}
        return portal.post(path, urlencode(fields), "application/x-www-form-urlencoded", headers=headers)

    def ring(self, portal: Client, fields: dict[str, str], answered_by: str = "human", presses: str = "") -> list[str]:
        """Let the call of these fields be answered, and a key be pressed or none. What is heard, to the end."""
        call = {"CallSid": "CA" + secrets.token_hex(16), "Direction": "outbound-api"}
        call |= {"From": fields["From"], "To": fields["To"], "CallStatus": "in-progress"}
        answer = self.tell(portal, fields["Url"], **call, AnsweredBy=answered_by)
        heard, then = listened(answer, presses=presses)
        if then:
            more, end = listened(self.tell(portal, then, **call, Digits=presses, FinishedOnKey=""))
            assert end == ""
            heard += more
        assert self.tell(portal, fields["StatusCallback"], **call | {"CallStatus": "completed"}).status_code == 204
        return heard


def _is_public(url: str | None) -> bool:
    """They fetch from the network: a name that leads to their own machine is refused."""
    return url is None or urlsplit(url).hostname not in ("localhost", "127.0.0.1")


def listened(answer: HttpResponse, *, presses: str = "") -> tuple[list[str], str]:
    """Follow a document: what is heard, and the address to ask next. `presses` is the key that somebody presses."""
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "Response"
    # Their own library knows every verb and attribute; what it cannot build, they would not read.
    assert str(_built(VoiceResponse(), root))
    heard: list[str] = []
    for verb in root:
        if verb.tag == "Hangup":
            return heard, ""
        if verb.tag == "Gather":
            heard += [_said(each) for each in verb]
            if presses:
                assert presses not in verb.get("finishOnKey", "#"), "that key would end the input"
                return heard, verb.attrib["action"]
        else:
            heard.append(_said(verb))
    return heard, ""


def _said(verb: ElementTree.Element) -> str:
    assert verb.tag in ("Say", "Pause")
    return verb.text or "" if verb.tag == "Say" else "..."


def _built(parent: Any, element: ElementTree.Element) -> Any:
    for verb in element:
        given = {_snake(name): value for name, value in verb.attrib.items()}
        arguments = [verb.text] if verb.tag == "Say" else []
        _built(getattr(parent, verb.tag.lower())(*arguments, **given), verb)
    return parent


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
