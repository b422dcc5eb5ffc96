"""Make the key by which push services know this portal. It is printed, and kept nowhere."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from twofactor.protocol.webpush import Sender


class Command(BaseCommand):
    help = (
        "Print a new PORTAL_VAPID_KEY. With another key every phone makes itself a new subscription when it is opened."
    )
    # Needed before the portal is set up.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"PORTAL_VAPID_KEY={Sender.new()}")
