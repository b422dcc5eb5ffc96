"""What is there twice may die once: the bell rings again, and sign-ins go on, without anybody's hand at the portal."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import environ
import pytest
from django.db import OperationalError
from django.db.backends.postgresql.base import DatabaseWrapper
from redis.exceptions import ConnectionError as Away

from accounts import redis
from tests.cluster.doubled import Doubled, PostgreSQLs, Redises
from tests.services.people import SOON, Owner, hear
from tests.services.talk import PATIENCE


@pytest.fixture
def place(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("doubled")
    # The database's user has to pass.
    for each in (folder, folder.parent, folder.parent.parent):
        each.chmod(0o755)
    return folder


def test_a_client_finds_the_new_master_and_is_heard_there(place, settings):
    bells = Redises(place / "bells")
    try:
        settings.REDIS_URL = bells.url
        before = redis.client()
        before.set("before", "1")
        bells.kill()
        bells.expect_failover()
        client = redis.client()
        with client.pubsub() as listening:
            listening.subscribe("bell")
            assert listening.get_message(timeout=PATIENCE)
            assert client.publish("bell", "look") == 1
            heard = listening.get_message(timeout=PATIENCE)
            assert heard
            assert heard["data"] == b"look"
        # Whoever could choose another one is gone as well: it says so, and waits for nobody.
        bells.stop()
        with pytest.raises(Away):
            redis.client().ping()
    finally:
        bells.stop()


def test_a_kept_connection_to_a_dead_primary_is_noticed_and_the_next_one_leads_to_the_other(place, django_db_blocker):
    databases = PostgreSQLs(place / "database")
    try:
        found = environ.Env.db_url_config(databases.url)
        # As the settings have it; what of it Django fills in, `connections` would.
        line = DatabaseWrapper(
            {**found, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": None, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False}
            | {"TIME_ZONE": None, "TEST": {}},
        )
        with django_db_blocker.unblock():
            _survives(line, databases)
    finally:
        databases.stop()


def _survives(line: DatabaseWrapper, databases: PostgreSQLs) -> None:
    with line.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (said text)")
        cursor.execute("INSERT INTO kept VALUES ('before')")
    databases.fail_over()
    with pytest.raises(OperationalError), line.cursor() as cursor:
        cursor.execute("SELECT 1")
    # What Django does between two requests.
    line.close_if_unusable_or_obsolete()
    with line.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES ('after')")
        cursor.execute("SELECT said FROM kept")
        assert cursor.fetchall() == [("before",), ("after",)]
    line.close()


@pytest.fixture(scope="module")
def doubled() -> Iterator[Doubled]:
    doubled = Doubled()
    yield doubled
    doubled.stop()


@pytest.fixture
def owner(doubled) -> Owner:
    somebody = Owner(doubled)
    somebody.activate()
    return somebody


def signs_in_over_both(doubled: Doubled, owner: Owner) -> None:
    """Each process hears what the other one rings."""
    for here, there in (doubled.servers, doubled.servers[::-1]):
        owner.forget()
        owner.begin()
        with owner.desk.watch(here) as watching:
            hear(watching, "waiting", SOON)
            assert owner.answer_at(there).code == "approved"
            hear(watching, "approved", SOON)
        assert owner.desk.post("/sign-in/finish/").leads_to == "/"


def the_worker_works(doubled: Doubled) -> None:
    """Its clock sends it a sweep every five seconds, by way of the broker."""
    mark, end = len(doubled.worker.log.read_text()), monotonic() + 60
    while "twofactor.sweep" not in doubled.worker.log.read_text()[mark:]:
        assert monotonic() < end, doubled.worker.log.read_text()[mark:]
        doubled.sql.execute("SELECT pg_sleep(0.05)")


@pytest.mark.long
def test_the_bell_rings_again_once_another_master_is_chosen(doubled, owner: Owner):
    signs_in_over_both(doubled, owner)
    owner.forget()
    owner.begin()
    with owner.desk.watch(doubled.servers[0]) as watching:
        hear(watching, "waiting", SOON)
        doubled.bell.kill()
        # Meanwhile the page asks by itself.
        assert owner.answer_at(doubled.servers[1]).code == "approved"
        assert owner.desk.state() == "approved"
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    doubled.bell.expect_failover()
    signs_in_over_both(doubled, owner)
    the_worker_works(doubled)


@pytest.mark.long
def test_a_sign_in_goes_on_after_the_primary_has_died(doubled, owner: Owner):
    owner.begin()
    challenge = owner.phone.challenge()
    message = owner.approval(challenge)
    doubled.database.fail_over()
    doubled.connect()
    assert doubled.send(message, doubled.servers[1]).code == "approved"
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    signs_in_over_both(doubled, owner)
    doubled.wait_for("SELECT count(*) = 0 FROM accounts_auditevent WHERE seq IS NULL")
