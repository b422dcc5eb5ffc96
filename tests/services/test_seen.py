"""Every process says that it is there, and who asks for them finds all of them."""

from time import monotonic

from portal import seen
from tests.services.programs import PATIENCE


def test_every_process_is_seen_by_all(cluster, settings):
    settings.REDIS_URL = cluster.bell.url
    there = {server.process.pid: seen.PAGES for server in cluster.servers} | {cluster.worker.process.pid: seen.WORKER}
    end = monotonic() + PATIENCE
    while not there.items() <= (found := {int(each.name.split()[1]): each.kind for each in seen.processes()}).items():
        assert monotonic() < end, found
        cluster.sql.execute("SELECT pg_sleep(0.01)")
    assert {each.code for each in seen.processes()} == {seen._code()}


def test_without_redis_nobody_is_seen_and_the_page_goes_on(cluster, settings):
    settings.REDIS_URL = f"unix://{cluster.bell.folder}/nobody.sock"
    seen.tell(seen.PAGES)
    assert seen.processes() == []
