"""What each step of a sign-in asks of the database: no more than it did, however long somebody has been here."""

import pytest
from django.db import connection

from bench.queries import Walker
from tests.factories import person
from tests.given import PASSWORD

# Reads and writes on SQLite, at a browser that is known; docs/performance.md shows where they go. Whoever needs one
# more says so here.
MOST = {
    "page: sign in": (0, 0),
    "password": (19, 18),
    "page: waiting": (9, 0),
    "phone looks into its inbox": (4, 0),
    "phone tells how far it has come": (2, 1),
    "phone answers": (7, 11),
    "desk claims": (8, 12),
    "page: home": (13, 0),
}

_PLANNED = ("SELECT", "UPDATE", "DELETE")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walker() -> Walker:
    person("mara")
    walker = Walker("mara", PASSWORD)
    # The first makes the browser known; after the second one the phone was asked from there before.
    walker.sign_in()
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


def test_no_statement_of_a_sign_in_walks_through_a_table(walker):
    """A database plans for the rows that it has; SQLite tells at once what it would do with many."""
    asked = {sql for step in walker.sign_in() for sql in step["statements"] if sql.startswith(_PLANNED)}
    with connection.cursor() as cursor:
        plans = {sql: cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"), []).fetchall() for sql in asked}
    assert asked
    assert {sql: steps for sql, plan in plans.items() if (steps := [row[3] for row in plan if _walks(row[3])])} == {}


def _walks(step: str) -> bool:
    """Not what walks through rows that a statement has found before."""
    return step.startswith(("SCAN accounts_", "SCAN twofactor_", "SCAN django_"))


@pytest.mark.parametrize(("step", "index"), [("phone looks", "challenges_open"), ("password", "challenges_denied")])
def test_what_is_open_or_refused_is_found_beside_all_that_was_ever_asked(walker, step, index):
    asked = next(each for each in walker.sign_in() if each["step"].startswith(step))["statements"]
    with connection.cursor() as cursor:
        plans = [
            row[3]
            for sql in asked
            if sql.startswith("SELECT")
            for row in cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"), []).fetchall()
        ]
    assert [each for each in plans if index in each]
