"""A machine's clock is wrong: up to half a minute nobody notices, beyond that nobody is sent there (FI-14)."""

import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services.cluster import ROOT, STARTING, Server

SKEWED = str(Path(__file__).parent / "skewed")


# Ahead of the others, and in the long form behind them.
HALF_A_MINUTE = [25, pytest.param(-25, marks=pytest.mark.long)]
MINUTES = [300, pytest.param(-300, marks=pytest.mark.long)]


def ahead(seconds):
    return {"PYTHONPATH": SKEWED, "TESTS_CLOCK_AHEAD": str(seconds)}


@contextmanager
def wrong_by(cluster, seconds):
    """Another process beside the others, with a clock of its own."""
    environment = {**cluster.servers[0].environment, **ahead(seconds)}
    door = socket.create_server(("127.0.0.1", 0))
    server = Server("skewed", cluster.servers[0].log.parent, environment, door)
    try:
        server.expect_ready()
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("seconds", HALF_A_MINUTE)
def test_a_clock_that_is_wrong_by_half_a_minute_ends_no_sign_in(cluster, owner, seconds):
    """FI-14: begun by one clock, approved by another, claimed by either."""
    right = cluster.servers[0]
    with wrong_by(cluster, seconds) as wrong:
        for begun, approved, claimed in ((wrong, right, wrong), (right, wrong, right), (wrong, wrong, right)):
            assert owner.desk.give_password(owner.username, at=begun).leads_to == "/sign-in/verify/"
            assert owner.answer_at(approved).code == "approved"
            assert owner.desk.post("/sign-in/finish/", claimed).leads_to == "/"
            assert owner.desk.get("/", wrong).status == 200
    assert owner.recorded("login.claim") == 3


@pytest.mark.parametrize("seconds", HALF_A_MINUTE)
def test_what_has_ended_by_the_databases_clock_has_ended_by_every_other(cluster, owner, seconds):
    """FI-14: an approval is claimed within its minute, whatever the process believes that it is now."""
    with wrong_by(cluster, seconds) as wrong:
        login = owner.begin()
        assert owner.answer_at(wrong).code == "approved"
        cluster.write("UPDATE accounts_login SET claim_by = now() - interval '1 second' WHERE id = %s", login)
        assert owner.desk.post("/sign-in/finish/", wrong).leads_to != "/"
        assert not owner.desk.is_in()
    assert owner.recorded("login.claim") == 0


@pytest.mark.parametrize("seconds", MINUTES)
def test_a_process_whose_clock_is_wrong_by_minutes_does_not_start(cluster, seconds):
    """FI-14, P-49."""
    environment = {**cluster.servers[0].environment, **ahead(seconds)}
    starting = [sys.executable, "-c", "import portal.asgi"]
    done = subprocess.run(starting, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=STARTING)
    assert done.returncode
    assert "seconds apart: set both by NTP (P-49)" in done.stderr
