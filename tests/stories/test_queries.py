"""What each step of a sign-in asks of the database: no more than it did, however long somebody has been here."""

import pytest

from bench.queries import Walker
from tests.factories import person
from tests.given import PASSWORD

# Reads and writes on SQLite, at a browser that is known; docs/performance.md shows where they go. Whoever needs one
# more says so here.
MOST = {
    "page: sign in": (0, 0),
    "password": (29, 24),
    "page: waiting": (11, 0),
    "phone looks into its inbox": (4, 0),
    "phone tells how far it has come": (2, 1),
    "phone answers": (12, 11),
    "desk claims": (12, 16),
    "page: home": (24, 0),
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walker() -> Walker:
    person("mara")
    walker = Walker("mara", PASSWORD)
    walker.sign_in()
    return walker


def counts(walker: Walker) -> dict[str, tuple[int, int]]:
    return {step["step"]: (step.get("reads", 0), step.get("writes", 0)) for step in walker.sign_in()}


def test_no_step_of_a_sign_in_asks_the_database_more_than_it_did(walker):
    found = counts(walker)
    assert found.keys() == MOST.keys()
    assert {
        step: found[step] for step, most in MOST.items() if found[step][0] > most[0] or found[step][1] > most[1]
    } == {}


def test_a_sign_in_asks_no_more_after_a_long_history(walker):
    # The sixth open session ends the first one, and so does each that follows: from there on nothing may change.
    for _each in range(5):
        early = counts(walker)
    for _each in range(8):
        late = counts(walker)
    assert late == early
