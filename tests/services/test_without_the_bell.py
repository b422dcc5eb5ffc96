"""The bell may be gone or hang: what is decided is in the rows, and no page waits for it."""

from time import monotonic

from tests.services.people import SOON, Desk, Owner, hear
from tests.services.talk import BRISK, PATIENCE

GIVEN_UP = "the bell was not taken by Redis"


def go_on(cluster, owner: Owner) -> None:
    """The sign-in that waits is completed, and another one from its beginning, without a page that waits."""
    first, second = cluster.servers
    before = len(cluster.answers)
    assert owner.answer_at(second).code == "approved"
    assert owner.desk.state(first) == "approved"
    assert owner.desk.post("/sign-in/finish/", first).leads_to == "/"
    assert owner.desk.get("/", second).status == 200
    other = Desk(cluster)
    owner.begin(other)
    assert owner.answer_at(first).code == "approved"
    assert other.post("/sign-in/finish/", second).leads_to == "/"
    assert [str(answer) for answer in cluster.answers[before:] if answer.seconds > BRISK] == []


def desks_are_told(cluster, owner: Owner) -> None:
    first, second = cluster.servers
    for here, there in ((second, first), (first, second)):
        owner.begin()
        with owner.desk.watch(here) as watching:
            hear(watching, "waiting", SOON)
            assert owner.answer_at(there).code == "approved"
            hear(watching, "approved", SOON)
        assert owner.desk.post("/sign-in/finish/").leads_to == "/"


def test_without_the_bell_a_sign_in_goes_on_and_with_it_desks_are_told_again(cluster, owner: Owner):
    owner.begin()
    with owner.desk.watch(cluster.servers[0]) as watching:
        hear(watching, "waiting", SOON)
        cluster.bell.kill()
        try:
            go_on(cluster, owner)
        finally:
            cluster.bell.start()
    desks_are_told(cluster, owner)


def test_with_a_bell_that_hangs_a_sign_in_goes_on_and_afterwards_desks_are_told_again(cluster, owner: Owner):
    """FI-03."""
    waiting = Owner(cluster)
    waiting.activate()
    waiting.begin()
    owner.begin()
    with owner.desk.watch(cluster.servers[0]) as watching, waiting.desk.watch(cluster.servers[1]) as through:
        hear(watching, "waiting", SOON)
        hear(through, "waiting", SOON)
        marks = {server.log: len(server.log.read_text()) for server in cluster.servers}
        with cluster.bell.held_up():
            go_on(cluster, owner)
            end = monotonic() + PATIENCE
            while not all(GIVEN_UP in log.read_text()[mark:] for log, mark in marks.items()):
                assert monotonic() < end
                cluster.sql.execute("SELECT pg_sleep(0.01)")
        # A socket that was open all the time, and those that open now.
        assert waiting.answer_at(cluster.servers[0]).code == "approved"
        hear(through, "approved", SOON)
    desks_are_told(cluster, owner)
