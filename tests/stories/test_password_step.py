"""The password step tells a stranger nothing, and whatever the answer is, it costs the same."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.hashing import BoundedArgon2
from accounts.models import Login, User
from accounts.policy import ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_TIME
from tests.factories import PASSWORD, desk, give_password, person
from tests.stories.ways import RECORDS, dump, events, is_in

# Read before any fixture makes them cheap.
COSTS = (BoundedArgon2.memory_cost, BoundedArgon2.time_cost, BoundedArgon2.parallelism)
# What is an answer's own, whoever asked.
_OWN = ("Content-Length", "X-Request-ID")
REFUSED = ["unknown", "wrong", "inactive", "unusable", "empty", "garbled"]


@pytest.fixture
def people(db):
    """Somebody for every way of being refused."""
    for name in ("wrong", "inactive", "unusable", "empty", "garbled"):
        person(name)
    User.objects.filter(username="inactive").update(is_active=False)
    unusable = User.objects.get(username="unusable")
    unusable.set_unusable_password()
    unusable.save()
    User.objects.filter(username="empty").update(password="")
    User.objects.filter(username="garbled").update(password="nonsense")


@pytest.fixture
def hashes(monkeypatch):
    """Counts what the hasher is asked to do."""
    counted = Counter()
    for name in ("encode", "verify"):
        real = getattr(BoundedArgon2, name)

        def count(self, *args, real=real, name=name):
            counted[name] += 1
            return real(self, *args)

        monkeypatch.setattr(BoundedArgon2, name, count)
    return counted


def attempt(name, browser=None):
    password = "not the password" if name == "wrong" else PASSWORD
    return (browser or desk()).post("/sign-in/", {"username": name, "password": password})


def bare(response, name):
    """The answer without what differs from visit to visit: masked CSRF values, the time, the name that was typed."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return re.sub(r'data-now="[^"]*"', "", body).replace(name, "somebody")


def test_hashes_cost_what_the_policy_says():
    assert COSTS == (ARGON2_MEMORY_KIB, ARGON2_TIME, ARGON2_LANES) == (19_456, 2, 1)


def test_every_refusal_looks_the_same(people):
    seen = set()
    for name in REFUSED:
        response = attempt(name)
        cookies = tuple(sorted((key, bool(cookie["max-age"])) for key, cookie in response.cookies.items()))
        headers = tuple(sorted((key, value) for key, value in response.headers.items() if key not in _OWN))
        seen.add((response.status_code, cookies, headers, bare(response, name)))
    assert len(seen) == 1
    assert "The username or the password is not right" in seen.pop()[3]


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_costs_one_hash(people, hashes, name):
    attempt("nobody at all")
    hashes.clear()
    attempt(name)
    assert hashes.total() == 1


def test_the_first_unknown_name_costs_one_hash_too(people, hashes):
    attempt("unknown")
    assert hashes.total() == 1


def test_a_right_password_costs_one_hash(people, hashes):
    User.objects.filter(username="inactive").update(is_active=True)
    attempt("nobody at all")
    hashes.clear()
    assert attempt("inactive").status_code == 302
    assert hashes.total() == 1


def test_every_refusal_takes_as_many_queries(people):
    counts = {}
    for name in ("nobody at all", *REFUSED):
        with CaptureQueriesContext(connection) as queries:
            attempt(name)
        counts[name] = len(queries)
    del counts["nobody at all"]
    assert len(set(counts.values())) == 1, counts


def test_every_refusal_is_recorded_alike(people):
    for name in REFUSED:
        attempt(name)
    assert events("password.check") == [("refused", "wrong")] * len(REFUSED)


def test_a_refusal_begins_nothing(people):
    before = dump(without=RECORDS | {"accounts_tally"})
    for name in REFUSED:
        browser = desk()
        attempt(name, browser)
        assert not is_in(browser)
        assert "sessionid" not in browser.cookies
        assert "session" not in browser.cookies
    assert dump(without=RECORDS | {"accounts_tally"}) == before


@pytest.mark.parametrize("typed", ["MARA", "Mara", " mara ", "ｍａｒａ", "ＭＡＲＡ", "mara\u00a0"])
def test_a_name_is_the_same_in_any_spelling(mara, here, typed):
    response = here.post("/sign-in/", {"username": typed, "password": PASSWORD})
    assert response.status_code == 302
    assert is_in(here)


def test_nobody_can_take_a_name_in_another_spelling(mara):
    from django.db import IntegrityError, transaction

    for other in ("MARA", "ｍａｒａ", " Mara"):
        with transaction.atomic(), pytest.raises(IntegrityError):
            person(other)


@pytest.mark.parametrize(
    "password", [PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1], PASSWORD + "\u200b"]
)
def test_a_password_is_taken_as_it_is(mara, here, password):
    assert give_password(here, mara, password).status_code == 200
    assert not is_in(here)


def test_a_password_of_256_signs_counts_to_the_last(mara, here):
    mara.set_password("x" * 256)
    mara.save()
    assert give_password(desk(), mara, "x" * 255 + "y").status_code == 200
    assert give_password(here, mara, "x" * 256).status_code == 302


def test_it_hashes_nothing_longer_than_256(mara, hashes, here):
    response = give_password(here, mara, "x" * 257)
    assert response.status_code == 200
    assert hashes.total() == 0


@pytest.mark.parametrize("username", ["", "\0", "a\0b", "x" * 257])
def test_an_impossible_name_is_an_error_on_the_page(db, here, hashes, username):
    response = here.post("/sign-in/", {"username": username, "password": PASSWORD})
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert hashes.total() == 0


def test_the_page_keeps_the_name_and_never_the_password(mara, here):
    page = give_password(here, mara, "a wrong password").content.decode()
    assert 'value="mara"' in page
    assert "a wrong password" not in page


def test_no_page_before_the_password_tells_of_a_factor(mara, pocket):
    """AT-092: whether there is a key, and what its phone is called, is told after the right password only."""
    response = give_password(desk(), mara, "a wrong password")
    assert "Pixel" not in response.content.decode()
    assert bare(response, "mara") == bare(give_password(desk(), person("eli"), "a wrong password"), "eli")
    assert not Login.objects.filter(state="pending").exists()


def test_the_password_is_in_no_row_between_the_steps(mara, pocket, here):
    """R-08."""
    give_password(here, mara)
    everything = repr(dump(without=set())) + repr(dict(here.session.items()))
    assert PASSWORD not in everything
