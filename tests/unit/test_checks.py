"""Settings with which the portal does not start, one at a time (AT-129, R-92)."""

import re

import pytest
from django.core.checks import run_checks

from accounts import overrides
from tests.unit.test_supply import ROOT
from twofactor import checks


def found(settings, **changes):
    for name, value in changes.items():
        setattr(settings, name, value)
    return [error.id for check in (checks.carriers_are_safe, checks.money_is_counted) for error in check(None)]


def test_what_everybody_begins_with_is_good(settings):
    assert found(settings) == []


@pytest.mark.parametrize("price", [float("nan"), float("inf"), 0.0, -0.01, 1e9])
@pytest.mark.parametrize("name", ["PORTAL_TEXT_PRICES", "PORTAL_CALL_PRICES"])
def test_a_price_is_a_number_that_can_be_paid(settings, name, price):
    assert found(settings, **{name: {"*": 0.05, "HK": price}}) == ["portal.E12"]


@pytest.mark.parametrize("name", ["PORTAL_TEXT_PRICES", "PORTAL_CALL_PRICES"])
def test_each_country_that_is_served_has_a_price(settings, name):
    served = frozenset({"HK", "GB"})
    assert found(settings, PORTAL_COUNTRIES=served, **{name: {"HK": 0.05}}) == ["portal.E13"]
    assert found(settings, PORTAL_COUNTRIES=served, **{name: {"HK": 0.05, "GB": 0.04}}) == []
    assert found(settings, PORTAL_COUNTRIES=served, **{name: {"*": 0.05}}) == []


@pytest.mark.parametrize("most", [float("nan"), float("inf"), 0.0, -1.0, 2e6])
def test_a_day_costs_something_that_can_be_counted(settings, most):
    assert found(settings, PORTAL_MONEY_A_DAY=most) == ["portal.E14"]


@pytest.mark.parametrize("carriers", [["twilio"], ["demo", "http"], ["apprise"]])
def test_the_demo_sends_nothing_to_real_phones(settings, carriers):
    settings.PORTAL_DEMO, settings.PORTAL_COUNTRY = True, "HK"
    assert "portal.E11" in found(settings, PORTAL_CARRIERS=carriers)


@pytest.mark.parametrize("carriers", [[], ["demo"], ["console"], ["demo", "mail"]])
def test_it_has_its_virtual_phone(settings, carriers):
    settings.PORTAL_DEMO, settings.PORTAL_COUNTRY = True, "HK"
    assert "portal.E11" not in found(settings, PORTAL_CARRIERS=carriers)


# --- AT-129, R-92: one unsafe setting at a time ---

# A portal as people reach it, with secrets that were drawn.
PRODUCTION = {
    "PORTAL_ON_LOOPBACK": False,
    "PORTAL_BASE_URL": "https://portal.example",
    "PORTAL_AUTHENTICATOR_URL": "https://portal.example",
    "ALLOWED_HOSTS": ["portal.example"],
    "SECRET_KEY": "kJ3v-9wQz_yB7tXfR2mLc8HdN5sGaP0eUoViTqWb",
    "PORTAL_PEPPER": b"Zx8cV4bN1mQ7wE3rT9yU5iO2pA6sD0fG-hJkLzXv",
}
KEY = "q8Tn2Vb7Xk4Rw9Ld3Hs6Jf1Zp5Gc0My-Ea_UoIiWtBv"
_IN_A_ROW = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


@pytest.fixture
def production(settings, monkeypatch):
    """The findings of all checks of ours, with these settings changed."""
    for name, value in PRODUCTION.items():
        setattr(settings, name, value)
    monkeypatch.setenv("PORTAL_FIELD_KEYS", f"1:{KEY}")

    def findings(keys="", **changes):
        if keys:
            monkeypatch.setenv("PORTAL_FIELD_KEYS", keys)
        for name, value in changes.items():
            setattr(settings, name, value)
        return [each for each in run_checks(tags=[checks.TAG]) if each.is_serious()]

    return findings


def test_a_portal_in_production_form_has_no_finding(production):
    assert production() == []


