#!/usr/bin/env python
"""Django's command line. It reads the same environment as the portal itself (docs/operating.md)."""

import os
import sys

from django.core.management import execute_from_command_line

from accounts.reading import spoken

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    with spoken():
        execute_from_command_line(sys.argv)
