"""What the phone shows of a sign-in, what the desk shows of the phone, and what a test is worth."""

import pytest

from tests.factories import PASSWORD, PIN, finish, give_password
from tests.pocket import Problem
from tests.stories.ways import (
    approve,
    is_in,
    number_at,
    sign_in,
    sign_out,
    state,
    text,
)


@pytest.fixture
def waiting(mara, pocket, known):
    """A known browser that waits for Mara's tap."""
    give_password(known, mara)
    return known


def refusal_of(act, *args, **kwargs):
    with pytest.raises(Problem) as refusal:
        act(*args, **kwargs)
    return refusal.value


def test_the_hops_are_shown_in_words(pocket, waiting):
    asked = pocket.challenge()
    assert "Has not reached the phone yet" in text(waiting.get("/sign-in/verify/"))
    versions = [waiting.get("/sign-in/status/").json()["version"]]
    for hop in ("received", "shown", "opened"):
        assert pocket.seen(asked, hop)["state"] == "pending"
        pocket.seen(asked, hop)
        versions.append(waiting.get("/sign-in/status/").json()["version"])
    page = text(waiting.get("/sign-in/verify/"))
    assert "Reached the phone at" in page
    assert "Somebody began to answer at" in page
    assert len(set(versions)) == 4
    assert refusal_of(pocket.seen, asked, "eaten").code == "malformed"


def test_the_facts_are_those_of_the_desk(mara, pocket, here):
    """R-12."""
    here.post("/sign-in/", {"username": "mara", "password": "correct horse battery staple"}, REMOTE_ADDR="203.0.113.7")
    asked = pocket.challenge()
    facts = dict(asked["display"]["facts"])
    assert asked["display"]["account"] == "Mara Lee"
    assert facts["Browser"] == "Firefox on Windows"
    assert facts["Address"] == "203.0.113.7"
    assert "UTC" in facts["Time"]
    assert number_at(here)
    assert approve(here, pocket)["state"] == "approved"


def test_a_test_approves_nothing(mara, pocket, known, here):
    sign_in(known, mara, pocket)
    known.post("/security/key/test/")
    give_password(here, mara)
    test = next(challenge for challenge in pocket.challenges() if challenge["purpose"] == "test")
    assert pocket.approve(test, PIN)["state"] == "approved"
    assert "The test was approved" in text(known.get("/security/key/"))
    assert state(here) == "waiting"
    finish(here)
    assert not is_in(here)


# --- Where it comes from (R-12, AT-064) ---

ELSEWHERE = "First time from this network"


def warnings_from(address, browser, user, pocket):
    browser.post("/sign-in/", {"username": user.username, "password": PASSWORD}, REMOTE_ADDR=address)
    warnings = pocket.challenge()["display"]["warnings"]
    browser.post("/sign-in/cancel/")
    return warnings


def test_a_known_browser_in_a_new_network_is_marked(mara, pocket, known):
    """AT-064: a copied browser profile is a known browser wherever it is opened."""
    assert warnings_from("127.0.0.1", known, mara, pocket) == []
    assert ELSEWHERE in warnings_from("203.0.113.7", known, mara, pocket)


def test_a_network_in_which_a_sign_in_was_finished_is_known(mara, pocket, known):
    known.post("/sign-in/", {"username": "mara", "password": PASSWORD}, REMOTE_ADDR="2001:db8:1:2::7")
    approve(known, pocket)
    finish(known)
    sign_out(known)
    assert ELSEWHERE not in warnings_from("2001:db8:1:2:ffff::1", known, mara, pocket), "one subscriber's /64"
    assert ELSEWHERE in warnings_from("2001:db8:1:3::7", known, mara, pocket)
