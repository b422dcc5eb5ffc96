"""`python -m tests.services.prepare`: tables and collected files of the portal in this environment."""

import django
from django.conf import settings
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    # Only now: it needs the settings.
    from portal.collecting import collect_static

    call_command("migrate", interactive=False, verbosity=0)
    collect_static(settings.PORTAL_DATA / "static.stamp", clear=False)
