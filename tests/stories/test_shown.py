"""What the phone shows of a sign-in, what the desk shows of the phone, and what a test is worth."""

import pytest

from tests.factories import PIN, finish, give_password
from tests.pocket import Problem
from tests.stories.ways import (
    approve,
    is_in,
    number_at,
    sign_in,
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
