"""What programs write into their logs while a test goes on."""

from collections.abc import Iterable
from pathlib import Path


class Logs:
    """These files, read from where they end now."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._marks = {file: file.stat().st_size for file in files}

    def said(self) -> dict[Path, str]:
        """What has come since, of each."""
        return {file: file.read_bytes()[mark:].decode(errors="replace") for file, mark in self._marks.items()}
