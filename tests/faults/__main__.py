"""`make soak`: people sign in without a pause while, every now and then, something dies and comes back.

`python -m tests.faults 3600 10`: for so many seconds, and so many between two faults (PORTAL_SOAK, PORTAL_SOAK_EVERY).
It prints its figures, and ends with 1 when an approval was lost, something was used twice, or memory grew.
"""

import random
import sys

# First: it makes the settings of the tests, without which their people cannot be.
from tests import conftest
from tests.faults.fragile import Fragile
from tests.faults.soak import Soaked, soak


def main(seconds: float, every: float) -> Soaked:
    cluster = Fragile()
    try:
        cluster.worker.expect_ready()
        return soak(cluster, seconds, every, random.choice)
    finally:
        cluster.stop()
        conftest.pytest_unconfigure()


if __name__ == "__main__":
    soaked = main(*map(float, sys.argv[1:]))
    print(soaked)
    sys.exit(bool(soaked.troubles))
