"""What a worker does for somebody has in its log the name of the request in which it was asked for."""

import re
from time import monotonic

from tests.services.people import SOON


def test_a_worker_writes_the_name_of_the_request_that_it_carries_for(cluster, mara):
    said = len(cluster.worker.log.read_text())
    mara.begin()
    mara.came(1)
    line = re.compile(rf"portal\.audit \[([0-9a-f]+)\] message_sent:{mara.pk} kind=delivery\.hand")
    assert expect(cluster, line, said) <= {answer.headers["X-Request-ID"] for answer in cluster.answers}


def expect(cluster, line: re.Pattern[str], since: int) -> set[str]:
    """What the worker's log has of this since then, once it has any."""
    end = monotonic() + SOON
    while not (found := line.findall(cluster.worker.log.read_text()[since:])):
        assert monotonic() < end, cluster.worker.log.read_text()[-2000:]
        cluster.sql.execute("SELECT pg_sleep(0.01)")
    return set(found)
