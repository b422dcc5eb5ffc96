"""Wrong passwords count for the address they come from, as far as our own proxies know it (P-26)."""

from io import BytesIO

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.utils import timezone

from accounts import policy
from accounts.limits import client_address, proxy_silent
from accounts.models import KnownBrowser, RefusedOrigin, Tally, User
from portal.figures import overview
from tests.factories import PASSWORD, desk, give_password, person


def right(user, browser=None):
    return give_password(browser or desk(), user).status_code


def seconds(response):
    return int(response["Retry-After"])


def tries(count, remote, header=None, first=0):
    """Wrong passwords for as many different names, from one address. Returns the statuses."""
    more = {"x-forwarded-for": header} if header else {}
    statuses = []
    for number in range(first, first + count):
        sent = {"username": f"name{number}", "password": "x"}
        statuses.append(desk(**more).post("/sign-in/", sent, REMOTE_ADDR=remote).status_code)
    return statuses


def test_twenty_wrong_passwords_close_an_address_for_five_minutes(clock, mara):
    assert tries(20, "203.0.113.1") == [200] * 20
    refused = desk().post("/sign-in/", {"username": "x", "password": "x"}, REMOTE_ADDR="203.0.113.1")
    assert (refused.status_code, seconds(refused)) == (429, 300)
    assert desk().post("/sign-in/", {"username": "x", "password": "x"}, REMOTE_ADDR="203.0.113.2").status_code == 200
    clock.shift(300)
    assert tries(1, "203.0.113.1") == [200]


def test_right_passwords_never_close_an_address(clock, mara):
    """Decision 18: an office behind one address."""
    eli = person("eli")
    for _ in range(11):
        assert right(mara) == right(eli) == 302


def test_a_success_gives_an_address_back_one_try_and_no_more(clock, mara):
    """AT-032."""
    tries(19, "127.0.0.1")
    assert right(mara) == 302
    assert tries(2, "127.0.0.1", first=100) == [200, 429]


def test_one_subscribers_64_is_one_address(clock, db):
    for number in range(20):
        tries(1, f"2001:db8:1:2::{number:x}", first=number)
    assert tries(1, "2001:db8:1:2:ffff::1", first=50) == [429]
    assert tries(1, "2001:db8:1:3::1", first=51) == [200]


def test_an_ipv4_address_is_itself_in_ipv6_clothes(clock, db):
    assert tries(20, "203.0.113.1") == [200] * 20
    assert tries(1, "::ffff:203.0.113.1", first=50) == [429]


FORGED = ["1.2.3.4", "1.2.3.4, 5.6.7.8", "2001:db8::1", "unknown", "203.0.113.9:4711", "", "," * 200, "x" * 8000]


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
def test_without_a_proxy_a_forwarded_address_is_not_read(clock, db, forged):
    tries(19, "203.0.113.1")
    assert tries(2, "203.0.113.1", header=forged, first=50) == [200, 429]


