"""`python -m tests.services.prepare`: tables and collected files of the portal in this environment."""

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.strict import be_strict

if __name__ == "__main__":
    django.setup()
    # Only now: it needs the settings.
    from portal.collecting import collect_static

    call_command("migrate", interactive=False, verbosity=0)
    if connection.vendor == "sqlite":
        be_strict()
    collect_static(settings.PORTAL_DATA / "static.stamp", clear=False)
