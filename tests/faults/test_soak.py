"""The short form of `make soak`: one fault after the other among people who sign in without a pause."""

import random

from tests.faults.soak import soak

SECONDS = 15


def test_nothing_is_lost_and_nothing_is_used_twice_while_one_part_after_the_other_dies(cluster):
    """FI-04, FI-13."""
    cluster.worker.expect_ready()
    soaked = soak(cluster, SECONDS, 1, random.choice)
    assert soaked.people.sign_ins
    assert soaked.troubles == [], str(soaked)
