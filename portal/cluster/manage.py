"""`python -m portal.cluster.manage COMMAND ...`: Django's command line on the data of a whole form that is running.

Reads PORTAL_DATA, PORT and whatever else the form was started with.
"""

import os
import sys

from portal import console
from portal.cluster import place


def enter() -> None:
    os.environ |= place.find(os.environ).environment


if __name__ == "__main__":
    sys.exit(console.run(enter))
