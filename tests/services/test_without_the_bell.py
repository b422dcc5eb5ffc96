"""The bell may be gone: what is decided is in the rows."""

from tests.services.people import SOON, Desk, Owner, hear


def test_without_the_bell_a_sign_in_goes_on_and_with_it_desks_are_told_again(cluster, owner: Owner):
    first, second = cluster.servers
    owner.begin()
    with owner.desk.watch(first) as watching:
        hear(watching, "waiting", SOON)
        cluster.bell.kill()
        try:
            assert owner.answer_at(second).code == "approved"
            assert owner.desk.state(first) == "approved"
            assert owner.desk.post("/sign-in/finish/", first).leads_to == "/"
            assert owner.desk.get("/", second).status == 200
            # A whole sign-in from its beginning, while there is none.
            other = Desk(cluster)
            owner.begin(other)
            assert owner.answer_at(first).code == "approved"
            assert other.post("/sign-in/finish/", second).leads_to == "/"
        finally:
            cluster.bell.start()
    owner.begin()
    with owner.desk.watch(second) as watching:
        hear(watching, "waiting", SOON)
        assert owner.answer_at(first).code == "approved"
        hear(watching, "approved", SOON)
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
