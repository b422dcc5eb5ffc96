"""The tables of a run, written into docs/performance.md between two marks; the words around them stay."""

from __future__ import annotations

import re

from bench import charts
from bench.broken import Broken
from bench.figures import Table
from bench.server import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by python -m bench --write -->", "<!-- end of the figures -->"


def write(about: list[str], tables: list[Table]) -> None:
    """Replace what stands between the marks. Raises Broken where they are missing."""
    _put("\n\n".join(["\n".join(f"- {line}" for line in about), *_shown(tables)]))


def replace(about: str, tables: list[Table]) -> None:
    """Put each in the place of the one with its title, numbers apart, or behind all others. `about` is said of each."""
    first, *sections = _figures().split("\n\n### ")
    kept = {_plain(section.partition("\n")[0]): section for section in sections}
    for table in tables:
        table.remarks.append(about)
        (shown,) = _shown([table])
        kept[_plain(table.title)] = shown.removeprefix("### ")
    _put("\n\n### ".join([first, *kept.values()]))


def _plain(title: str) -> str:
    return re.sub(r"[\d,]+", "", title)


def _shown(tables: list[Table]) -> list[str]:
    drawn = charts.write(tables)
    return [_with_charts(table, drawn.get(table.title, [])) for table in tables]


def _with_charts(table: Table, files: list[str]) -> str:
    return "\n\n".join([table.markdown(), *(f"![{table.title}]({file})" for file in files)])


def _figures() -> str:
    return _parts()[1].strip("\n")


def _put(figures: str) -> None:
    before, _old, after = _parts()
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def _parts() -> tuple[str, str, str]:
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    figures, end, after = rest.partition(END)
    if not begin or not end:
        raise Broken(f"{PAGE.name} has lost the lines between which the figures stand")
    return before, figures, after
