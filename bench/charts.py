"""Charts of the tables, as SVG beside docs/performance.md: bars, readable by day and by night, that load nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from bench.broken import Broken
from bench.figures import Table
from bench.server import ROOT

FOLDER = ROOT / "docs" / "charts"
WIDTH, EDGE, TOP, ROW, BAR = 720, 24, 76, 52, 16
# A letter of a figure beside its bar, at its widest.
_LETTER = 9
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_STYLE = """
svg { color-scheme: light dark; font: 14px system-ui, sans-serif; }
.ground { fill: #fff; } .title { fill: #16202c; font-size: 17px; font-weight: 600; } .words { fill: #4a5868; }
.name, .figure { fill: #16202c; } .figure { font-variant-numeric: tabular-nums; } .axis { stroke: #c3ccd6; }
.ours { fill: #0b63b0; } .other { fill: #8594a5; } .goal { fill: none; stroke: #2b7a3d; stroke-width: 2; }
.first { fill: #0b63b0; } .second { fill: #d08a00; } .third { fill: #b3261e; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #11161d; } .title, .name, .figure { fill: #e8edf3; } .words { fill: #a3b0bf; }
  .axis { stroke: #3a4654; } .ours, .first { fill: #5aa9f0; } .other { fill: #76859a; } .goal { stroke: #6cc483; }
  .second { fill: #f0b440; } .third { fill: #f2857d; }
}"""
_PARTS = ("first", "second", "third")


@dataclass(frozen=True)
class Chart:
    """Which table it shows, by how its title begins, and which of its columns: several stand in one bar."""

    file: str
    of: str
    columns: tuple[str, ...]
    words: str

    def fits(self, table: Table) -> bool:
        return table.title.startswith(self.of)


CHARTS = (
    Chart("told", "From the phone's answer", ("median",), "milliseconds, median; shorter is better"),
    Chart("steps", "Where everything else goes", ("ms CPU",), "milliseconds of CPU in one sign-in, its hash apart"),
    Chart("rates", "Complete sign-ins with", ("of the cores' hashing",), "per cent of what the cores could only hash"),
    Chart("pages", "Pages a second", ("a second",), "a second, one process; longer is better"),
    Chart(
        "servers", "The portal under other servers", ("sign-in page a second",), "sign-in pages a second, one process"
    ),
    Chart("burst", "approvals in one burst", ("told by the bell", "by a look of its own", "never"), "of all decided"),
    Chart("let-in", "people wait", ("let in a second",), "sockets let in a second; longer is better"),
    Chart("sockets", "people wait", ("KiB a socket",), "KiB of memory for each who waits; shorter is better"),
    Chart("approved", "An approval while", ("from the phone's POST: p50",), "milliseconds, median; shorter is better"),
    Chart("weight", "Pages over the wire", ("bytes",), "bytes over the wire at the first visit; shorter is better"),
)


def charts_of(table: Table) -> list[Chart]:
    """The charts of a table; the number that a title may begin with is not looked at."""
    plain = Table(re.sub(r"^[\d,]+ ", "", table.title), table.columns)
    return [chart for chart in CHARTS if chart.fits(plain)]


def draw(chart: Chart, table: Table) -> str:
    """The chart as the text of an SVG file. Rows without a figure in its columns are left out."""
    places = [list(table.columns).index(column) for column in chart.columns]
    rows = [(row[0], [_value(row[at]) for at in places]) for row in table.rows if any(row[at] for at in places)]
    if not rows:
        raise Broken(f"the table {table.title!r} has no figure for its chart")
    longest = max(sum(values) for _name, values in rows) or 1.0
    figures = [" + ".join(row[at] for at in places) for row in table.rows if any(row[at] for at in places)]
    scale = (WIDTH - 2 * EDGE - 8 - _LETTER * max(map(len, figures))) / longest
    height = TOP + ROW * len(rows) + 12
    # What the bars are made of, where they have parts.
    words = f"{chart.words}: {', '.join(chart.columns)}" if len(chart.columns) > 1 else chart.words
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(table.title)}</title>',
        f'<desc id="d">{escape(_told(rows, words))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>',
        f'<text class="title" x="{EDGE}" y="32">{escape(table.title.partition(" (")[0])}</text>',
        f'<text class="words" x="{EDGE}" y="54">{escape(words)}</text>',
        f'<line class="axis" x1="{EDGE}" y1="{TOP - 6}" x2="{EDGE}" y2="{height - 12}"/>',
    ]
    for at, ((name, values), figure) in enumerate(zip(rows, figures, strict=True)):
        lines += _row(name, values, figure, TOP + at * ROW, scale)
    return "\n".join([*lines, "</svg>", ""])


def _row(name: str, values: Sequence[float], figure: str, top: float, scale: float) -> Iterable[str]:
    yield f'<text class="name" x="{EDGE + 4}" y="{top + 14}">{escape(name)}</text>'
    x = float(EDGE)
    for at, value in enumerate(values):
        kind = _PARTS[at] if len(values) > 1 else _kind(name)
        width = max(value * scale, 1.0 if value else 0.0)
        yield f'<rect class="{kind}" x="{x:.1f}" y="{top + 20}" width="{width:.1f}" height="{BAR}" rx="2"/>'
        x += width
    yield f'<text class="figure" x="{x + 8:.1f}" y="{top + 33}">{escape(figure)}</text>'


def _kind(name: str) -> str:
    if "goal" in name or "budget" in name:
        return "goal"
    return "other" if re.search(r"\bstock\b|\belsewhere\b|\bpolling\b", name) else "ours"


def _told(rows: list[tuple[str, list[float]]], words: str) -> str:
    """The same in words, for whoever does not see it."""
    return f"{words}. " + "; ".join(f"{name}: {' and '.join(f'{each:g}' for each in values)}" for name, values in rows)


def _value(cell: str) -> float:
    found = _NUMBER.search(cell)
    return float(found.group().replace(",", "")) if found else 0.0


def write(tables: list[Table]) -> dict[str, list[str]]:
    """Draw the charts of all these tables anew; gives the files of each table by its title."""
    FOLDER.mkdir(exist_ok=True)
    found: dict[str, list[str]] = {}
    for table in tables:
        for chart in charts_of(table):
            (FOLDER / f"{chart.file}.svg").write_text(draw(chart, table), encoding="utf-8")
            found.setdefault(table.title, []).append(f"{FOLDER.name}/{chart.file}.svg")
    return found
