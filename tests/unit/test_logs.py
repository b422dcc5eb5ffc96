"""AT-126, R-81: whatever people type, an event is one line of the log, short, readable and without secrets."""

import json
import logging
import sys

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from portal import logs

ODD = [
    "mara\r\n2026-01-01T00:00:00.000Z INFO portal.audit authn_login_success:1",
    "\x1b[2J\x1b[31mred\x1b[0m \x9b1m \x07\x08\x08",
    '"}{"level": "INFO", "message": "forged"}',
    "\u202egnp.exe \u2066\u2069 \u200b\u200d\ufeff \u00ad",
    "one\u2028two\u2029three\x85four\x0bfive\x0csix\x1cseven\x00",
    "half a sign: \ud800",
    "x" * 100_000,
    "%s %d %(name)s {} {0}",
]


def record(message, *args, **more):
    made = logging.LogRecord("portal.audit", logging.INFO, __file__, 1, message, args, more.pop("exc_info", None))
    vars(made).update(more)
    return made


def line(*given, **more):
    return logs.OneLine("%(asctime)s %(levelname)s %(name)s %(message)s").format(record(*given, **more))


def as_json(*given, **more):
    return logs.Json().format(record(*given, **more))


def is_harmless(text):
    return text.isprintable() and len(text) < 15_000 and text.encode()


@pytest.mark.parametrize("typed", ODD)
def test_an_event_is_one_line(typed):
    """AT-126: CR, LF, signs for terminals, what turns the direction of writing, breakers of JSON, 100 kB."""
    assert is_harmless(line("user=%s", typed))
    assert is_harmless(as_json("user=%s", typed))


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_no_text_at_all_makes_a_second_line(typed):
    """AT-126."""
    assert is_harmless(line("%s", typed))
    found = as_json("%s", typed, event="e", record={"kind": typed, "facts": {typed: typed, "count": 3}})
    assert is_harmless(found)
    assert found.isascii()
    assert json.loads(found)["record"]["facts"]["count"] == 3


def test_what_is_too_long_says_so():
    assert line("x" * 100_000).endswith("x...")
    assert json.loads(as_json("x" * 100_000))["message"].endswith("x...")


def test_programs_get_an_object_with_the_name_that_they_know():
    """R-79: at, level, logger, message, and of an event what the record has."""
    said = json.loads(as_json("hello", event="authn_login_fail:7", record={"kind": "password.check", "facts": {}}))
    assert set(said) == {"at", "level", "logger", "message", "event", "record"}
    assert (said["event"], said["record"]["kind"]) == ("authn_login_fail:7", "password.check")


def test_times_are_utc_in_both_forms(monkeypatch):
    """R-79: whatever the time zone of the pages."""
    moment = record("x", created=0.25, msecs=250.0)
    assert logs.OneLine("%(asctime)s").format(moment) == "1970-01-01T00:00:00.250Z"
    assert json.loads(logs.Json().format(moment))["at"] == "1970-01-01T00:00:00.250Z"


def an_accident(words):
    try:
        raise ValueError(words)
    except ValueError:
        return sys.exc_info()


def test_no_line_of_a_traceback_passes_for_an_event():
    """AT-126: the words of an exception may be what somebody typed."""
    typed = "bad\n2026-01-01T00:00:00.000Z INFO portal.audit authn_login_success:1\u202e"
    first, *rest = line("failed", exc_info=an_accident(typed)).split("\n")
    assert first.endswith("failed")
    assert rest
    assert all(each.startswith("    ") and each.isprintable() for each in rest)
    said = as_json("failed", exc_info=an_accident(typed))
    assert is_harmless(said)
    assert json.loads(said)["trace"][0].startswith("Traceback")


def secrets_of(monkeypatch):
    monkeypatch.setattr(settings, "PORTAL_TWILIO_TOKEN", "twilio-token-of-32-characters-xx")
    monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", ["an earlier secret key of some length"])
    logs._secrets.cache_clear()
    return [
        settings.SECRET_KEY,
        settings.PORTAL_PEPPER.decode(),
        settings.PORTAL_TWILIO_TOKEN,
        *settings.SECRET_KEY_FALLBACKS,
    ]


def test_no_secret_of_the_process_stands_on_a_line(monkeypatch):
    """R-80: not even when a library puts it into its exception."""
    for secret in secrets_of(monkeypatch):
        for said in (
            line("cannot connect with %s now", secret),
            as_json("x", record={"facts": {"x": secret}}),
            line("failed", exc_info=an_accident(f"refused: {secret}")),
            as_json("failed", exc_info=an_accident(f"refused: {secret}")),
        ):
            assert secret not in said
            assert "[secret]" in said
    logs._secrets.cache_clear()


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ("cannot text +85251234567: busy", "cannot text +...67: busy"),
        ("cannot text +852 5123-4567: busy", "cannot text +...67: busy"),
        ("Your code is here.\n@portal.example #482913", "@portal.example #[code]"),
        ("Internal Server Error: /stop/Mw:1vX:" + "aB3_" * 11 + "/", "/stop/Mw:1vX:aB3_aB.../"),
        ("took 1+12 s, 2026-01-02 03:04:05+00:00", "took 1+12 s, 2026-01-02 03:04:05+00:00"),
        (
            "twofactor.views.signin.a_function_with_a_very_long_name_that_is_no_token",
            "a_very_long_name_that_is_no_token",
        ),
    ],
)
def test_numbers_codes_and_tokens_are_not_repeated(said, stays):
    """R-80: of a number the last two digits, of a token its beginning, of a code nothing."""
    assert stays in line("%s", said)
    assert stays in json.loads(as_json("%s", said))["message"]


# --- What a worker says of its tasks ---


@pytest.mark.parametrize(("name", "lines"), [("twofactor.sweep", 1), ("twofactor.deliver", 3)])
def test_a_sweep_that_went_well_is_no_line_and_an_errand_and_an_accident_are(caplog, name, lines):
    """Twelve sweeps a minute would hide what somebody looks for in the log of a worker."""
    # They take longer to load than this file takes.
    from celery.app import trace
    from celery.worker import strategy

    told = {"id": "1", "name": name, "args": "()", "kwargs": "{}", "return_value": "None", "runtime": 0.1}
    with caplog.at_level(logging.INFO):
        strategy.logger.info(trace.LOG_RECEIVED, told, extra={"data": told})
        trace.info(trace.LOG_SUCCESS, told)
        trace.logger.error("Task %(name)s broke", told, extra={"data": told})
    assert len([each for each in caplog.records if each.name.startswith("celery.")]) == lines
    assert f"Task {name} broke" in caplog.text


def test_the_sweep_is_called_what_the_log_looks_for():
    from portal import celery

    assert celery.sweep.name == logs._SWEEP
