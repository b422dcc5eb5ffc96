"""Medians, how far they spread, and tables of plain text."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """Values of several rounds, interleaved with other cases so that a noisy minute hits all of them alike."""

    rounds: tuple[tuple[float, ...], ...]

    @property
    def values(self) -> list[float]:
        return sorted(value for each in self.rounds for value in each)

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        """The smallest value that 95 of 100 do not exceed (nearest rank)."""
        return self.values[math.ceil(0.95 * self.n) - 1]

    @property
    def p99(self) -> float:
        return self.values[math.ceil(0.99 * self.n) - 1]

    @property
    def low(self) -> float:
        """The lowest median of a round."""
        return min(statistics.median(each) for each in self.rounds)

    @property
    def high(self) -> float:
        return max(statistics.median(each) for each in self.rounds)

    @property
    def spread(self) -> str:
        return f"{number(self.low)} to {number(self.high)}"


def number(value: float) -> str:
    """Three figures that mean something: 0.42, 3.1, 17, 1,850."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "-"
    digits = max(0, (1 if abs(value) >= 1 else 2) - (abs(value) >= 100))
    return f"{value:,.{digits}f}"


@dataclass
class Table:
    """A heading, columns, rows of text and remarks below."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.rows.append(cells)

    def text(self) -> str:
        """For a terminal: the first column to the left, figures to the right."""
        lines = [list(self.columns), *[list(row) for row in self.rows]]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.columns))]
        shown = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
        rule = "-" * max(map(len, shown))
        return "\n".join([self.title, rule, shown[0], rule, *shown[1:], *[f"  {remark}" for remark in self.remarks]])

    def markdown(self) -> str:
        head = ["| " + " | ".join(self.columns) + " |", "| --- |" + " ---: |" * (len(self.columns) - 1)]
        body = ["| " + " | ".join(row) + " |" for row in self.rows]
        remarks = ["", *[f"- {remark}" for remark in self.remarks]] if self.remarks else []
        return "\n".join([f"### {self.title}", "", *head, *body, *remarks])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [line[0].ljust(widths[0]), *[cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]]
