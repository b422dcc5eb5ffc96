"""Rules for what browsers load, which nothing else would notice being broken."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts]
TEMPLATES = list((ROOT / "templates").rglob("*.html"))

_IMPORT = re.compile(
    r"^\s*(?:import|export)\b[^\"'(]*?(?:from\s*)?[\"'](?P<target>[^\"']+)[\"'](?P<end>.?)", re.MULTILINE
)


def named(path):
    return str(path.relative_to(ROOT))


def imports(path):
    """What a module imports, each with the character behind it; a string that only looks like one is none."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    statements = re.findall(r"^(?:import|export)\b[^;]*?[\"'][^\"']+[\"'].?", text, re.MULTILINE)
    found = [_IMPORT.search(statement) for statement in statements]
    return [
        (match["target"], match["end"]) for match in found if match and ("from" in match[0] or "import" in match[0])
    ]


def test_the_rules_find_modules_imports_and_templates():
    assert len(MODULES) > 10
    assert sum(len(imports(path)) for path in MODULES) > 20
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_are_relative_and_end_in_a_semicolon(path):
    # Only such imports are rewritten to hashed names; any other would load an old copy, or none.
    for target, end in imports(path):
        assert target.startswith(("./", "../")), target
        assert end == ";", target
        assert (path.parent / target).is_file(), target


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_pages_hold_no_style_script_or_handler_of_their_own(path):
    # The content security policy would drop them without a word.
    text = path.read_text("utf-8")
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']", text)
    assert all("src=" in script for script in re.findall(r"<script\b[^>]*>", text))


@pytest.mark.parametrize("path", [*MODULES, *TEMPLATES, *(ROOT / "static").rglob("*.css")], ids=named)
def test_nothing_is_loaded_from_another_host(path):
    text = path.read_text("utf-8").replace("http://www.w3.org/", "")
    assert not re.search(r"(?:src|href|url|from|import|fetch)\s*[=(]?\s*[\"'(]\s*(?:https?:)?//", text)


def test_whoever_comes_for_the_first_time_asks_for_a_page_its_styles_and_its_script():
    text = (ROOT / "templates/parts/head.html").read_text("utf-8")
    assert re.findall(r"{% static \"([^\"]+)\" %}", text) == ["desk/desk.css", "desk/desk.js"]
