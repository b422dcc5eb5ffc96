"""Print what may be set in the environment, each variable with its default and what it is for."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from twofactor.reference.pages import put
from twofactor.reference.variables import VARIABLES, as_markdown


class Command(BaseCommand):
    help = "Print the variables of the environment, as the table of docs/operating.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", type=Path, help="put the table between the marks of this page instead")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        table = as_markdown(VARIABLES, settings.PORTAL_VARIABLES)
        if write is None:
            self.stdout.write(table)
            return
        try:
            put(write, "variables", table)
        except ValueError as problem:
            raise CommandError(str(problem)) from None
