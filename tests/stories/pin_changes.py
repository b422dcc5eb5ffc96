"""Changing a PIN, as the stories about it do, and what can be seen of it."""

import pytest

from tests.pocket import Problem
from twofactor.models import PortalKey

NEW = "q7!Z"


def refusal(act, *given, **changed):
    with pytest.raises(Problem) as refused:
        act(*given, **changed)
    return refused.value


def rows():
    """What would show that anything has changed: keys without their counters."""
    return {key.kid: (key.sealed_response_key, key.state) for key in PortalKey.objects.all()}


def proves(pocket, pin):
    """Whether every key of the phone answers to this PIN now."""
    return pocket.change_pin(pin, None)["state"] == "proved"
