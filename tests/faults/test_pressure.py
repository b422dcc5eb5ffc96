"""The database is there and has no room, no time or no way: connections, locks, deadlocks (FI-06)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.faults.fragile import CLERK
from tests.faults.walks import accounts_agree
from tests.services.people import Desk

WAITS = "SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'"


@contextmanager
def no_connections(cluster):
    """Others have taken all that there are."""
    cluster.write(f"ALTER ROLE {CLERK} CONNECTION LIMIT 0")
    cluster.hang_up()
    try:
        yield
    finally:
        cluster.write(f"ALTER ROLE {CLERK} CONNECTION LIMIT -1")


def ready_to_claim(owner):
    owner.begin()
    owner.approve(owner.phone.challenge())


def test_without_a_free_connection_everybody_is_asked_to_come_back(cluster, owner):
    """FI-06."""
    ready_to_claim(owner)
    with no_connections(cluster):
        assert owner.desk.get("/sign-in/status/").status == 503
        assert owner.desk.post("/sign-in/finish/").status == 503
        assert Desk(cluster).give_password(owner.username).status == 503
        assert cluster.send(owner.written(owner.phone, owner.phone.inbox)).status == 503
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    accounts_agree(owner)


def test_nobody_waits_long_for_a_row_that_somebody_else_keeps(cluster, owner):
    """FI-06: and what could not be claimed is still there."""
    ready_to_claim(owner)
    with cluster.holding("SELECT FROM accounts_user WHERE id = %s FOR UPDATE", owner.pk):
        refused = owner.desk.post("/sign-in/finish/")
        assert refused.status == 503
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    accounts_agree(owner)


def test_who_loses_a_deadlock_has_done_nothing_and_may_come_back(cluster, owner):
    """FI-06: somebody at a console takes the same rows in another order."""
    ready_to_claim(owner)
    keeping = "SELECT set_config('deadlock_timeout', '10s', true) FROM accounts_login WHERE id = %s FOR UPDATE"
    claiming = owner.desk.message("POST", "/sign-in/finish/")
    with cluster.holding(keeping, owner.newest_login) as other, ThreadPoolExecutor(1) as beside:
        answering = cluster.sending(claiming)
        cluster.wait_for(WAITS, CLERK)
        crossing = beside.submit(other.execute, "SELECT FROM accounts_user WHERE id = %s FOR UPDATE", [owner.pk])
        refused = answering.result()
        crossing.result()
    assert refused.status == 503
    assert "deadlock detected" in cluster.database.log.read_text()
    assert not owner.desk.is_in()
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    accounts_agree(owner)
