"""Everybody types a password at once: who has already been asked on the phone goes on (FI-23)."""

from tests.faults.crowd import CROWD, crowd
from tests.services.people import Owner

WAITING = 3


def test_approvals_go_on_while_passwords_stand_in_line(cluster):
    """FI-23: a crowd at the password page waits or is asked to come back, and nobody else notices."""
    owners = [Owner(cluster) for _ in range(WAITING)]
    for each in owners:
        each.activate()
        each.begin()
    with crowd(cluster) as answers:
        before = len(cluster.answers)
        for each in owners:
            each.approve(each.phone.challenge())
            assert each.desk.state() == "approved"
            assert each.desk.post("/sign-in/finish/").leads_to == "/"
            assert each.desk.is_in()
        pages = len(cluster.answers) - before
    # Whoever stood behind the crowd would see most of it answered before each page of theirs.
    assert len(answers) < pages * CROWD / 2
    assert {answer.status for answer in answers} <= {200, 429, 503}
    assert 200 in {answer.status for answer in answers}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status != 200)
