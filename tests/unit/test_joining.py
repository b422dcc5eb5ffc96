"""Joining modules: each once, after what it needs, and nothing that is not understood."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.joining import Joiner, parse
from portal.storage import STYLES, joined

STATIC = Path(__file__).parents[2] / "static"
SOURCES = {
    str(path.relative_to(STATIC)): path.read_text("utf-8")
    for path in STATIC.rglob("*")
    if path.suffix in (".js", ".css")
}


def joiner(**modules: str) -> Joiner:
    """Modules by name; `__` in a name is a slash."""
    texts = {f"{name.replace('__', '/')}.js": text for name, text in modules.items()}
    return Joiner(texts.__getitem__)


def test_a_module_comes_after_what_it_needs_and_once():
    found = joiner(
        a='import { b } from "./b.js";\nimport { c } from "./c.js";\n',
        b='import { c } from "./c.js";\nexport const b = c;\n',
        c="export const c = 1;\n",
    )
    assert found.order("a.js") == ["c.js", "b.js", "a.js"]
    assert found.script("a.js").count("const c = 1") == 1


def test_names_keep_what_they_are_called_here_and_there():
    text = joiner(
        a='import { one as two } from "./deep/b.js";\nconsole.log(two);\n', deep__b="export function one() {}\n"
    ).script("a.js")
    assert re.search(r"const \{ one: two \} = \$\d;", text)
    assert re.search(r"return \{ one \};", text)


def test_what_is_passed_on_can_be_taken_from_both():
    found = joiner(
        a='import { x, y, z } from "./b.js";\n',
        b='export * from "./c.js";\nexport { y as z } from "./c.js";\n',
        c="export const x = 1;\nexport async function y() {}\n",
    )
    assert found.exports("b.js") == {"x", "y", "z"}
    assert "x, y, z" in found.script("a.js")


def test_a_module_that_is_only_run_is_run_first():
    assert joiner(a='import "./b.js";\n', b="customElements.define();\n").order("a.js") == ["b.js", "a.js"]


def test_another_file_borrows_the_modules_that_the_first_one_holds():
    found = joiner(
        first='import { shared } from "./shared.js";\n',
        shared="export const shared = {};\n",
        later='import { shared } from "./shared.js";\nimport { own } from "./own.js";\nexport const made = own;\n',
        own="export const own = 2;\n",
    )
    held = found.order("first.js")
    first = found.module("first.js", lends=["shared.js"])
    later = found.module("later.js", address="./first.js", held=held)
    lent = re.search(r"export \{ (\$\d) \};", first)
    assert lent
    assert f'import {{ {lent[1]} }} from "./first.js";' in later
    assert "shared = {}" in first
    assert "shared = {}" not in later
    assert "export const { made } =" in later


def test_words_of_comments_are_no_imports():
    module = parse(
        "a.js", '/**\n * Talks.\nimport { x } from "./x.js";\n */\n// export default 1\nexport const a = 1; // export\n'
    )
    assert module.needs == []
    assert module.given == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./x.js";\n',
        'import * as x from "./x.js";\n',
        'import { x } from "elsewhere";\n',
        'import { x } from "./x.js"\n',
        "import { x } from './x.js';\n",
        "export default 1;\n",
        "export let x = 1;\n",
        "export { x };\n",
        "const x = 1;\nexport const { y } = x;\n",
        'if (x) {\n  import("./x.js");\n}\n',
        "const here = import.meta.url;\n",
        "const x = await fetch(y);\n",
        "await start();\n",
    ],
)
def test_what_it_does_not_understand_it_refuses(text):
    with pytest.raises(ImproperlyConfigured, match=r"a\.js cannot be joined"):
        parse("a.js", text)


def test_it_refuses_modules_that_need_each_other():
    found = joiner(
        a='import { b } from "./b.js";\nexport const a = 1;\n', b='import { a } from "./a.js";\nexport const b = 1;\n'
    )
    with pytest.raises(ImproperlyConfigured, match="needs itself"):
        found.script("a.js")


def test_it_refuses_a_name_that_is_not_exported():
    found = joiner(a='import { gone } from "./b.js";\n', b="export const here = 1;\n")
    with pytest.raises(ImproperlyConfigured, match=r"b\.js does not export gone"):
        found.script("a.js")


def test_what_every_page_needs_can_be_joined():
    files = joined(SOURCES)
    assert {name.rpartition("/")[2] for name in files} == {
        "first.js",
        "later.js",
        "landing.js",
        "worker.js",
        "shell.css",
        "desk.js",
        "desk.css",
    }
    assert not re.search(r"\b(?:import|export)\b\s*[{*\w\"]", files["authenticator/shell/worker.js"])


def test_a_missing_module_ends_the_joining():
    with pytest.raises(ImproperlyConfigured, match=r"vault\.js"):
        joined({name: text for name, text in SOURCES.items() if not name.endswith("/vault.js")})


def test_styles_with_addresses_of_their_own_are_refused():
    with pytest.raises(ImproperlyConfigured, match="cannot be joined"):
        joined({**SOURCES, f"css/{STYLES[-1]}.css": "a { background: url(x.png) }"})


def test_the_layers_are_named_before_anything_stands_in_them():
    assert joined(SOURCES)["authenticator/shell/shell.css"].startswith("@layer reset, tokens")


def test_the_service_worker_needs_nothing_that_only_pages_have():
    order = Joiner(SOURCES.__getitem__).order("authenticator/sw/worker.js")
    for name in order:
        # At the top level: within functions that only the page calls it does no harm.
        assert not re.search(r"^(?! |\s*[/*]).*\b(?:document|window|localStorage)\b\.", SOURCES[name], re.MULTILINE), (
            name
        )
