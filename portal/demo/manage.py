"""`python -m portal.demo.manage COMMAND ...`: Django's command line on the demo's data, with the demo's secrets.

Reads PORTAL_DATA and PORT as the demo does, and works while the demo runs.
"""

import os
import sys

from portal import console
from portal.demo import doors, folder
from portal.demo.__main__ import set_environment


def enter() -> None:
    port = doors.read_port(os.environ, "PORT", 8000)
    set_environment(folder.open_folder(os.environ), doors.Doors(doors.LOCALHOST, port, loopback=True), None)


if __name__ == "__main__":
    sys.exit(console.run(enter))
