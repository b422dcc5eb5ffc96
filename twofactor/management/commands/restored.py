"""The last step of putting a backup back, before anybody is served (docs/operating.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import audit
from accounts.models import AuditEvent, User
from twofactor import restoring


class Command(BaseCommand):
    help = "After a backup was put back: sign everybody out, and end whatever was open or may have been used since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--keep-recovery-codes",
            action="store_true",
            help="they stay good: you know from the log (recovery.use) that none was used since the backup",
        )

    def handle(self, *args: Any, keep_recovery_codes: bool, **options: Any) -> None:
        # Its own are none of the backup's, where it is run once more.
        before = AuditEvent.objects.exclude(kind="portal.restore")
        last = before.order_by("-at").values_list("at", flat=True).first()
        with transaction.atomic():
            for what, count in restoring.end_what_was_open().items():
                self.stdout.write(f"{what}: {count} ended.")
            sheets = 0 if keep_recovery_codes else restoring.void_recovery_codes()
            self.stdout.write(f"sheets of recovery codes: {sheets} voided.")
            restoring.skip_numbers()
            audit.record("portal.restore", count=User.objects.count(), state="kept" if keep_recovery_codes else "")
        until = f"{last:%Y-%m-%d %H:%M:%S} UTC" if last else "unknown"
        self.stdout.write(
            f"\nEverybody signs in again. The last event of this backup: {until}. What people and staff did after it is"
            "\nundone, and the portal does not know of it: passwords and numbers that were changed, keys that were"
            "\nactivated, moved or taken away, accounts that were locked. The log tells; do again what must be."
        )
