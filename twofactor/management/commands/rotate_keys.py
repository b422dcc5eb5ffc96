"""After a secret was changed: write anew what stands under the earlier one. Safe while people sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import audit
from twofactor import rotating

_OTHERS = """
The other secrets:
- PORTAL_SECRET_KEY: put the earlier one into PORTAL_SECRET_KEY_FALLBACKS. Sessions, links and browsers that
  are known go on. It may leave after 90 days; after two, browsers alone become new ones.
- PORTAL_PEPPER: put the earlier one into PORTAL_PEPPER_FALLBACKS, then run this command once more. It stays there for
  as long as the record and recovery codes of its time are to be good. Codes that are on their way to people end.
- PORTAL_VAPID_KEY: every phone makes itself a new subscription when its authenticator is opened next.
An earlier secret that somebody else may have goes into no list: see "Changing a secret" in docs/operating.md."""


class Command(BaseCommand):
    help = "Seal everything under the current field key, and fingerprint numbers under the current pepper."

    def handle(self, *args: Any, **options: Any) -> None:
        ring, done, lost = settings.PORTAL_KEYRING, 0, 0
        for column in rotating.COLUMNS:
            resealed = rotating.reseal(column)
            done, lost = done + resealed.done, lost + len(resealed.lost)
            rows = ", ".join(map(str, resealed.lost[:20]))
            unreadable = f"; no key on the ring opens the rows {rows}" if rows else ""
            self.stdout.write(f"{column}: {resealed.done} sealed anew{unreadable}.")
        self.stdout.write(f"numbers: {rotating.fingerprint_again()} fingerprinted anew.")
        self.stdout.write(f"activation codes: {rotating.burn_unreadable()} ended.")
        left = sum(rotating.earlier(column).count() for column in rotating.COLUMNS)
        audit.record("portal.rotate", ok=not lost, count=done, left=left)
        if lost:
            raise CommandError(
                f"{left} values are not under the field key {ring.current}, and {lost} of them open under no key of"
                " PORTAL_FIELD_KEYS: they were altered, or their key is missing. Take no key off the list.",
                returncode=1,
            )
        if left:
            # Written meanwhile by a process that still has the earlier key in the first place.
            raise CommandError(f"{left} values came meanwhile under an earlier key: run this once more.", returncode=1)
        self.stdout.write(f"Everything is under the field key {ring.current}: all others may leave PORTAL_FIELD_KEYS.")
        self.stdout.write(_OTHERS)
