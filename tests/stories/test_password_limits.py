"""How often a password may be tried: by name, by address, on the whole site; and what happens when nobody can count."""

import pytest
from django.db import connection

from accounts import policy
from accounts.hashing import BoundedArgon2
from accounts.models import Tally
from tests.factories import desk, finish, give_password, person
from tests.hashers import every_core_hashes
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


def test_when_all_cores_hash_it_says_when_to_come_back(mara):
    with every_core_hashes():
        response = give_password(desk(), mara)
    assert (response.status_code, seconds(response)) == (503, policy.HASH_RETRY_AFTER)
    assert 'value="mara"' in response.content.decode()


def test_when_all_cores_hash_an_unknown_name_gets_the_same_answer(mara):
    with every_core_hashes():
        known, unknown = give_password(desk(), mara), desk().post("/sign-in/", {"username": "nobo", "password": "x"})
    assert (known.status_code, known["Retry-After"]) == (unknown.status_code, unknown["Retry-After"])
    assert text(known) == text(unknown)


def test_a_try_that_was_not_compared_is_not_counted(clock, mara):
    with every_core_hashes():
        assert [right(mara) for _ in range(30)] == [503] * 30
        assert not Tally.objects.filter(count__gt=0).exists()
    assert right(mara) == 302


def test_nobody_waits_for_a_try_that_was_not_compared(clock, mara):
    """P-25: the wait of the one before it was over."""
    for _ in range(5):
        assert wrong(mara) == 200
    clock.shift(1)
    with every_core_hashes():
        assert right(mara) == 503
    assert right(mara) == 302


def test_what_was_not_compared_makes_no_later_wait_longer_or_shorter(clock, mara):
    """P-25."""
    for _ in range(6):
        assert wrong(mara) == 200
        clock.shift(1)
    with every_core_hashes():
        assert wrong(mara) == 429
        clock.shift(1)
        assert wrong(mara) == 503
    assert wrong(mara) == 200
    assert seconds(give_password(desk(), mara)) == 4


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
