"""A sign-in between its steps: nobody comes back for it, the tables change, another database is near."""

import subprocess
import sys

import pytest
from django.conf import settings

from tests.faults.walks import accounts_agree
from tests.services.cluster import ROOT, STARTING
from tests.services.people import Desk

BEFORE = [("applications", "0001"), pytest.param("applications", "0006", marks=pytest.mark.long)]


def migrate(cluster, app, name=""):
    command = [sys.executable, "manage.py", "migrate", app, *([name] if name else []), "--verbosity", "0"]
    environment = cluster.servers[0].environment
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=STARTING)
    assert done.returncode == 0, done.stderr[-1000:]


def test_an_approval_that_nobody_came_back_for_opens_nothing(cluster, owner):
    """FI-19: the browser was closed; the next visit starts again, and the record tells the owner of both."""
    owner.begin()
    owner.approve(owner.phone.challenge())
    reopened = Desk(cluster, {"browser": owner.desk.cookies["browser"]}, owner.desk.address)
    assert reopened.get("/sign-in/verify/").leads_to == "/sign-in/"
    past = "UPDATE accounts_login SET claim_by = now() - interval '1 second' WHERE id = %s"
    cluster.write(past, owner.newest_login)
    assert owner.desk.state() == "expired"
    assert owner.desk.post("/sign-in/finish/").leads_to != "/"
    assert owner.sign_in(reopened).is_in()
    assert owner.recorded("challenge.approve") == 2
    assert owner.recorded("login.claim") == 1


@pytest.mark.parametrize(("app", "name"), BEFORE)
def test_a_sign_in_outlives_a_change_of_the_tables(cluster, owner, app, name):
    """FI-20: back to the tables of the version before and on again, while somebody waits and others come."""
    other = Desk(cluster)
    owner.begin()
    migrate(cluster, app, name)
    try:
        owner.approve(owner.phone.challenge())
        assert owner.desk.state() == "approved"
    finally:
        migrate(cluster, app)
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    assert owner.sign_in(other).is_in()
    accounts_agree(owner)


def test_there_is_one_database_and_nobody_reads_from_a_copy_of_it():
    """FI-07: a copy that lags behind would know of no code that was used and of no key that was taken away."""
    assert list(settings.DATABASES) == ["default"]
    assert settings.DATABASE_ROUTERS == []
