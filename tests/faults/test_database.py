"""The database dies, hangs or is cut off at every moment of a sign-in (FI-04, FI-05)."""

from tests.faults.fragile import cut, killed, paused
from tests.faults.walks import CLAIMING, COMMIT, accounts_agree, complete, every_moment
from tests.services.people import Desk


@every_moment(killed, briefly=(paused, cut))
def test_a_sign_in_outlives_the_database(cluster, owner, moment, trouble):
    """FI-04: a page says when to come back, and when the database is there again, so is everything else."""
    answer = moment(cluster, owner, trouble)
    assert answer
    assert answer.status == 503
    assert "Nothing is lost" in answer.text
    assert "Set-Cookie" not in answer.headers
    complete(owner)
    accounts_agree(owner)


def test_a_claim_that_was_cut_off_before_its_commit_is_claimed_by_the_next_try(cluster, owner):
    """FI-05: another database has taken over, which knows nothing of it."""
    answer = claim_cut_off(cluster, owner, answered=False)
    assert answer.status == 503
    assert not owner.desk.is_in()
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    accounts_agree(owner)


def test_a_claim_whose_commit_nobody_heard_of_is_not_claimed_again(cluster, owner):
    """FI-05: what is not known is not taken for a success, and nothing is used twice: this browser starts again."""
    answer = claim_cut_off(cluster, owner, answered=True)
    assert answer.status == 503
    assert not owner.desk.is_in()
    assert owner.desk.post("/sign-in/finish/").leads_to != "/"
    assert not owner.desk.is_in()
    owner.sign_in()
    accounts_agree(owner)


def claim_cut_off(cluster, owner, *, answered):
    owner.begin()
    owner.approve(owner.phone.challenge())
    claiming = owner.desk.message("POST", "/sign-in/finish/")
    with cluster.to_database.stopped_at(CLAIMING, COMMIT, answered=answered) as stop:
        answering = cluster.sending(claiming)
        stop.reached()
        cluster.to_database.break_once()
        return owner.desk.take(answering.result())


def test_lines_that_were_cut_while_nobody_used_them_are_noticed_by_nobody(cluster, owner):
    """FI-05."""
    owner.begin()
    cluster.to_database.break_once()
    owner.approve(owner.phone.challenge())
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    accounts_agree(owner)


def test_a_process_is_not_ready_without_a_database_and_alive_all_the_same(cluster):
    """FI-04: whoever spreads people over the processes sends nobody here; and nobody restarts what is well."""
    desk = Desk(cluster)
    with cut(cluster):
        assert [desk.get("/health/ready", each).status for each in cluster.servers] == [503, 503]
        assert [desk.get("/health/live", each).status for each in cluster.servers] == [200, 200]
    assert [desk.get("/health/ready", each).status for each in cluster.servers] == [200, 200]
