"""Where a demo and a whole form listen: whoever is refused is told what to call instead."""

import socket

import pytest

from portal.cluster import place
from portal.demo import doors
from portal.demo.refusal import Refusal


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield str(door.getsockname()[1])


@pytest.fixture(autouse=True)
def by_anybody(monkeypatch):
    """As if no room belonged to another user of this machine."""
    monkeypatch.setattr(place, "_furnish", lambda _place: None)


@pytest.mark.parametrize(("choose", "command"), [(doors.choose, "make run"), (place.choose, "make cluster")])
def test_a_port_that_cannot_be_had_is_refused_with_the_command_that_was_used(choose, command, taken, tmp_path):
    named = {"PORTAL_DATA": str(tmp_path / "whole")}
    with pytest.raises(Refusal, match=f"as in `{command} PORT=[0-9]+`"):
        choose({**named, "PORT": taken})
    with pytest.raises(Refusal, match=f"as in `{command} PORT=8001`"):
        choose({**named, "PORT": "door"})
