"""The styles: they hold for either direction of writing, and hide the focus from nobody."""

import re

import pytest
from django.conf import settings

SHEETS = sorted((settings.BASE_DIR / "static" / "css").glob("*.css"))
# What names a side of the screen, and has a twin that names a side of the text.
SIDED = re.compile(
    r"""(?:^|[;{\s])(
        (?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)(?:-\w+)?\s*:
      | border-(?:top|bottom)-(?:left|right)-radius\s*:
      | (?:left|right|top|bottom)\s*:
      | (?:min-|max-)?(?:width|height)\s*:
      | (?:text-align|float|clear|caption-side)\s*:\s*(?:left|right)
      | overflow-[xy]\s*:
    )""",
    re.VERBOSE | re.MULTILINE,
)
# Four values go round the box, and so mean left and right unless those two are equal.
ROUND = re.compile(r"(?:margin|padding|inset|border-width)\s*:\s*([^;]+);")
# A condition about the window is no property of a box.
CONDITIONS = re.compile(r"@(?:media|container|supports)[^{]*\{")


def declared(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return CONDITIONS.sub("{", text)


def values(text):
    """The values of a declaration, each function with its arguments as one."""
    return re.findall(r"[^\s()]+(?:\((?:[^()]|\([^()]*\))*\))?", text)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_no_style_knows_left_from_right(path):
    text = declared(path)
    assert SIDED.findall(text) == []
    rounds = [values(found) for found in ROUND.findall(text)]
    assert [found for found in rounds if len(found) == 4 and found[1] != found[3]] == []


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_no_style_takes_the_focus_away_from_the_eye(path):
    """`outline: none` stands where a script moves the focus to a heading or a part, which nobody can press."""
    removed = re.findall(r"([^{}]*)\{[^{}]*outline(?:-\w+)?:\s*(?:none|0)\b", declared(path))
    allowed = {'main:focus, [tabindex="-1"]:focus'}
    assert {" ".join(each.split()) for each in removed} <= allowed
