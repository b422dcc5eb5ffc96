"""Tables that are made from the code and stand on a page, between two marks of their own."""

from __future__ import annotations

from pathlib import Path


def put(page: Path, name: str, table: str) -> None:
    """Let this table stand between the marks of this name. Raises ValueError where there are none."""
    begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    before, begins, rest = page.read_text(encoding="utf-8").partition(begin)
    _old, ends, after = f"\n{rest}".partition(end)
    if not (begins and ends):
        raise ValueError(f"{page} has no lines {begin.strip()} and {end.strip()}.")
    page.write_text(f"{before}{begins}{table}{ends}{after}", encoding="utf-8")


def standing(page: Path, name: str) -> str:
    """What stands between the marks."""
    text = page.read_text(encoding="utf-8")
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- /{name} -->")[0]
