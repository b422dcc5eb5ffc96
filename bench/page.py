"""The tables of a run, written into docs/performance.md between two marks; the words around them stay."""

from __future__ import annotations

from bench import charts
from bench.broken import Broken
from bench.figures import Table
from bench.server import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by python -m bench --write -->", "<!-- end of the figures -->"


def write(about: list[str], tables: list[Table]) -> None:
    """Replace what stands between the marks. Raises Broken where they are missing."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise Broken(f"{PAGE.name} has lost the lines between which the figures stand")
    drawn = charts.write(tables)
    shown = [_with_charts(table, drawn.get(table.title, [])) for table in tables]
    figures = "\n\n".join(["\n".join(f"- {line}" for line in about), *shown])
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def _with_charts(table: Table, files: list[str]) -> str:
    return "\n\n".join([table.markdown(), *(f"![{table.title}]({file})" for file in files)])
