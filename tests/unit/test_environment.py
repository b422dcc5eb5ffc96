"""What the settings read of the environment: one sentence for each value that cannot be read."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.reading import Environment, prices

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
