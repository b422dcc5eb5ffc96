"""A long walk through everything that people can do, in any order (AT-131). PORTAL_LONG=1 walks far, and anew."""

import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.factories import desk, person, phone
from tests.given import LONG
from tests.machines.texting import Texting
from tests.machines.watched import NAMES
from tests.stories.ways import activated


@pytest.mark.timeout(0 if LONG else 180)
def test_nobody_gets_in_without_a_password_and_a_proof(one_clock, handset) -> None:
    pockets, keys = [phone() for _ in NAMES], {}
    for pocket, name in zip(pockets, NAMES, strict=True):
        # The names are their own, so that a phone's keys can be told apart by them.
        activated(desk(), person(name, name=name), pocket)
        keys[name] = next(iter(pocket.keys))
    Texting.start, Texting.clock, Texting.begins = (pockets, keys), one_clock, time.time()
    Texting.handset = handset
    run_state_machine_as_test(
        Texting,
        settings=settings(
            max_examples=150 if LONG else 4,
            stateful_step_count=80 if LONG else 50,
            derandomize=not LONG,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
