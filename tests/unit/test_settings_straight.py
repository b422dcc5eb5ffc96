"""Settings that are read without a detour (`portal.apps`) are those of Django, however they change: each story of what
may become of a setting is told with Django's own way and with ours.
"""

import pytest
from django.conf import LazySettings, UserSettingsHolder, global_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.test import override_settings
from django.utils.functional import LazyObject


class ShippedSettings(LazySettings):
    """As Django ships them, whatever has been changed in this process."""

    __getattribute__ = LazyObject.__getattribute__


@pytest.fixture(params=[ShippedSettings, LazySettings], ids=["Django's", "ours"])
def kind(request):
    return request.param


@pytest.fixture
def lazy(kind, monkeypatch):
    """Settings of a test, which `override_settings` takes for those of the process."""
    settings = kind()
    settings.configure(COLOUR="red", SECRET_KEY="secret")
    monkeypatch.setattr("django.test.utils.settings", settings)
    return settings


def colour_of(settings):
    return getattr(settings, "COLOUR", None)


# --- What may become of a setting ---


def test_a_setting_is_overridden_for_as_long_as_it_is_said(lazy):
    assert lazy.COLOUR == "red"
    with override_settings(COLOUR="blue"):
        assert lazy.COLOUR == "blue"
        with override_settings(COLOUR="green"):
            assert lazy.COLOUR == "green"
        assert lazy.COLOUR == "blue"
    assert lazy.COLOUR == "red"


def test_whoever_is_told_of_a_change_sees_what_is_new(lazy):
    seen = []

    def look(setting, value, enter, **kwargs):
        seen.append((setting, value, enter, lazy.COLOUR))

    setting_changed.connect(look)
    try:
        with override_settings(COLOUR="blue"):
            pass
    finally:
        setting_changed.disconnect(look)
    assert seen == [("COLOUR", "blue", True, "blue"), ("COLOUR", "red", False, "red")]


def test_a_setting_that_is_set_is_read_as_it_was_set(lazy):
    assert lazy.COLOUR == "red"
    lazy.COLOUR = "blue"
    assert lazy.COLOUR == "blue"


def test_a_setting_that_is_deleted_is_gone_until_the_override_ends(lazy):
    assert lazy.COLOUR == "red"
    with override_settings():
        del lazy.COLOUR
        assert colour_of(lazy) is None
        assert "COLOUR" not in dir(lazy)
    assert lazy.COLOUR == "red"


def test_a_setting_that_only_an_override_has_is_gone_after_it(lazy):
    with override_settings(SHAPE="round"):
        assert lazy.SHAPE == "round"
    assert not hasattr(lazy, "SHAPE")


def test_a_name_that_is_missing_is_missing_by_name(lazy):
    with pytest.raises(AttributeError, match="SHAPE"):
        _ = lazy.SHAPE
    assert getattr(lazy, "SHAPE", "round") == "round"


def test_what_is_not_set_is_djangos(lazy):
    assert lazy.APPEND_SLASH is global_settings.APPEND_SLASH


def test_what_is_read_with_more_than_its_value_still_is(lazy):
    lazy.STATIC_URL, lazy.SECRET_KEY = "static/", ""
    assert lazy.STATIC_URL == "/static/"
    with pytest.raises(ImproperlyConfigured):
        _ = lazy.SECRET_KEY


# --- Before there are any ---


def test_before_they_are_configured_there_are_none_and_who_asks_is_told(kind, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    settings = kind()
    assert not settings.configured
    with pytest.raises(ImproperlyConfigured, match="COLOUR"):
        _ = settings.COLOUR
    settings.configure(COLOUR="red")
    assert settings.configured
    assert settings.COLOUR == "red"
    with pytest.raises(RuntimeError):
        settings.configure(COLOUR="blue")


def test_the_first_look_reads_the_module_that_is_named(kind, monkeypatch):
    settings = kind()
    assert settings.ROOT_URLCONF == "portal.urls"
    assert settings.configured


# --- What Django hides ---


def test_they_are_shown_and_listed_as_djangos(lazy):
    assert isinstance(lazy, UserSettingsHolder)
    assert repr(lazy) == '<LazySettings "None">'
    assert "COLOUR" in dir(lazy)
    assert lazy.is_overridden("COLOUR")
    assert not lazy.is_overridden("APPEND_SLASH")


def test_all_that_django_hides_are_methods_that_python_itself_looks_up():
    """They are looked up past `__getattribute__`. If a new Django hides more by it, ours must do so too."""
    hidden = {name for name in dir(LazySettings) if not getattr(getattr(LazySettings, name), "_mask_wrapped", True)}
    assert hidden
    assert [name for name in hidden if not (name.startswith("__") and name.endswith("__"))] == []


def test_no_setting_warns_by_whoever_stands_behind_djangos_detour():
    """Django's warning of an old setting counts the steps back to its reader, the detour among them: ours has none."""
    assert [name for name, each in vars(LazySettings).items() if isinstance(each, property)] == ["configured"]


def test_the_settings_of_the_portal_are_read_straight():
    assert LazySettings.__getattribute__ is object.__getattribute__
