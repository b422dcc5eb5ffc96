"""A desk that waits in silence. A client of Redis with a time limit would end its idle line after five seconds."""

from time import monotonic

import pytest

from tests.services.people import SOON, hear

IDLE = 12


def test_a_desk_that_waited_in_silence_is_still_told(cluster, silence):
    """The silence begins with the first test of this folder, so that the others pass the time."""
    owner, watching, since = silence
    with pytest.raises(TimeoutError):
        watching.recv(timeout=max(0.1, since + IDLE - monotonic()))
    assert monotonic() - since >= IDLE
    assert owner.answer_at(cluster.servers[1]).code == "approved"
    hear(watching, "approved", SOON)
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
