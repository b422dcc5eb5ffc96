#!/usr/bin/env python
"""Django's command line. It reads the same environment as the portal itself (docs/operating.md)."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        # A sentence and not a stack of calls: it is the environment that lacks something.
        sys.exit(f"{problem} (docs/operating.md lists them all)")
