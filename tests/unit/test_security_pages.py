"""The pages about security promise nothing that no test keeps."""

import re

import pytest

from tests.promises import PAGES, ROOT, named_tests, promises

OPERATING = ROOT / "docs/operating.md"
SECURITY = sorted((ROOT / "docs/security").glob("*.md"))
DOCS = [ROOT / "docs/security.md", ROOT / "docs/accessibility.md", OPERATING, *SECURITY]
TEST = re.compile(r"`(tests/[\w/]+\.py(?:::\w+)?)`")
STANDARDS = ["security/nist.md", "security/asvs.md", "accessibility.md"]
# What nothing can be run for.
ELSEWHERE = ("by reading", "the operator's", "scenes", "keys", "settings", "styles", "words")
# The attacks of the reference; the numbers between them do not exist.
ATTACKS = """
    001 002 004-006 008-010 013 014 016-018 020-023 025 026 028-032 034-045 047-052 054 055 057-062 064-083
    085-087 089-094 096-098 100-103 105 106 110-112 114-116 120 121 123-127 129-132
"""


def numbers(written):
    for part in written.split():
        first, _dash, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def rows(page):
    """By the first cell: the cells after it, of every row of every table but the heads."""
    found = {}
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) > 2 and not cells[0].startswith("-"):
            found.setdefault(cells[0], []).append(cells[1:])
    return found


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_test_that_a_page_names_is_there(page):
    named = set(TEST.findall(page.read_text()))
    assert named <= named_tests(), named - named_tests()


def test_every_attack_of_the_list_is_carried_out():
    there = rows(PAGES[0])
    wanted = {f"AT-{number:03}" for number in numbers(ATTACKS)}
    assert wanted <= there.keys(), wanted - there.keys()
    assert [name for name in sorted(wanted) if not TEST.search(there[name][0][-1])] == []


def test_every_attack_that_is_carried_out_stands_on_the_page():
    tried = {name for name in promises() if name.startswith(("AT-", "RC-"))}
    assert tried <= rows(PAGES[0]).keys(), tried - rows(PAGES[0]).keys()
    assert [name for name, cells in rows(PAGES[0]).items() if name[:3] == "AT-" and not TEST.search(cells[0][-1])] == []


def test_every_race_of_the_list_is_run():
    there = rows(PAGES[0])
    assert [name for name in (f"RC-{n:02}" for n in range(1, 22)) if not TEST.search(there[name][0][-1])] == []


def test_every_requirement_is_met_or_argued():
    there = rows(PAGES[1])
    wanted = [f"R-{n:02}" for n in range(1, 98) if n not in (44, 45)]
    assert [name for name in wanted if name not in there] == []
    for name in wanted:
        _asks, how, shown = there[name][0]
        assert how, name
        assert TEST.search(shown), name


@pytest.mark.parametrize("name", STANDARDS)
def test_every_line_of_a_standard_says_what_shows_it(name):
    there = rows(ROOT / "docs" / name)
    lines = [(key, cells) for key, all_cells in there.items() if key[:1].isdigit() for cells in all_cells]
    assert len(lines) > 30
    for key, (*asks, how, shown) in lines:
        assert all(asks), key
        assert how, key
        assert TEST.search(shown) or any(word in shown for word in ELSEWHERE), key


def test_every_part_that_may_die_has_its_row_and_its_test():
    """All twenty-five of the reference."""
    there = rows(OPERATING)
    for number in range(1, 26):
        (cells,) = there[f"FI-{number:02}"]
        assert TEST.search(cells[-1]), number
