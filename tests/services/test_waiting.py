"""A desk that waits in silence. A client of Redis with a time limit would end its idle line after five seconds."""

import json
from contextlib import suppress
from time import monotonic

from tests.services.people import SOON, hear

# Longer than the first stage of a notification that does not arrive, which the desk is told of, and a silence after it.
IDLE = 20


def test_a_desk_that_waited_in_silence_is_still_told(cluster, silence):
    """The silence begins with the first test of this folder, so that the others pass the time."""
    owner, watching, since = silence
    while (left := since + IDLE - monotonic()) > 0:
        with suppress(TimeoutError):
            frame = json.loads(watching.recv(timeout=left))
            assert not frame or frame["state"] == "waiting"
    assert owner.answer_at(cluster.servers[1]).code == "approved"
    hear(watching, "approved", SOON)
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
