"""A process that serves pages is gone in the middle of a sign-in: killed, or ended for a new version (FI-13)."""

import pytest

from tests.faults.fragile import process_ended, process_killed
from tests.faults.walks import accounts_agree, complete, every_moment, inside_the_claim, waiting
from tests.services.people import Desk, hear
from tests.services.talk import BRISK


@every_moment(briefly=(process_killed,))
def test_an_open_page_goes_on_at_another_process(cluster, owner, moment, trouble):
    """FI-13: with what is committed; what was not is done again by whoever asks again."""
    answer = moment(cluster, owner, trouble)
    assert answer is None or answer.status in (200, 302)
    complete(owner)
    accounts_agree(owner)


@pytest.mark.parametrize("moment", [pytest.param(waiting, marks=pytest.mark.long), inside_the_claim])
def test_a_process_that_is_asked_to_end_does_so_soon_and_loses_nothing(cluster, owner, moment):
    """FI-13: a claim that it was in the middle of is made, or it is not."""
    answer = moment(cluster, owner, process_ended)
    assert answer is None or answer.status in (200, 302)
    complete(owner)
    accounts_agree(owner)


def test_who_waited_at_a_process_that_died_is_told_at_the_next(cluster, owner):
    """FI-12, FI-13: its socket ends, the page asks by itself, and its next socket is told at once."""
    owner.begin()
    with owner.desk.watch(cluster.servers[0]) as watching:
        hear(watching, "waiting", BRISK)
        with process_killed(cluster):
            assert owner.answer_at(cluster.servers[0]).code == "approved"
            assert owner.desk.state() == "approved"
            with owner.desk.watch(cluster.servers[0]) as next_one:
                hear(next_one, "approved", BRISK)
            assert owner.desk.post("/sign-in/finish/").leads_to == "/"
            assert owner.sign_in(Desk(cluster)).is_in()
    accounts_agree(owner)
