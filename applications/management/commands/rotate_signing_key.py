"""Another key for what applications are told. Safe while people sign in."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import audit
from applications.models import SigningKey


class Command(BaseCommand):
    help = "Publish the next signing key. It signs an hour later, when every application has read it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            action="store_true",
            help="somebody else may have the current key: sign with a new one at once, and take all others back",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        key = SigningKey.objects.rotate(now=options["now"])
        audit.record("portal.rotate", kid=key.kid, path="now" if options["now"] else "next")
        if options["now"]:
            self.stdout.write(f"{key} signs from now on. No other key is published any more.")
            self.stdout.write("Applications that keep the list of keys learn of it when they meet the new one.")
        else:
            self.stdout.write(f"{key} is published, and signs from {key.signs_from:%Y-%m-%d %H:%M:%S %Z} on.")
            self.stdout.write("The key before it stays in the list until what it has signed is over.")