UNSAFE = {
    "plain-http": ({"PORTAL_BASE_URL": "http://portal.example"}, "portal.E01"),
    "demo": ({"PORTAL_DEMO": True}, "portal.E02"),
    "short-key": ({"SECRET_KEY": "kJ3v-9wQz_yB7tXfR2mLc8HdN5sGaP0"}, "portal.E03"),
    "short-pepper": ({"PORTAL_PEPPER": b"Zx8cV4bN1mQ7wE3rT9yU5iO2pA6sD0f"}, "portal.E03"),
    "number-match": ({"PORTAL_NUMBER_MATCH": "sometimes"}, "portal.E04"),
    "debug": ({"DEBUG": True}, "portal.E05"),
    "carrier": ({"PORTAL_CARRIERS": ["pigeon"]}, "portal.E06"),
    "console": ({"PORTAL_CARRIERS": ["console"], "PORTAL_COUNTRY": "HK"}, "portal.E07"),
    "country": ({"PORTAL_COUNTRIES": frozenset({"XX"}), "PORTAL_TEXT_PRICES": {"*": 1.0}}, "portal.E09"),
    "push": ({"PORTAL_PUSH_SERVICES": ["*"]}, "portal.E15"),
    "any-host": ({"ALLOWED_HOSTS": ["*"]}, "portal.E16"),
    "hosts-below": ({"ALLOWED_HOSTS": [".portal.example"]}, "portal.E16"),
    "authenticator-http": ({"PORTAL_AUTHENTICATOR_URL": "http://auth.portal.example"}, "portal.E17"),
    "authenticator-path": ({"PORTAL_AUTHENTICATOR_URL": "https://portal.example/auth"}, "portal.E17"),
    "authenticator-nothing": ({"PORTAL_AUTHENTICATOR_URL": "portal.example"}, "portal.E17"),
    "equal": ({"PORTAL_PEPPER": PRODUCTION["SECRET_KEY"].encode()}, "portal.E18"),
    "equal-to-a-field-key": ({"SECRET_KEY": KEY}, "portal.E18"),
    "one-key-twice": ({"keys": f"1:{KEY},2:{KEY}"}, "portal.E18"),
    "repeated": ({"SECRET_KEY": "x" * 50}, "portal.E19"),
    "published": ({"PORTAL_PEPPER": b"for-checks-only-for-checks-only-for-checks-only"}, "portal.E19"),
    "djangos": ({"SECRET_KEY": "django-insecure-9wQz_yB7tXfR2mLc8HdN5sGaP0eU"}, "portal.E19"),
    "zeros": ({"keys": "1:" + 43 * "A"}, "portal.E19"),
    "in-a-row": ({"keys": f"1:{_IN_A_ROW}"}, "portal.E19"),
    "proxies": ({"PORTAL_PROXIES": -1}, "portal.E20"),
    "no-threads": ({"PORTAL_THREADS": 0}, "portal.E26"),
    "no-patience": ({"PORTAL_DATABASE_PATIENCE": 0.0}, "portal.E27"),
    "patience-below-zero": ({"PORTAL_DATABASE_PATIENCE": -1.0}, "portal.E27"),
    "patience-for-ever": ({"PORTAL_DATABASE_PATIENCE": float("inf")}, "portal.E27"),
    "patience-that-is-no-number": ({"PORTAL_DATABASE_PATIENCE": float("nan")}, "portal.E27"),
    "sqlite-for-several": ({"REDIS_URL": "redis://localhost"}, "portal.E21"),
}


@pytest.mark.parametrize("what", UNSAFE)
def test_each_unsafe_setting_is_one_sentence(production, what):
    """AT-129, AT-081, R-92: and quotes no secret."""
    changes, finding = UNSAFE[what]
    (found,) = production(**changes)
    assert found.id == finding
    assert re.fullmatch(r"[^\n]{20,200}[.?]", found.msg), found.msg
    for secret in (KEY, PRODUCTION["SECRET_KEY"], PRODUCTION["PORTAL_PEPPER"].decode(), "x" * 50):
        assert secret not in found.msg


def test_what_another_side_has_drawn_may_be_short(production):
    """A gateway's token: nine random bytes are no guess, and not refused for how they happen to be spelled."""
    assert production(PORTAL_HTTP_SECRET="Zx8cV4bN1mQ7") == []
    assert production(PORTAL_HTTP_SECRET="Zx8c+4bN1mQ7") == []


def test_on_a_developers_own_machine_any_secret_will_do(production):
    assert production(PORTAL_ON_LOOPBACK=True, SECRET_KEY="x" * 50) == []


def test_what_weakens_it_is_a_warning(settings):
    """AT-081 and R-92 refuse; these only speak."""
    settings.PORTAL_NUMBER_MATCH = "never"
    settings.PORTAL_MAIL_URL, settings.PORTAL_MAIL_FROM = "smtp+tls://mail.example", ""
    assert [each.id for each in checks.numbers_are_within_their_caps(None)] == ["portal.W02", "portal.W03"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "PORTAL_NUMBRE_MATCH",
            "PORTAL_NUMBRE_MATCH is set and nothing reads it: is it PORTAL_NUMBER_MATCH that is meant?",
        ),
        ("PORTAL_ZZZ", "PORTAL_ZZZ is set and nothing reads it."),
    ],
)
def test_a_name_that_nothing_reads_is_a_warning_with_the_nearest_one(monkeypatch, name, words):
    monkeypatch.setenv(name, "always")
    (found,) = checks.names_are_known(None)
    assert (found.id, found.msg) == ("portal.W04", words)


def test_no_name_that_the_project_itself_uses_is_taken_for_a_slip(monkeypatch):
    """Whoever has one of them in a shell, or in the file of the environment, is not told of it."""
    told = [ROOT / "Makefile", *(ROOT / "scripts").iterdir(), *(path for path in (ROOT / "deploy").rglob("*"))]
    names = {name for path in told if path.is_file() for name in re.findall(r"\bPORTAL_[A-Z_]+", path.read_text())}
    for room in ("accounts", "applications", "bench", "portal", "tests", "twofactor"):
        for path in (ROOT / room).rglob("*.py"):
            names |= set(re.findall(r"""environ(?:ment)?(?:\.get\(|\[)"(PORTAL_[A-Z_]+)""", path.read_text()))
    assert {"PORTAL_LONG", "PORTAL_CHROMIUM", "PORTAL_VERSION", "PORTAL_DEMO_PASSWORD", "PORTAL_SOAK"} <= names
    for name in names - {overrides.PREFIX}:
        monkeypatch.setenv(name, "1")
    assert checks.names_are_known(None) == []
