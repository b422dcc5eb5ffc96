"""One event, one line: nobody writes a second one into the log by what they type, and no line tells a secret.

Two forms of the same: lines for people, and JSON for whatever collects them (PORTAL_LOG_FORMAT). Times are UTC.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
import traceback
from functools import cache
from typing import Any, Final

from django.conf import settings

from accounts import requests

# No line of ours says which thread it is from, nor where in the code.
logging.logThreads = False
logging._srcfile = None  # noqa: SLF001 - as the manual of Python advises

_LONGEST: Final = 2000
_LONGEST_TRACE: Final = 20_000
# SECURITY: whoever reads the log finds here what no line of ours says, but the exception of a library may.
_NUMBER = re.compile(r"(?<![\w+])\+[1-9][0-9 ().-]{5,20}[0-9](?![0-9])")
_CODE_LINE = re.compile(r"(@[\w.-]+ #)[0-9]{4,10}\b")
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{6})[A-Za-z0-9_-]{34,}")
_DIGIT = re.compile("[0-9]")
_KEPT_SECRET = (
    *("SECRET_KEY", "PORTAL_PEPPER", "PORTAL_HTTP_TOKEN", "PORTAL_HTTP_SECRET", "PORTAL_TWILIO_TOKEN"),
    "PORTAL_METRICS_TOKEN",
    *("PORTAL_VAPID_KEY", "PORTAL_APPRISE_URL", "PORTAL_MAIL_URL", "EMAIL_HOST_PASSWORD", "REDIS_URL"),
)
_SHORTEST_SECRET: Final = 8
# As portal/celery.py calls it.
_SWEEP: Final = "twofactor.sweep"


class OneLine(logging.Formatter):
    """For people: the message on one line, without odd characters, cut to a length; a traceback follows, set in.

    SECURITY: every line of a traceback begins with blanks, so none of them passes for an event of its own.
    """

    converter = time.gmtime  # type: ignore[assignment]
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.request_id = _request_of(record) or "-"
        return plain(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return _set_in(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        return _set_in(stack_info)


class NoSweep(logging.Filter):
    """Leaves out that a sweep came and went well, every few seconds: errands, and whatever fails, would drown in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        data = getattr(record, "data", None)
        swept = isinstance(data, dict) and data.get("name") == _SWEEP
        return record.levelno > logging.INFO or not swept


class Json(OneLine):
    """For programs: one JSON object on one line, in ASCII (RFC 8259)."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": plain(record.getMessage()),
        }
        if request := _request_of(record):
            said["request"] = request
        # What the record of events has of it, and what log collectors call that (`accounts.audit`).
        for name in ("event", "record"):
            if hasattr(record, name):
                said[name] = _plain_inside(getattr(record, name))
        if record.exc_info and record.exc_info[0] is not None:
            lines = "".join(traceback.format_exception(*record.exc_info))[-_LONGEST_TRACE:].splitlines()
            said["trace"] = [plain(line) for line in lines]
        return json.dumps(said, default=str)


def _request_of(record: logging.LogRecord) -> str:
    """Whoever writes a line is in the middle of what it is about, or gives the request along, as Django does."""
    given = getattr(getattr(record, "request", None), "META", {})
    return requests.current() or str(given.get(requests.KEPT, ""))


def plain(text: str) -> str:
    """What may stand on a line of the log: short enough, without secrets, every odd character written out."""
    # Cut twice: nobody waits for 100 kB to be looked through, and no half of a secret is left at the end.
    line = _without_secrets(text[: 2 * _LONGEST])
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
    # What is not printable a terminal or an eye could take for something else: controls, line ends, other directions.
    return line if line.isprintable() else "".join(s if s.isprintable() else _written_out(s) for s in line)


def _plain_inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain_inside(each) for name, each in value.items()}
    return plain(value) if isinstance(value, str) else value


def _written_out(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _without_secrets(text: str) -> str:
    for secret in _secrets():
        text = text.replace(secret, "[secret]")
    # Few lines have these signs, and to look for all that may follow takes as long as the rest of a line.
    if "#" in text:
        text = _CODE_LINE.sub(r"\1[code]", text)
    if "+" in text:
        text = _NUMBER.sub(lambda found: f"+...{found[0][-2:]}", text)
    return _TOKEN.sub(_begun, text)


def _begun(token: re.Match[str]) -> str:
    """The beginning tells two of them apart, and is worth nothing. What has no digit is a long word."""
    return f"{token[1]}..." if _DIGIT.search(token[0]) else token[0]


@cache
def _secrets() -> tuple[str, ...]:
    """What this process was given and no line may repeat, the longest first."""
    given = [getattr(settings, name, "") for name in _KEPT_SECRET]
    given += [each.get("PASSWORD", "") for each in settings.DATABASES.values()]
    given += getattr(settings, "SECRET_KEY_FALLBACKS", [])
    given += [entry.strip().partition(":")[2] for entry in os.environ.get("PORTAL_FIELD_KEYS", "").split(",")]
    words = {each.decode(errors="replace") if isinstance(each, bytes) else str(each or "") for each in given}
    return tuple(sorted((word for word in words if len(word) >= _SHORTEST_SECRET), key=len, reverse=True))


def _set_in(text: str) -> str:
    lines = text[-_LONGEST_TRACE:].splitlines()
    return "\n".join(f"    {plain(line)}" for line in lines)
