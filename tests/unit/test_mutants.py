"""The tool that changes a line and wants to see a test red: what it changes, and that its excuses hold."""

from pathlib import Path
from types import FunctionType

import pytest

from bench.mutants import argued, changes, swapping

SOURCE = '''
"""What it is about."""
from functools import cache
from django.utils.translation import gettext

MOST: int = 3


@cache
def allows(count: int) -> bool:
    """Whether it does."""
    note("allowed", gettext("words"))
    if count > MOST:
        raise ValueError("too many")
    return True


def note(*said):
    pass
'''


@pytest.fixture
def found(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(SOURCE)
    return {(change.place, change.old, change.new): change for change in changes.changes_of(str(path))}


def test_it_changes_what_the_code_does(found):
    assert {
        ("(module)", "MOST: int = 3", "MOST: int = 4"),
        ("allows", "@cache", ""),
        ("allows", 'note("allowed", gettext("words"))', "pass"),
        ("allows", 'note("allowed", gettext("words"))', 'note("XXallowed", gettext("words"))'),
        ("allows", "if count > MOST:", "if count >= MOST:"),
        ("allows", 'raise ValueError("too many")', "pass"),
        ("allows", "return True", "return False"),
    } <= found.keys()


def test_it_leaves_words_types_and_imports_alone(found):
    new = " ".join(change.new for change in found.values())
    assert not any(each in new for each in ("XXwords", "XXtoo many", "XXWhat", "import"))
    assert not [change for change in found.values() if change.old.startswith("def ")]


def test_a_living_function_takes_the_changed_code(found):
    change = found["allows", "return True", "return False"]
    pairs = swapping.inside(change)
    names: dict[str, object] = {"note": lambda *_said: None, "gettext": str, "MOST": 3}
    living = FunctionType(pairs[0][0], names)
    assert living(2) is True
    assert swapping.swap(pairs, [living])
    assert living(2) is False


def test_what_works_at_import_is_told_from_what_works_when_it_is_called(found):
    assert swapping.inside(found["(module)", "MOST: int = 3", "MOST: int = 4"]) is None
    assert swapping.inside(found["allows", "@cache", ""]) is None
    assert len(swapping.inside(found["allows", "if count > MOST:", "if count >= MOST:"])) == 1


def test_every_excuse_is_about_a_line_that_stands_in_its_file():
    for name in argued.EQUIVALENT:
        where, old, _new = name.split("\n")
        text = Path(where.split()[0]).read_text()
        assert old.removeprefix("- ") in " ".join(line.strip() for line in text.splitlines()), name


@pytest.mark.long
def test_no_excuse_outlives_its_line():
    """Each change that is argued to be none is one that can still be made."""
    paths = {name.split()[0] for name in argued.EQUIVALENT}
    assert argued.EQUIVALENT.keys() <= {change.name for path in paths for change in changes.changes_of(path)}
