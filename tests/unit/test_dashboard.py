"""deploy/dashboard.json asks for the figures that there are, by the labels that they have, and for all of ours."""

import json
import re
from pathlib import Path

import pytest

from accounts import vocabulary
from portal import metrics
from twofactor import sockets

ROOT = Path(__file__).parents[2]
PANELS = json.loads((ROOT / "deploy/dashboard.json").read_text())["panels"]
ASKED = {
    panel["title"]: [target["expr"] for target in panel.get("targets", [])]
    for panel in PANELS
    if panel["type"] != "row"
}
EXPRESSIONS = [each for asked in ASKED.values() for each in asked]
# Given by whoever scrapes.
SCRAPED = {"instance"}
PARTS = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}


@pytest.fixture(scope="module")
def figures() -> dict[str, set[str]]:
    """Every figure that a process may show, with its labels."""
    sockets.present["Inbox"] += 0
    found = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(metrics._Now, "_queue_now", lambda self: (0, 0))
        for family in metrics.REGISTRY.collect():
            labels = {name for each in family.samples for name in each.labels}
            for part in PARTS.get(family.type, [""]):
                found[family.name + part] = labels
    for each in vars(metrics).values():
        if names := getattr(each, "_labelnames", None):
            parts = PARTS[each._type]
            found |= {each._name + part: {*names, *({"le"} if part == "_bucket" else ())} for part in parts}
    return found


def names(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:portal|process|python)_\w+", expression))


@pytest.mark.parametrize("title", ASKED)
def test_a_panel_asks_for_what_there_is(title, figures):
    assert ASKED[title]
    for expression in ASKED[title]:
        (name,) = names(expression)
        assert name in figures
        matched = re.findall(r"(\w+)=~?\"", expression)
        grouped = re.findall(r"by \(([\w, ]+)\)", expression)
        asked = {*matched, *(each.strip() for group in grouped for each in group.split(","))}
        assert asked <= figures[name] | SCRAPED, expression


def test_every_figure_of_ours_is_shown(figures):
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for each in EXPRESSIONS for name in names(each)}
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in figures if name.startswith("portal_")}
    assert ours - shown == set()


def test_every_alert_is_drawn_and_explained():
    """Also the first one of a process: a rate does not see what was not there before it."""
    raised = {
        kind
        for package in ("accounts", "twofactor", "applications", "portal")
        for file in (ROOT / package).rglob("*.py")
        for kind in re.findall(r"audit\.alert\(\s*\"([\w.]+)\"", file.read_text())
    }
    assert {*raised, "portal.accident"} == {*vocabulary.ALERTS}
    (drawn,) = {found for each in EXPRESSIONS for found in re.findall(r"portal_events_total.*kind=~\"([^\"]+)\"", each)}
    assert [kind for kind in vocabulary.ALERTS if not re.fullmatch(drawn, kind)] == []
    guide = (ROOT / "docs/operating.md").read_text()
    assert [kind for kind in vocabulary.ALERTS if f"`{kind}`" not in guide] == []


def test_nothing_of_it_lies_over_another_part():
    taken = set()
    for panel in PANELS:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