@pytest.mark.parametrize("name", ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip"])
def test_no_other_header_is_read(clock, db, settings, name):
    settings.PORTAL_PROXIES = 1
    for number in range(20):
        browser = desk(**{name: f"198.51.100.{number}"})
        browser.post("/sign-in/", {"username": f"name{number}", "password": "x"}, REMOTE_ADDR="203.0.113.1")
    assert tries(1, "203.0.113.1", first=50) == [429]


def test_an_underscore_makes_no_header_of_ours(db, settings):
    """CVE-2026-3902: the way in, as the server hands it over."""
    settings.PORTAL_PROXIES = 1
    headers = [(b"host", b"localhost"), (b"x_forwarded_for", b"198.51.100.1")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ["203.0.113.1", 1]}
    assert client_address(ASGIRequest(scope, BytesIO())) == "203.0.113.1"


def test_two_headers_are_read_as_one(settings):
    settings.PORTAL_PROXIES = 1
    headers = [(b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-for", b"203.0.113.7")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ["10.0.0.1", 1]}
    assert client_address(ASGIRequest(scope, BytesIO())) == "203.0.113.7"


def test_behind_one_proxy_only_its_own_entry_is_believed(clock, db, settings):
    settings.PORTAL_PROXIES = 1
    for number in range(20):
        tries(1, "10.0.0.1", header=f"198.51.100.{number}, 203.0.113.1", first=number)
    assert tries(1, "10.0.0.1", header="198.51.100.99, 203.0.113.1", first=50) == [429]
    assert tries(1, "10.0.0.1", header="203.0.113.1, 203.0.113.2", first=51) == [200]


def test_behind_two_proxies_the_second_from_the_right_is_believed(clock, db, settings):
    settings.PORTAL_PROXIES = 2
    for number in range(20):
        tries(1, "10.0.0.1", header=f"198.51.100.{number}, 203.0.113.1, 10.0.0.{number}", first=number)
    assert tries(1, "10.0.0.1", header="1.1.1.1, 203.0.113.1, 10.0.0.99", first=50) == [429]
    assert tries(1, "10.0.0.1", header="203.0.113.1, 203.0.113.2, 10.0.0.2", first=51) == [200]


def test_a_proxy_that_forwards_too_little_counts_as_itself(clock, db, settings):
    """FI-22: nobody gains a fresh count by it."""
    settings.PORTAL_PROXIES = 2
    for number in range(20):
        tries(1, "10.0.0.1", header=f"198.51.100.{number}", first=number)
    assert tries(1, "10.0.0.1", header="198.51.100.99", first=50) == [429]


@pytest.mark.parametrize("header", [None, "198.51.100.1", "nobody, 10.0.0.2"])
def test_a_proxy_that_does_not_say_whom_it_serves_is_told_of_once_an_hour(one_clock, db, settings, caplog, header):
    """FI-22: in the log, and where staff look."""
    settings.PORTAL_PROXIES = 2
    assert not proxy_silent()
    for _ in range(3):
        tries(1, "10.0.0.1", header=header)
    assert caplog.text.count("ALERT proxy.silent") == 1
    assert overview()["proxy_silent"]
    one_clock.shift(3601)
    assert not proxy_silent()
    tries(1, "10.0.0.1", header="198.51.100.1, 10.0.0.2")
    assert caplog.text.count("ALERT proxy.silent") == 1
    tries(1, "10.0.0.1", header=header)
    assert caplog.text.count("ALERT proxy.silent") == 2


def test_a_thousand_wrong_passwords_close_the_site_for_a_while(clock, mara, monkeypatch):
    (limit,) = policy.PASSWORD_SITE
    assert (limit.count, limit.seconds) == (1000, 300)
    tries(1, "203.0.113.1")
    Tally.objects.filter(name=limit.name).update(count=1000)
    assert right(mara) == 429
    clock.shift(300)
    assert right(mara) == 302


@pytest.mark.parametrize(("ours", "network"), [("127.0.0.1", "127.0.0.1"), ("::1", "::/64"), ("none", "unknown")])
def test_this_machine_itself_is_nobodys_network(mara, ours, network):
    """P-09: from there everybody comes, or nobody, so only the browser that was disowned is refused."""
    until = timezone.now() + policy.REFUSED_FOR
    RefusedOrigin.objects.create(user=mara, digest="another browser", network=network, until=until)
    sent = {"username": "mara", "password": PASSWORD}
    assert desk().post("/sign-in/", sent, REMOTE_ADDR=ours).status_code == 302
    RefusedOrigin.objects.update(network="203.0.113.7")
    assert desk().post("/sign-in/", sent, REMOTE_ADDR="203.0.113.7").status_code == 403


def test_a_known_browser_is_known_for_its_own_person_alone(clock, mara, known):
    """R-50: names that nobody has are guessed at from there like from anywhere, also by the first of all persons."""
    User.objects.update(auth_epoch=User().auth_epoch)
    KnownBrowser.objects.update(auth_epoch=User().auth_epoch)
    assert mara.pk == 1
    statuses = [known.post("/sign-in/", {"username": f"x{each}", "password": "x"}).status_code for each in range(21)]
    assert statuses == [200] * 20 + [429]
