"""Joining ES modules into few files, for whoever is far from the next mast: each request costs a round trip.

It understands what our own modules are written in and refuses everything else: imports and exports begin their line,
name what they take (`import { a, b as c } from "./x.js";`, or nothing: `import "./x.js";`) and what they give (`export
function`, `async function`, `class` or `const` with one name, `export * from`, `export { a } from`); no cycles, no
default, no `import.meta`, no address in a dynamic import, no waiting at the top level.

Each module becomes a function that is called once, in the order in which the modules need each other; what it exports
is what that function answers. Nobody would see a value that a module changes afterwards, so `export let` is refused.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured

Read = Callable[[str], str]

_NAMES = r"\{(?P<names>[\w$,\s]*)\}"
_TARGET = r'"(?P<target>\.{1,2}/[\w./-]+\.js)";[ \t]*$'
_IMPORT = re.compile(rf"^import\s*{_NAMES}\s*from\s*{_TARGET}", re.MULTILINE)
_RUN = re.compile(rf"^import\s*{_TARGET}", re.MULTILINE)
_PASS_ON = re.compile(rf"^export\s*{_NAMES}\s*from\s*{_TARGET}", re.MULTILINE)
_PASS_ALL_ON = re.compile(rf"^export\s*\*\s*from\s*{_TARGET}", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (?P<name>[\w$]+)\b)", re.MULTILINE)
_ALIAS = re.compile(r"^(?P<name>[\w$]+)(?:\s+as\s+(?P<alias>[\w$]+))?$")
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/[ \t]*$|//[^\n]*$)", re.MULTILINE | re.DOTALL)
# What may be left of neither imports nor exports, and what would mean something else in another file.
_STRANGE = {
    "an import or export of another form": re.compile(r"^\s*(?:import\b(?!\()|export\b)", re.MULTILINE),
    "import.meta": re.compile(r"\bimport\.meta\b"),
    "a dynamic import with its address": re.compile(r"\bimport\(\s*[\"'`]"),
    "waiting at the top level": re.compile(r"^(?=\S)(?:(?!\basync\b).)*?\bawait\b", re.MULTILINE),
}


@dataclass
class Module:
    """One module, taken apart. `taken` are (name there, name here) by the module they come from."""

    name: str
    body: str
    taken: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    passed_on: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    all_passed_on: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    @property
    def needs(self) -> list[str]:
        named = [source for source, _names in (*self.taken, *self.passed_on)]
        return list(dict.fromkeys([*named, *self.all_passed_on, *self.run]))

    def refuse(self, why: str) -> ImproperlyConfigured:
        return ImproperlyConfigured(f"{self.name} cannot be joined: {why}.")


def parse(name: str, text: str) -> Module:
    """Take a module apart. Raises ImproperlyConfigured for whatever is not of the known forms."""
    module = Module(name, "")

    def names(match: re.Match[str]) -> list[tuple[str, str]]:
        wanted = [part.strip() for part in match["names"].split(",")]
        found = [_ALIAS.match(part) for part in wanted if part]
        if not found or not all(found):
            raise module.refuse("names that cannot be read")
        return [(part["name"], part["alias"] or part["name"]) for part in found if part]

    def source(match: re.Match[str]) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), match["target"]))

    def take(match: re.Match[str]) -> str:
        module.taken.append((source(match), names(match)))
        return ""

    def run(match: re.Match[str]) -> str:
        module.run.append(source(match))
        return ""

    def pass_on(match: re.Match[str]) -> str:
        module.passed_on.append((source(match), names(match)))
        return ""

    def pass_all_on(match: re.Match[str]) -> str:
        module.all_passed_on.append(source(match))
        return ""

    def give(match: re.Match[str]) -> str:
        module.given.append(match["name"])
        return ""

    # Comments of whole lines first: what only talks of imports is none. The others fall to the minifier.
    body = _COMMENT.sub("", text)
    forms = {_IMPORT: take, _RUN: run, _PASS_ON: pass_on, _PASS_ALL_ON: pass_all_on, _EXPORT: give}
    for pattern, replace in forms.items():
        body = pattern.sub(replace, body)
    for what, pattern in _STRANGE.items():
        if pattern.search(body):
            raise module.refuse(f"it has {what}")
    module.body = body.strip()
    return module


class Joiner:
    """Joins modules that `read` gives by their names."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._modules: dict[str, Module] = {}

    def order(self, entry: str) -> list[str]:
        """A module and all that it needs, each after what it needs itself. Raises ImproperlyConfigured for a cycle."""
        done: dict[str, bool] = {}

        def visit(name: str, chain: tuple[str, ...]) -> None:
            if name in chain:
                raise self._module(name).refuse(f"it needs itself, by way of {', '.join(chain)}")
            if name not in done:
                for needed in self._module(name).needs:
                    visit(needed, (*chain, name))
                done[name] = True

        visit(entry, ())
        return list(done)

    def module(self, entry: str, *, lends: Iterable[str] = (), address: str = "", held: Iterable[str] = ()) -> str:
        """An ES module that exports what `entry` does.

        `lends`: modules in it that another file borrows. `address` and `held`: such another file and the modules in it;
        those are imported from there, so that each exists once in the page.
        """
        order, elsewhere = self.order(entry), set(held)
        borrowed = [self._symbol(name) for name in order if name in elsewhere]
        lines = [f'import {{ {", ".join(borrowed)} }} from "{address}";'] if borrowed else []
        lines += [self._function(name) for name in order if name not in elsewhere]
        lent = [self._symbol(name) for name in lends]
        lines += [f"export {{ {', '.join(lent)} }};"] if lent else []
        exported = sorted(self.exports(entry))
        lines += [f"export const {{ {', '.join(exported)} }} = {self._symbol(entry)};"] if exported else []
        return "\n".join(lines) + "\n"

    def script(self, entry: str) -> str:
        """A classic script, for the one place that takes no module: a service worker in all browsers."""
        functions = "\n".join(self._function(name) for name in self.order(entry))
        return f'(() => {{\n"use strict";\n{functions}\n}})();\n'

    def exports(self, name: str) -> set[str]:
        module = self._module(name)
        passed = {here for _source, names in module.passed_on for _there, here in names}
        return {*module.given, *passed, *(each for source in module.all_passed_on for each in self.exports(source))}

    def _function(self, name: str) -> str:
        module = self._module(name)
        taken = [self._destructured(module, source, names) for source, names in module.taken]
        given = [*module.given]
        for source, names in module.passed_on:
            self._check(module, source, names)
            given += [f"{here}: {self._symbol(source)}.{there}" for there, here in names]
        given += [f"...{self._symbol(source)}" for source in module.all_passed_on]
        back = f"return {{ {', '.join(given)} }};" if given else ""
        return "\n".join([f"const {self._symbol(name)} = (() => {{", *taken, module.body, back, "})();"])

    def _destructured(self, module: Module, source: str, names: Iterable[tuple[str, str]]) -> str:
        self._check(module, source, names)
        parts = [there if there == here else f"{there}: {here}" for there, here in names]
        return f"const {{ {', '.join(parts)} }} = {self._symbol(source)};"

    def _check(self, module: Module, source: str, names: Iterable[tuple[str, str]]) -> None:
        missing = [there for there, _here in names if there not in self.exports(source)]
        if missing:
            raise module.refuse(f"{source} does not export {', '.join(missing)}")

    def _symbol(self, name: str) -> str:
        """How a module is called in the joined files; no name of ours begins like that."""
        return f"${list(self._modules).index(name)}"

    def _module(self, name: str) -> Module:
        if name not in self._modules:
            self._modules[name] = parse(name, self._read(name))
        return self._modules[name]
