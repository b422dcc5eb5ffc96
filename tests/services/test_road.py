"""One sign-in over two processes: what is written by one is true for the other, at once."""

from tests.services.people import SOON, Desk, Owner, hear


def test_the_whole_road_leads_over_both_processes(cluster, owner: Owner):
    first, second = cluster.servers
    desk = Desk(cluster)
    desk.get("/sign-in/", first)
    desk.give_password(owner.username, at=first)
    desk.get("/sign-in/verify/", second)
    number = desk.find(r"\b(\d{3}) (\d{3})\b")
    with desk.watch(first) as watching:
        hear(watching, "waiting", SOON)
        challenge = owner.phone.challenge()
        assert "question" not in challenge, "in mode number the phone is not told the digits"
        answer = cluster.send(
            owner.written(owner.phone, lambda: owner.phone.approve(challenge, "24x7", number=number)), second
        )
        assert answer.code == "approved"
        hear(watching, "approved", SOON)
    assert desk.post("/sign-in/finish/", second).leads_to == "/"
    for server in cluster.servers:
        assert desk.get("/", server).status == 200
