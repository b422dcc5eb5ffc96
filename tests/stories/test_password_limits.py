"""How often a password may be tried: by name, by address, on the whole site; and what happens when nobody can count."""

from io import BytesIO

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import connection

from accounts import hashing, policy
from accounts.hashing import BoundedArgon2
from accounts.limits import client_address
from accounts.models import Tally
from tests.factories import desk, finish, give_password, person
from tests.stories.ways import approve, is_in, sign_in, sign_out, text


def wrong(user, browser=None):
    """One wrong password; the status says whether it was looked at (200) or not (429)."""
    return give_password(browser or desk(), user, "not the password").status_code


def right(user, browser=None):
    return give_password(browser or desk(), user).status_code


def seconds(response):
    return int(response["Retry-After"])


# --- P-25: by name ---


def test_five_wrong_passwords_are_free(clock, mara):
    assert [wrong(mara) for _ in range(5)] == [200] * 5
    assert wrong(mara) == 429


def test_then_the_wait_doubles_up_to_fifteen_minutes(clock, mara, monkeypatch):
    monkeypatch.setattr(policy, "PASSWORD_ADDRESS", ())
    for _ in range(5):
        wrong(mara)
    waits = []
    for _ in range(13):
        refused = give_password(desk(), mara)
        assert refused.status_code == 429
        waits.append(seconds(refused))
        clock.shift(waits[-1] - 0.5)
        assert right(mara) == 429
        clock.shift(0.5)
        assert wrong(mara) == 200
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_no_wait_is_for_good(clock, mara):
    for _ in range(20):
        wrong(mara)
        clock.shift(901)
    assert right(mara) == 302


def test_a_right_password_during_the_wait_is_not_looked_at(clock, mara, monkeypatch):
    for _ in range(5):
        wrong(mara)
    monkeypatch.setattr(BoundedArgon2, "verify", lambda *args: pytest.fail("compared"))
    assert right(mara) == 429


def test_a_try_during_the_wait_does_not_make_it_longer(clock, mara):
    for _ in range(5):
        wrong(mara)
    for _ in range(5):
        assert wrong(mara) == 429
    clock.shift(1)
    assert right(mara) == 302


def test_a_success_clears_the_count(clock, mara):
    for _ in range(4):
        wrong(mara)
    assert right(mara) == 302
    assert [wrong(mara) for _ in range(5)] == [200] * 5


def test_a_quarter_of_an_hour_of_peace_clears_the_count(clock, mara):
    for _ in range(5):
        wrong(mara)
    clock.shift(1 + 900)
    assert [wrong(mara) for _ in range(5)] == [200] * 5


def test_the_count_is_the_persons_whatever_the_spelling_browser_or_address(clock, mara):
    for number, name in enumerate(["mara", "MARA", "ｍａｒａ", " mara", "Mara"]):
        browser = desk(**{"user-agent": f"Browser {number}"})
        sent = {"username": name, "password": "not the password"}
        assert browser.post("/sign-in/", sent, REMOTE_ADDR=f"203.0.113.{number}").status_code == 200
    assert right(mara) == 429


def test_a_name_that_nobody_has_is_counted_alike(clock, db):
    """AT-094: waiting tells nothing."""
    somebody = person("mara")
    nobody = person("nobody")
    nobody.delete()
    pages = []
    for user in (somebody, nobody):
        statuses = [wrong(user) for _ in range(5)]
        refused = give_password(desk(), user)
        pages.append((statuses, refused.status_code, refused["Retry-After"], text(refused)))
    assert pages[0] == pages[1]


def test_one_persons_count_is_not_anothers(clock, mara):
    for _ in range(6):
        wrong(mara)
    assert right(person("eli")) == 302


