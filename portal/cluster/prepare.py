"""`python -m portal.cluster.prepare`: tables, static files and, where the demo is asked for, its people."""

import os

import django
from django.conf import settings
from django.core.management import call_command

from accounts.reading import spoken
from portal.collecting import collect_static


def prepare() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    # Those of the version before stay: a phone that has the older page open may still ask for a part of it.
    collect_static(settings.PORTAL_DATA / "static.stamp", clear=False)
    if settings.PORTAL_DEMO:
        from portal.demo.seed import seed

        seed(os.environ["PORTAL_DEMO_PASSWORD"])


if __name__ == "__main__":
    with spoken():
        django.setup()
        prepare()
