"""Settings with which the portal does not start: what texts cost, and who carries them in the demo."""

import pytest

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
