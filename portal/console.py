"""Django's command line on data whose environment has to be found first: the demo's, or that of a whole form."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from accounts.reading import spoken
from portal.demo.refusal import Refusal


def run(enter: Callable[[], object]) -> int:
    """What the command line says, once `enter` has set the environment; 1 and its words where that is refused."""
    os.umask(0o077)
    try:
        enter()
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    from django.core.management import execute_from_command_line

    with spoken():
        execute_from_command_line(["manage.py", *sys.argv[1:]])
    return 0
