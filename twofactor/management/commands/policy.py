"""Print the numbers of the policy as they are in force here, each with its cap and its source."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from twofactor.reference import NUMBERS, as_markdown
from twofactor.reference.pages import put


class Command(BaseCommand):
    help = "Print the numbers of the policy in force, as the table of docs/security.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", type=Path, help="put the table between the marks of this page instead")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        table = as_markdown(NUMBERS)
        if write is None:
            self.stdout.write(table)
            return
        try:
            put(write, "policy", table)
        except ValueError as problem:
            raise CommandError(str(problem)) from None
