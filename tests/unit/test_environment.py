"""What the settings read of the environment: one sentence for each value that cannot be read."""

import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.reading import Environment, prices
from tests.unit.test_supply import ROOT

# --- Switches ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["1", "true", "True", "t", "YES", "y", "on", "ok", " on "])
def test_each_word_for_on_is_on(monkeypatch, word):
    monkeypatch.setenv("PORTAL_ACTIVATION_CONFIRM", word)
    assert Environment().bool("PORTAL_ACTIVATION_CONFIRM", default=False) is True


@pytest.mark.parametrize("word", ["0", "false", "F", "no", "n", "Off", ""])
def test_each_word_for_off_is_off(monkeypatch, word):
    monkeypatch.setenv("PORTAL_TEXTS_RECOVER", word)
    assert Environment().bool("PORTAL_TEXTS_RECOVER", default=True) is False


@pytest.mark.parametrize("word", ["enabled", "ture", "2", "-1", "none", "'1'"])
def test_any_other_word_turns_no_protection_off(monkeypatch, word):
    monkeypatch.setenv("PORTAL_ACTIVATION_CONFIRM", word)
    with pytest.raises(ImproperlyConfigured) as refused:
        Environment().bool("PORTAL_ACTIVATION_CONFIRM", default=False)
    assert str(refused.value) == f"PORTAL_ACTIVATION_CONFIRM must be 1 or 0, and is {word!r}."


# --- Numbers -------------------------------------------------------------------------------------------------------


def test_a_number_is_what_it_says(monkeypatch):
    """The library would leave out what is no digit of it: 13."""
    monkeypatch.setenv("PORTAL_MONEY_A_DAY", "1e3")
    assert Environment().float("PORTAL_MONEY_A_DAY", default=50.0) == 1000.0


@pytest.mark.parametrize("word", ["fast", "5s", "1,5", ""])
def test_what_is_no_number_is_not_read_as_one(monkeypatch, word):
    monkeypatch.setenv("PORTAL_DATABASE_PATIENCE", word)
    with pytest.raises(ImproperlyConfigured) as refused:
        Environment().float("PORTAL_DATABASE_PATIENCE", default=5.0)
    assert str(refused.value) == f"PORTAL_DATABASE_PATIENCE must be a number, and is {word!r}."


def test_prices_are_read_as_the_page_of_settings_writes_them(monkeypatch):
    monkeypatch.setenv("PORTAL_TEXT_PRICES", "*=0.05, HK=0.03")
    read = Environment().dict("PORTAL_TEXT_PRICES", cast=prices, default={"*": 1.0})
    assert read == {"*": 0.05, "HK": 0.03}


@pytest.mark.parametrize("words", ["*=0.05;HK=0.03", "0.05", "HK=cheap"])
def test_other_prices_are_refused(monkeypatch, words):
    monkeypatch.setenv("PORTAL_TEXT_PRICES", words)
    with pytest.raises(ImproperlyConfigured, match=r"^PORTAL_TEXT_PRICES must be prices by country"):
        Environment().dict("PORTAL_TEXT_PRICES", cast=prices, default={"*": 1.0})


# --- Secrets -------------------------------------------------------------------------------------------------------


def test_a_secret_that_begins_with_a_dollar_is_itself(monkeypatch):
    """The library would look for the variable of that name, and print it."""
    monkeypatch.setenv("PORTAL_PEPPER", "$3cret-words")
    assert Environment().str("PORTAL_PEPPER") == "$3cret-words"


# --- One sentence --------------------------------------------------------------------------------------------------

KEY = "A" * 43
UNREADABLE = {
    "PORTAL_DEMO": "maybe",
    "PORTAL_THREADS": "many",
    "PORTAL_PROXIES": "x",
    "PORTAL_REQUIRE_SECOND_FACTOR": "soon",
    "PORTAL_DATABASE_PATIENCE": "fast",
    "PORTAL_MONEY_A_DAY": "lots",
    "PORTAL_CALL_PRICES": "cheap",
    "PORTAL_LOG_LEVEL": "LOUD",
    "PORTAL_LOG_FORMAT": "xml",
    "PORTAL_TIME_ZONE": "Mars/Base",
    "PORTAL_BASE_URL": "http://[",
    "PORTAL_AUTHENTICATOR_URL": "https://auth.example:door",
    "PORTAL_FIELD_KEYS": "1:s3cret",
    "DATABASE_URL": "nonsense",
    "REDIS_URL": "nonsense",
    "PORTAL_MAIL_URL": "nonsense",
    "PORTAL_VAPID_KEY": "nonsense",
}
MORE = [
    ("PORTAL_TIME_ZONE", "America"),
    ("PORTAL_TIME_ZONE", "../etc"),
    ("PORTAL_FIELD_KEYS", "s3cret"),
    ("PORTAL_FIELD_KEYS", f"1:{KEY},1:{KEY}"),
    ("DATABASE_URL", "mysql://a:s3cret@b/c"),
    ("DATABASE_URL", "postgres://a:s3cret/x@b/c"),
    ("REDIS_URL", "htp://x"),
    ("REDIS_URL", "redis://:s3cret/x@one/0"),
    ("REDIS_URL", "redis+sentinel://a:s3cret/x@one/portal"),
    ("REDIS_URL", "redis+sentinel://one/portal?db=0&s3cret"),
    ("PORTAL_MAIL_URL", "smtp+tls://a:s3cret/x@mail.example"),
]


def said(*words, **changes):
    """What a command says that ends with 1: in this environment, which is none of a test's."""
    environment = {"PATH": os.environ["PATH"], "PORTAL_BASE_URL": "http://localhost:8000", "PORTAL_DATA": os.devnull}
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    environment |= {"PORTAL_SECRET_KEY": "k" * 40, "PORTAL_PEPPER": "p" * 40, "PORTAL_FIELD_KEYS": f"1:{KEY}"}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment | changes, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(("name", "value"), [*UNREADABLE.items(), *MORE])
def test_each_value_that_cannot_be_read_is_one_sentence_with_the_name(name, value):
    words = said("manage.py", "check", **{name: value})
    assert re.fullmatch(rf"{name} [^\n]{{20,250}} \(docs/operating.md lists them all\)\n", words), words
    assert "s3cret" not in words
    assert KEY not in words


ENTRIES = {
    "server": ["-m", "portal.serve"],
    "application": ["-c", "import portal.asgi"],
    "worker": ["-m", "celery", "-A", "portal", "worker"],
    "tables": ["-m", "portal.cluster.prepare"],
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_whatever_is_started_says_it_in_one_sentence(entry):
    words = said(*ENTRIES[entry], PORTAL_THREADS="many")
    assert words == "PORTAL_THREADS must be a whole number, and is 'many'. (docs/operating.md lists them all)\n"


def test_a_command_of_a_whole_form_says_it_in_one_sentence(tmp_path):
    words = said("-m", "portal.cluster.manage", "check", PORTAL_THREADS="many", PORTAL_DATA=str(tmp_path / "whole"))
    assert words == "PORTAL_THREADS must be a whole number, and is 'many'. (docs/operating.md lists them all)\n"
