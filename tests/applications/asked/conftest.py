"""Applications that ask, and what happens after a commit: as soon as each request is over."""

import pytest
from django.test import Client, TestCase

from applications import pinging
from tests.applications.asked.asker import Asker
from tests.applications.rp import registered
from twofactor import tasks


@pytest.fixture(autouse=True)
def committed(monkeypatch):
    """What follows a commit follows each request here, which the transaction of the test would hold back."""
    visit = Client.request

    def request(self, **given):
        with TestCase.captureOnCommitCallbacks(execute=True):
            return visit(self, **given)

    monkeypatch.setattr(Client, "request", request)
    # Nobody carries by himself: a test does.
    monkeypatch.setattr(pinging.runner, "wake", lambda: None)
    monkeypatch.setattr(tasks.runner, "wake", lambda: None)


@pytest.fixture
def bank(db):
    """An application that asks phones for sign-ins and for approvals."""
    return Asker(registered("Harbour Bank", asks_phones=True, asks_actions=True))
