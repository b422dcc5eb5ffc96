"""Each process of a portal shows its own figures at its own address: who serves pages, and who carries."""

import http.client

from tests.doors.test_metrics import samples
from tests.services.cluster import METRICS_TOKEN


def figures(port: int) -> dict[str, float]:
    """What the process at this port shows to whoever has the token, and names no host of ours."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    answer = line.getresponse()
    page = answer.read().decode()
    line.close()
    assert answer.status == 200, page[:200]
    return samples(page)


BEGUN = "portal_sign_ins_total{factor=password,outcome=begun}"
TAKEN = "portal_carrier_seconds_count{carrier=http,outcome=taken,way=text}"


def test_who_serves_counts_sign_ins_and_who_carries_counts_messages(cluster, mara):
    def counted() -> tuple[float, float]:
        begun = sum(figures(server.port).get(BEGUN, 0) for server in cluster.servers)
        return begun, figures(cluster.worker_metrics).get(TAKEN, 0)

    before = counted()
    mara.begin()
    mara.came(1)
    mara.wait_until("handed", attempts=1)
    assert counted() == (before[0] + 1, before[1] + 1)
    assert figures(cluster.worker_metrics)[BEGUN] == 0
    assert [figures(server.port)["portal_queue_rows"] for server in cluster.servers] == [0, 0]
