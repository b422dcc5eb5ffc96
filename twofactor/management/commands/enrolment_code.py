"""Print the code that somebody who administrates needs to set up their first key."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User, normal_username
from twofactor import permits
from twofactor.protocol import activation


class Command(BaseCommand):
    help = "Print the one-time code, good for 30 minutes, with which staff without a key activate one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=normal_username(options["username"])).first()
        if user is None:
            raise CommandError("There is nobody of that name.")
        try:
            permit = permits.issue(user)
        except permits.NotNeeded:
            raise CommandError("No code is needed: not staff, switched off, or with a key already.") from None
        self.stdout.write(f"{activation.spaced(permit.code)}  (once, within 30 minutes)")
