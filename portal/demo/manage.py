"""`python -m portal.demo.manage COMMAND ...`: Django's command line on the demo's data, with the demo's secrets.

Reads PORTAL_DATA and PORT as the demo does, and works while the demo runs.
"""

import os
import sys

from portal.demo import doors, folder
from portal.demo.__main__ import set_environment
from portal.demo.refusal import Refusal


def main() -> int:
    os.umask(0o077)
    try:
        port = doors.read_port(os.environ, "PORT", 8000)
        set_environment(folder.open_folder(os.environ), doors.Doors(doors.LOCALHOST, port, loopback=True), None)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
