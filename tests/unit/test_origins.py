"""The two addresses of the portal: compared letter by letter with what browsers say, so they are written alike."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.unit import anew


def read(monkeypatch, base, apart=None):
    """The settings as they would be with these."""
    apart = {"PORTAL_AUTHENTICATOR_URL": apart} if apart else {}
    return anew.read(monkeypatch, PORTAL_BASE_URL=base, **apart)


@pytest.mark.parametrize("address", ["https://portal.example", "https://portal.example:8443", "http://[::1]:8000"])
def test_an_origin_is_taken_as_it_is(monkeypatch, address):
    found = read(monkeypatch, address, address)
    assert found["PORTAL_BASE_URL"] == found["PORTAL_AUTHENTICATOR_URL"] == address


STRANGE = [
    "portal.example",
    "//portal.example",
    "ftp://portal.example",
    "https://",
    "https://portal.example/portal",
    "https://portal.example?x",
    "https://portal.example#x",
    "https://user@portal.example",
    "https://Portal.example",
    "HTTPS://portal.example",
    "https://portal.example:443",
    "http://localhost:80",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("address", STRANGE)
def test_anything_else_is_refused(monkeypatch, address):
    """R-35, R-64: a link that is not an origin, or one that no browser would call itself."""
    with pytest.raises(ImproperlyConfigured, match="PORTAL_BASE_URL"):
        read(monkeypatch, address)
    with pytest.raises(ImproperlyConfigured, match="PORTAL_AUTHENTICATOR_URL"):
        read(monkeypatch, "https://portal.example", address)


@pytest.mark.parametrize("apart", ["https://portal.example:8443", "http://keys.portal.example"])
def test_another_port_or_scheme_is_no_host_of_its_own(monkeypatch, apart):
    """R-75: cookies know no ports, and a phone keeps no keys for a page without https."""
    with pytest.raises(ImproperlyConfigured, match="host name of its own"):
        read(monkeypatch, "https://portal.example", apart)


def test_both_hosts_are_answered(monkeypatch):
    found = read(monkeypatch, "https://portal.example", "https://keys.portal.example")
    assert found["ALLOWED_HOSTS"] == ["keys.portal.example", "portal.example"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://portal.example"]
    assert found["SESSION_COOKIE_NAME"] == "__Host-session"


def test_a_second_host_elsewhere_is_not_this_machine(monkeypatch):
    """Cookies without `Secure` are for loopback alone, and the checks then ask for https."""
    assert read(monkeypatch, "http://localhost:8000", "http://keys.localhost:8000")["PORTAL_ON_LOOPBACK"]
    found = read(monkeypatch, "http://localhost:8000", "http://keys.example:8000")
    assert not found["PORTAL_ON_LOOPBACK"]
    assert found["SESSION_COOKIE_SECURE"]


def test_no_wildcard_is_ever_a_host(monkeypatch):
    """AT-081: there is no setting that would make one."""
    monkeypatch.setenv("ALLOWED_HOSTS", "*")
    assert "*" not in read(monkeypatch, "https://portal.example")["ALLOWED_HOSTS"]
