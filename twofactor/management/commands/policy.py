"""Print the numbers of the policy as they are in force here, each with its cap and its source."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from twofactor.reference import NUMBERS, as_markdown

_BEGIN, _END = "<!-- policy -->\n", "\n<!-- /policy -->"


class Command(BaseCommand):
    help = "Print the numbers of the policy in force, as the table of docs/security.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", type=Path, help="put the table between the marks of this page instead")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        table = as_markdown(NUMBERS)
        if write is None:
            self.stdout.write(table)
            return
        page = write.read_text(encoding="utf-8")
        before, begins, rest = page.partition(_BEGIN)
        _old, ends, after = f"\n{rest}".partition(_END)
        if not (begins and ends):
            raise CommandError(f"{write} has no lines {_BEGIN.strip()} and {_END.strip()}.")
        write.write_text(f"{before}{begins}{table}{ends}{after}", encoding="utf-8")
