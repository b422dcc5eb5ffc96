"""Which tests show what: read from the ids (AT-001, R-01, RC-01, P-01, FI-01) that stand in the tests themselves.

`python -m tests.promises` writes them into the last column of these pages, where a row begins with an id.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs/security/attacks.md", ROOT / "docs/security/requirements.md", ROOT / "docs/operating.md"]
ID = re.compile(r"\b(?:AT-\d{3}|R-\d{2}|RC-\d{2}|P-\d{2}|FI-\d{2})\b")
# A heading within a file of tests: "# --- Locked (R-39) ---". It speaks for all that follows, to the next one.
_HEADING = re.compile(r"^# --- (.+) ---$")
_ROW = re.compile(r"^\| (\S+) \|")
# More would say no more.
_MOST = 4


@cache
def promises() -> dict[str, list[str]]:
    """By id: `tests/file.py::test_name`, those that name it themselves first; `tests/file.py` where all of it does."""
    own, headed, whole = defaultdict(list), defaultdict(list), defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source, name = path.read_text(), str(path.relative_to(ROOT))
        tree, headings = ast.parse(source), _headings(source)
        for found in ID.findall(ast.get_docstring(tree) or ""):
            whole[found].append(name)
        for test in tree.body:
            if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_"):
                for found in ID.findall(ast.get_docstring(test) or ""):
                    own[found].append(f"{name}::{test.name}")
                for found in ID.findall(max((each for each in headings if each[0] < test.lineno), default=(0, ""))[1]):
                    headed[found].append(f"{name}::{test.name}")
    ids = {*own, *headed, *whole}
    return {each: list(dict.fromkeys([*own[each], *whole[each], *headed[each]])) for each in ids}


def _headings(source: str) -> list[tuple[int, str]]:
    lines = enumerate(source.splitlines(), 1)
    return [(number, found[1]) for number, line in lines if (found := _HEADING.match(line))]


def named_tests() -> set[str]:
    """Every test there is, as it is named above, and every file of them."""
    there = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        name = str(path.relative_to(ROOT))
        named = re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
        there |= {name, *(f"{name}::{test}" for test in named)}
    return there


def filled(page: str) -> str:
    """The page with its last column as the tests say it; a row for which no test speaks keeps its own words."""
    return "\n".join(_filled(line) for line in page.splitlines()) + "\n"


def _filled(line: str) -> str:
    found = _ROW.match(line)
    if found is None or not ID.fullmatch(found[1]) or not promises().get(found[1]):
        return line
    *cells, _last, _end = line.split("|")
    shown = "<br>".join(f"`{test}`" for test in promises()[found[1]][:_MOST])
    return "|".join([*cells, f" {shown} ", ""])


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(filled(each.read_text()))
