"""Events that come at once, at two processes: each has one place, no place is empty, and nobody waits for another."""

import subprocess
import sys

import psycopg

from tests.services.cluster import ROOT, Cluster
from tests.services.people import Desk

UNLINKED = "SELECT count(*) = 0 FROM accounts_auditevent WHERE seq IS NULL"
CROWD = 12


def verify(cluster: Cluster) -> subprocess.CompletedProcess:
    environment = cluster._environment(cluster.database.folder.parent)
    command = [sys.executable, "manage.py", "audit", "verify"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_events_of_a_crowd_are_linked_one_after_the_other(cluster):
    before = cluster.one("SELECT coalesce(max(seq), 0) FROM accounts_auditevent")
    desks = [Desk(cluster) for _each in range(CROWD)]
    for desk in desks:
        desk.get("/sign-in/")
    wrong = [
        desk.message("POST", "/sign-in/", username=f"nobody-{number}", password="a wrong password")
        for number, desk in enumerate(desks)
    ]
    answers = cluster.race(wrong)
    assert len(answers) == CROWD
    # Whoever links looks once more after its commit: nothing is left for the sweep.
    cluster.wait_for(UNLINKED, within=3)
    places = [seq for (seq,) in cluster.rows("SELECT seq FROM accounts_auditevent WHERE seq > %s ORDER BY seq", before)]
    assert places == list(range(before + 1, before + 1 + len(places)))
    assert len(places) >= CROWD
    done = verify(cluster)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_event_is_recorded_while_another_holds_the_head(cluster):
    """SECURITY: no sign-in waits for the chain; the next event links what was left."""
    desk = Desk(cluster)
    desk.get("/sign-in/")
    with psycopg.connect(cluster._line) as holding:
        holding.execute("SELECT FROM accounts_chainmark WHERE name = 'head' FOR UPDATE")
        answer = desk.post("/sign-in/", username="nobody-else", password="a wrong password")
        assert answer.status == 200
        assert not cluster.one(UNLINKED)
    # The sweep of the worker, within seconds.
    cluster.wait_for(UNLINKED, within=15)
    assert verify(cluster).returncode == 0