def test_a_stranger_does_not_make_the_owner_wait_at_their_own_browser(clock, mara, known):
    """AT-096, R-50."""
    for number in range(8):
        clock.shift(200)
        browser = desk()
        browser.post("/sign-in/", {"username": "mara", "password": "x"}, REMOTE_ADDR=f"203.0.113.{number}")
    assert right(mara) == 429
    assert right(mara, known) == 302


def test_the_owners_browser_has_a_count_of_its_own(clock, mara, known):
    assert [wrong(mara, known) for _ in range(5)] == [200] * 5
    assert right(mara, known) == 429
    assert right(mara) == 302


def test_a_browser_known_to_somebody_else_is_nobodys_here(clock, mara, known):
    eli = person("eli")
    for _ in range(5):
        wrong(eli)
    assert right(eli, known) == 429


# --- P-26: by address and on the site ---


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


def test_an_underscore_makes_no_header_of_ours(settings):
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


def test_a_thousand_wrong_passwords_close_the_site_for_a_while(clock, mara, monkeypatch):
    (limit,) = policy.PASSWORD_SITE
    assert (limit.count, limit.seconds) == (1000, 300)
    tries(1, "203.0.113.1")
    Tally.objects.filter(name=limit.name).update(count=1000)
    assert right(mara) == 429
    clock.shift(300)
    assert right(mara) == 302


# --- when nobody can count, or nobody can hash ---


@pytest.fixture
def no_counters(db):
    """The counters' table is out of reach."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tally RENAME TO out_of_reach")


def test_without_counters_nothing_is_compared(mara, no_counters, monkeypatch):
    """AT-098."""
    monkeypatch.setattr(BoundedArgon2, "verify", lambda *args: pytest.fail("compared"))
    browser = desk()
    response = give_password(browser, mara)
    assert response.status_code == 503
    assert seconds(response) > 0
    assert not is_in(browser)


@pytest.fixture
def busy(monkeypatch):
    """Every core is hashing."""
    monkeypatch.setattr(policy, "HASH_WAIT", 0.001)
    taken = 0
    while hashing._cores.acquire(blocking=False):
        taken += 1
    assert taken == hashing.CORES
    yield
    for _ in range(taken):
        hashing._cores.release()


def test_when_all_cores_hash_it_says_when_to_come_back(mara, busy):
    response = give_password(desk(), mara)
    assert (response.status_code, seconds(response)) == (503, policy.HASH_RETRY_AFTER)
    assert 'value="mara"' in response.content.decode()


def test_when_all_cores_hash_an_unknown_name_gets_the_same_answer(mara, busy):
    known, unknown = give_password(desk(), mara), desk().post("/sign-in/", {"username": "nobo", "password": "x"})
    assert (known.status_code, known["Retry-After"]) == (unknown.status_code, unknown["Retry-After"])
    assert text(known) == text(unknown)


def test_a_try_that_was_not_compared_is_not_counted(clock, mara, monkeypatch):
    monkeypatch.setattr(policy, "HASH_WAIT", 0.001)
    taken = [hashing._cores.acquire(blocking=False) for _ in range(hashing.CORES)]
    try:
        assert [right(mara) for _ in range(30)] == [503] * 30
    finally:
        for _ in taken:
            hashing._cores.release()
    assert right(mara) == 302


def test_waiting_people_are_not_kept_from_their_approval(mara, pocket, monkeypatch):
    """FI-23: nothing after the password hashes anything."""
    browser = desk()
    give_password(browser, mara)
    monkeypatch.setattr(BoundedArgon2, "verify", lambda *args: pytest.fail("hashed"))
    monkeypatch.setattr(BoundedArgon2, "encode", lambda *args: pytest.fail("hashed"))
    approve(browser, pocket)
    finish(browser)
    assert is_in(browser)
    sign_out(browser)


def test_signing_in_again_and_again_is_no_failure(clock, mara, pocket):
    """Decision 18: people who sign in often are not attackers."""
    browser = desk()
    for _ in range(11):
        sign_in(browser, mara, pocket)
        sign_out(browser)
