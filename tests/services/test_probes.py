"""The probe of each process tells how the bell is, and sends nobody away while that is silent (FI-03)."""

from tests.services.talk import Message, send


def ready(server) -> tuple[int, str]:
    answer = send(Message("GET", "/health/ready", {"Host": "localhost"}), server.port)
    return answer.status, answer.json["bell"]


def test_a_bell_that_hangs_is_told_soon_and_keeps_nobody_away(cluster):
    assert [ready(server) for server in cluster.servers] == [(200, "rings")] * 2
    with cluster.bell.held_up():
        assert [ready(server) for server in cluster.servers] == [(200, "mute")] * 2
    assert [ready(server) for server in cluster.servers] == [(200, "rings")] * 2
