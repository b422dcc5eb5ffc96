"""Print the code that somebody who administrates, or was long away, needs to set up their first factor."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User, normal_username
from twofactor import permits
from twofactor.protocol import activation


class Command(BaseCommand):
    help = "Print the one-time code, good for 30 minutes, for staff without a key or a client who was long away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=normal_username(options["username"])).first()
        if user is None:
            raise CommandError("There is nobody of that name.")
        try:
            permit = permits.issue(user)
        except permits.NotNeeded:
            raise CommandError("No code is needed: neither staff nor long away, switched off, or with a key.") from None
        self.stdout.write(f"{activation.spaced(permit.code)}  (once, within 30 minutes)")
