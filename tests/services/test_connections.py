"""Threads that carry give back what they borrow: connections to the database and to the bell do not add up."""

import psycopg
import redis
from django.conf import settings

from accounts import hashing
from tests.services.people import Desk
from tests.services.subscribers import new_subscriber
from tests.unit import anew

# As many may be kept for their next use by two processes and a worker, whatever was carried.
KEPT = 4
# Threads of two processes that answer pages and sockets, each of which keeps its connection to the database.
SERVING = 2 * (settings.PORTAL_THREADS + 2 * hashing.CORES + 2)
SLEEPING = "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
OTHERS = "SELECT count(*) <= %s FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


def test_what_nobody_waits_for_any_more_ends_in_the_database(cluster, monkeypatch):
    """FI-04: else pages that have given up and come again would heap their statements up."""
    ours = anew.read(monkeypatch, DATABASE_URL="postgres://portal@database/portal")["DATABASES"]["default"]["OPTIONS"]
    sooner = ours["options"].replace("client_connection_check_interval=2s", "client_connection_check_interval=50ms")
    line = psycopg.connect(cluster.database.line, options=sooner)
    line.pgconn.send_query(b"SELECT pg_sleep(60)")
    cluster.wait_for(f"SELECT EXISTS ({SLEEPING})")
    line.close()
    cluster.wait_for(f"SELECT NOT EXISTS ({SLEEPING})")


def test_what_was_carried_leaves_no_connection_behind(cluster):
    cluster.worker.expect_ready()
    waiting, mara, eli = (new_subscriber(cluster) for _ in range(3))
    waiting.begin()
    with (
        redis.Redis(unix_socket_path=str(cluster.bell.folder / "redis.sock")) as bell,
        waiting.desk.watch(cluster.servers[0]),
    ):
        before = len(bell.client_list())
        for _ in range(8):
            mara.begin()
            mara.forget()
        assert len(bell.client_list()) <= before + KEPT
        with cluster.worker.absent():
            before = len(bell.client_list())
            for each in (mara, eli) * 3:
                each.begin(Desk(cluster))
            for each in (mara, eli):
                each.untaken()
            for each in (mara, eli):
                each.settle()
            assert len(bell.client_list()) <= before + KEPT
        cluster.wait_for(OTHERS, SERVING)
