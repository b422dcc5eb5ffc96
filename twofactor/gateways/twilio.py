"""Texts and calls by Twilio's API of 2010-04-01, and by whatever speaks the same.

Documented at twilio.com/docs: the Message and Call resources, TwiML, "Secure webhooks", the error dictionary.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable
from urllib.parse import quote, urlencode, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405 # written here, never read

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from twofactor.gateways import Call, DeliveryFailed, Forged, Message, Report, wire

WAYS = ("text", "call")
IDEMPOTENT = False
_log = logging.getLogger("portal.carriers")
# A messaging service as the sender: texts only. A call needs a number to call from.
_SERVICE = "MG"

# Error numbers, in a refusal and in a later report alike. What is not listed is `setup` in a refusal, and in a report
# `unreachable`.
_CODES: dict[str, tuple[int, ...]] = {
    # Not a number, a landline, a short code, a premium number; nobody has it.
    "number": (13224, 21201, 21202, 21211, 21214, 21217, 21265, 21401, 21407, 21614, 21635, 30005, 30006),
    # Opted out, filtered, on a list of theirs, taken for somebody's pump.
    "blocked": (13225, 21216, 21610, 30004, 30007, 30450, 30453),
    # Too many at once, a queue that is full.
    "busy": (10004, 14107, 20429, 21611, 30001, 30022, 63017),
    "unreachable": (30003, 30008, 30410),
    "expired": (30036,),
    # Credentials, account, balance, sender, region, registration; the most of a trial or of a day.
    "setup": (
        *(
            10001,
            10002,
            13227,
            20003,
            20005,
            20008,
            20403,
            20404,
            21210,
            21212,
            21213,
            21215,
            21219,
            21408,
            21603,
            21606,
        ),
        *(21608, 21609, 21612, 21617, 21659, 21660, 21661, 21703, 21704, 21705, 30002, 30010, 30032, 30034, 30454),
        *(32205, 63038),
    ),
}
_REASONS = {code: reason for reason, codes in _CODES.items() for code in codes}
_TEXT_STATES = {"delivered": "delivered", "read": "delivered", "undelivered": "failed", "failed": "failed"}
_TEXT_STATES |= {"canceled": "failed"}
_CALL_STATES = {"busy": "unanswered", "no-answer": "unanswered", "canceled": "unanswered", "failed": ""}
# A call that is over: whoever heard the code pressed a key before, and that was noted then.
_CALL_STATES |= {"completed": "unanswered"}
# The longest that their queue may keep a text, in seconds.
_VALIDITY_LONGEST = 14_400
# Seconds: until a mailbox would take the call; to tell a person from a machine; until somebody has found a key.
_RINGS, _LISTENS, _WAITS = 30, 5, 10
# No script is longer than this: a line that is left open costs money by the minute.
_CALL_LONGEST = 120
# Named voices: which language the default voice speaks has changed over the years.
_VOICES = {
    "en": ("en-GB", "Polly.Amy"),
    "zh-Hant": ("yue-HK", "Google.yue-HK-Standard-A"),
    "zh-Hant-TW": ("cmn-TW", "Google.cmn-TW-Standard-A"),
}


def configured(way: str) -> bool:
    if not (settings.PORTAL_TWILIO_ACCOUNT and settings.PORTAL_TWILIO_TOKEN and settings.PORTAL_TWILIO_FROM):
        return False
    return way != "call" or (settings.PORTAL_TWILIO_FROM.startswith("+") and reports())


def reports() -> bool:
    """Whether they can reach us: an address of this machine is only given to a server on this machine."""
    return not settings.PORTAL_ON_LOOPBACK or wire.is_loopback(urlsplit(settings.PORTAL_TWILIO_API).hostname or "")


def send(message: Message) -> str:
    sender = settings.PORTAL_TWILIO_FROM
    fields = {"To": message.to}
    if message.way == "call":
        fields |= {"From": sender, "Url": wire.call_address("twilio", message.id, "greet"), "Method": "POST"}
        # SECURITY: nothing is said to a machine, so that no code ends on a mailbox.
        fields |= {"MachineDetection": "Enable", "MachineDetectionTimeout": str(_LISTENS)}
        fields |= {"Timeout": str(_RINGS), "TimeLimit": str(_CALL_LONGEST)}
    else:
        fields |= {"MessagingServiceSid" if sender.startswith(_SERVICE) else "From": sender, "Body": message.text}
        fields |= _validity(message)
    if reports():
        fields["StatusCallback"] = wire.report_address("twilio", message.id)
    resource = "Calls" if message.way == "call" else "Messages"
    account = quote(settings.PORTAL_TWILIO_ACCOUNT, safe="")
    url = f"{settings.PORTAL_TWILIO_API}/2010-04-01/Accounts/{account}/{resource}.json"
    known = f"{settings.PORTAL_TWILIO_ACCOUNT}:{settings.PORTAL_TWILIO_TOKEN}".encode()
    headers = {
        "Authorization": f"Basic {base64.b64encode(known).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    sid = wire.post(url, urlencode(fields).encode(), headers, _reason).get("sid")
    if not isinstance(sid, str) or not sid:
        raise DeliveryFailed("malformed", permanent=True, unknown=True)
    return sid


def _validity(message: Message) -> dict[str, str]:
    """How long their queue may keep it: a code is not sent after its end (R-90)."""
    if message.expires is None:
        return {}
    left = int((message.expires - timezone.now()).total_seconds())
    return {"ValidityPeriod": str(min(max(left, 1), _VALIDITY_LONGEST))}


def _reason(answer: wire.Answer) -> str:
    code = answer.said.get("code")
    if not isinstance(code, int):
        return ""
    reason = _REASONS.get(code, "")
    if reason in ("setup", ""):
        # SECURITY: the number of the error; its sentence would quote the telephone number.
        _log.error("Twilio refuses what it is sent, with error %s: see their error dictionary", code)
    return reason


def read_report(request: HttpRequest, delivery_id: str) -> Report | None:
    _check(request)
    said = request.POST
    code = said.get("ErrorCode", "")
    reason = _REASONS.get(int(code), "") if code.isascii() and code.isdigit() and len(code) <= 6 else ""
    if "MessageStatus" in said:
        state = _TEXT_STATES.get(said["MessageStatus"])
        return Report(state, (reason or "unreachable") if state == "failed" else "") if state else None
    if "CallStatus" not in said:
        raise DeliveryFailed("malformed", permanent=True)
    outcome = _CALL_STATES.get(said["CallStatus"])
    return None if outcome is None else Report("failed", outcome or reason or "unreachable")


def converse(
    request: HttpRequest, delivery_id: str, step: str, script: Callable[[], Call | None]
) -> tuple[HttpResponse, Report | None]:
    """What to say next, in TwiML. The code is said to whoever pressed a key, and only while it is good."""
    _check(request)
    said = Element("Response")
    told = None
    if request.POST.get("AnsweredBy", "").startswith(("machine", "fax")):
        told = Report("failed", "unanswered")
    elif call := script():
        speak = _speaker(call, request.POST.get("To", ""))
        if step == "key" and request.POST.get("Digits"):
            _tell(said, call, speak)
            told = Report("delivered")
        elif step == "greet":
            _greet(said, call, speak, wire.call_address("twilio", delivery_id, "key"))
        else:
            speak(said, call.nobody)
    SubElement(said, "Hangup")
    xml = tostring(said, encoding="utf-8", xml_declaration=True)
    return HttpResponse(xml, content_type="text/xml; charset=utf-8"), told


def _greet(said: Element, call: Call, speak: Callable[[Element, str], None], key_address: str) -> None:
    # Any key at all, also the one that would otherwise end the input.
    asked = {"action": key_address, "method": "POST", "numDigits": "1", "finishOnKey": "", "timeout": str(_WAITS)}
    gather = SubElement(said, "Gather", asked)
    speak(gather, call.greeting)
    speak(gather, call.prompt)
    # Reached only when no key was pressed.
    speak(said, call.nobody)


def _tell(said: Element, call: Call, speak: Callable[[Element, str], None]) -> None:
    for words in (call.intro, call.again):
        speak(said, words)
        for digit in call.digits:
            SubElement(said, "Pause", {"length": "1"})
            speak(said, digit)
        SubElement(said, "Pause", {"length": "1"})
    speak(said, call.goodbye)


def _speaker(call: Call, number: str) -> Callable[[Element, str], None]:
    # Chinese is written alike and spoken differently where the phone is.
    tag = "zh-Hant-TW" if call.language == "zh-Hant" and number.startswith("+886") else call.language
    language, voice = _VOICES.get(tag, _VOICES["en"])

    def speak(parent: Element, words: str) -> None:
        SubElement(parent, "Say", {"language": language, "voice": voice}).text = words

    return speak


def _check(request: HttpRequest) -> None:
    """Whether they signed this: HMAC-SHA1 over our address as they know it and the sorted fields."""
    given = request.headers.get("X-Twilio-Signature", "").encode()
    fields = "".join(
        f"{name}{value}" for name in sorted(request.POST) for value in sorted(set(request.POST.getlist(name)))
    )
    right = False
    for base in _addresses():
        # SECURITY: our own address and never the Host header, which whoever sends a forgery can choose.
        signed = f"{base}{request.get_full_path()}{fields}".encode()
        mac = hmac.new(settings.PORTAL_TWILIO_TOKEN.encode(), signed, hashlib.sha1).digest()
        right |= hmac.compare_digest(given, base64.b64encode(mac))
    if not right or not settings.PORTAL_TWILIO_TOKEN:
        raise Forged


def _addresses() -> tuple[str, str]:
    """With the port and without it: their signing does not agree with itself (see their own RequestValidator)."""
    base = urlsplit(settings.PORTAL_BASE_URL)
    host = f"[{base.hostname}]" if ":" in (base.hostname or "") else base.hostname
    port = base.port or (443 if base.scheme == "https" else 80)
    return f"{base.scheme}://{host}", f"{base.scheme}://{host}:{port}"
