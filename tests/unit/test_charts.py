"""Charts of the measurements: whole, without anything from elsewhere, and with every figure of their table."""

from xml.etree import ElementTree

import pytest

from bench import charts
from bench.charts import CHARTS, Chart
from bench.figures import Table

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def table() -> Table:
    found = Table("Pages a second, one server process", ("", "a second", "rounds"))
    found.add("a page <here>", "1,850", "1,800 to 1,900")
    found.add("the same page, stock", "620.5", "")
    found.add("goal for a release", "2,200", "")
    found.add("nothing was measured", "", "")
    return found


def drawn(table: Table, *columns: str) -> ElementTree.Element:
    return ElementTree.fromstring(charts.draw(Chart("x", table.title, columns, "in words"), table))


def test_each_row_with_a_figure_is_a_bar_as_long_as_its_figure(table):
    bars = [bar for bar in drawn(table, "a second").iter(f"{SVG}rect") if bar.get("class") != "ground"]
    assert [bar.get("class") for bar in bars] == ["ours", "other", "goal"]
    widths = [float(bar.get("width", "")) for bar in bars]
    assert widths[0] / widths[2] == pytest.approx(1850 / 2200, abs=0.01)


def test_its_words_hold_every_figure(table):
    words = drawn(table, "a second").findtext(f"{SVG}desc")
    assert words is not None
    assert "a page <here>: 1850; the same page, stock: 620.5; goal for a release: 2200" in words


def test_it_loads_nothing_and_runs_nothing(table):
    found = list(drawn(table, "a second").iter())
    assert {each.tag.removeprefix(SVG) for each in found} == {"svg", "title", "desc", "style", "rect", "text", "line"}
    assert not any(name in each.attrib for each in found for name in ("href", "src", "style", "onload"))
    assert "url(" not in charts.draw(CHARTS[0], Table(CHARTS[0].of, ("", "median"), [("a row", "1")]))


def test_parts_of_a_whole_stand_in_one_bar(table):
    burst = Table("100 approvals in one burst", ("", "told", "late", "never"), [("answers", "70", "25", "5")])
    bars = [bar for bar in drawn(burst, "told", "late", "never").iter(f"{SVG}rect") if bar.get("class") != "ground"]
    ends = [float(bar.get("x", "")) + float(bar.get("width", "")) for bar in bars]
    assert [float(bar.get("x", "")) for bar in bars[1:]] == pytest.approx(ends[:2], abs=0.2)


def test_a_title_is_known_whatever_number_it_begins_with():
    assert [chart.file for chart in charts.charts_of(Table("1,000 approvals in one burst, here", ()))] == ["burst"]
