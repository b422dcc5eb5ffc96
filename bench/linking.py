"""`python -m bench.linking EVENTS`: events a second that get their place in the record's chain."""

from __future__ import annotations

import sys
import time

import django


def main(count: int) -> float:
    django.setup()
    from django.db import transaction

    from accounts import audit, chain
    from accounts.models import AuditEvent

    with transaction.atomic():
        for _each in range(count):
            audit.record("login.begin")
        # What waits for the commit links as many as it likes; the rest is asked for.
        begun = time.perf_counter()
    while AuditEvent.objects.filter(seq=None).exists():
        chain.link()
    return count / (time.perf_counter() - begun)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
