"""`python -m portal.cluster.manage COMMAND ...`: Django's command line on the data of a whole form that is running.

Reads PORTAL_DATA, PORT and whatever else the form was started with.
"""

import os
import sys

from portal.cluster import place
from portal.demo.refusal import Refusal


def main() -> int:
    os.umask(0o077)
    try:
        os.environ |= place.find(os.environ).environment
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
