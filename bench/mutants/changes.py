"""The changes of one file: what mutmut would change, and three kinds of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

# How something is worded is no behaviour; whether it is said at all is.
_WORDING = ("gettext", "gettext_lazy", "ngettext", "_log")
_FROM_MUTMUT: list[tuple[type, Callable[[Any], Any]]] = [
    (cst.BaseNumber, mutators.operator_number),
    (cst.Name, mutators.operator_name),
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    (cst.CSTNode, mutators.operator_keywords),
    (cst.CSTNode, mutators.operator_swap_op),
    (cst.AugAssign, mutators.operator_augmented_assignment),
    (cst.Call, mutators.operator_symmetric_string_methods_swap),
    (cst.Call, mutators.operator_unsymmetrical_string_methods_swap),
]


@dataclass(frozen=True)
class Change:
    """One change: the file, the place by name and by lines, what stood there, what stands there now, the whole text."""

    path: str
    place: str
    lines: tuple[int, int]
    old: str
    new: str
    source: str

    @property
    def name(self) -> str:
        """What identifies it while lines move."""
        return f"{self.path} {self.place}\n- {self.old}\n+ {self.new}"


def changes_of(path: str) -> list[Change]:
    """All changes of a file, in its order; those that come to the same text once."""
    code = Path(path).read_text()
    wrapper = MetadataWrapper(cst.parse_module(code))
    spans = wrapper.resolve(PositionProvider)
    made: dict[str, Change] = {}
    begins = [0]
    for line in code.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for old, new, place, lines in _walk(wrapper.module, spans, "(module)", (1, 1), wording=False):
        if isinstance(old, cst.FunctionDef | cst.ClassDef):
            source = wrapper.module.deep_replace(old, new).code  # type: ignore[union-attr, arg-type]
        else:
            # Text in the place of text: a hundred times as fast as to write the whole tree anew.
            span = spans[old]
            start, end = (begins[at.line - 1] + at.column for at in (span.start, span.end))
            source = code[:start] + wrapper.module.code_for_node(new) + code[end:]
        made.setdefault(source, Change(path, place, lines, *_difference(code, source), source))
    made.pop(code, None)
    return list(made.values())


_NO_CODE = (
    m.Annotation(),
    m.Import(),
    m.ImportFrom(),
    m.Expr(m.SimpleString()),
    m.Subscript(m.Name("Literal")),
)
_Found = tuple[cst.CSTNode, cst.CSTNode, str, tuple[int, int]]


def _walk(node: cst.CSTNode, spans: Any, place: str, lines: tuple[int, int], *, wording: bool) -> Iterator[_Found]:
    """Every node of code with what might stand in its place; not types, imports and docstrings."""
    if any(m.matches(node, each) for each in _NO_CODE):
        return
    if isinstance(node, cst.SimpleStatementLine):
        lines = spans[node].start.line, spans[node].end.line
    elif isinstance(node, cst.BaseCompoundStatement):
        # Its head alone: what stands in it has lines of its own.
        lines = spans[node].start.line, max(spans[node].start.line, spans[node.body].start.line - 1)
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        place = node.name.value if place == "(module)" else f"{place}.{node.name.value}"
    for new in _news(node, wording=wording):
        yield node, new, place, lines
    if isinstance(node, cst.If | cst.IfExp | cst.While) and not isinstance(node.test, cst.Comparison):
        inside = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.test, cst.UnaryOperation(cst.Not(), inside), place, lines
    wording = wording or isinstance(node, cst.Raise) or _words(node)
    for child in node.children:
        yield from _walk(child, spans, place, lines, wording=wording)


def _news(node: cst.CSTNode, *, wording: bool) -> Iterator[cst.CSTNode]:
    for kind, operator in _FROM_MUTMUT:
        if isinstance(node, kind):
            yield from operator(node)
    if isinstance(node, cst.SimpleString) and not wording:
        yield node.with_changes(value=f"{node.prefix}{node.quote}XX{node.raw_value}{node.quote}")
    if isinstance(node, cst.Call) and not wording and not _words(node):
        for i, argument in enumerate(node.args):
            # "big" is what `to_bytes` and `from_bytes` do without being told.
            if not m.matches(argument.value, m.SimpleString('"big"')):
                yield node.with_changes(args=[*node.args[:i], *node.args[i + 1 :]])
    if isinstance(node, cst.Raise) or m.matches(node, m.Expr(m.Call())):
        yield cst.Pass()
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        for i in range(len(node.decorators)):
            yield node.with_changes(decorators=[*node.decorators[:i], *node.decorators[i + 1 :]])


def _words(node: cst.CSTNode) -> bool:
    """Whether this is a call that words something."""
    return isinstance(node, cst.Call) and cst.Module([]).code_for_node(node.func).split(".")[0] in _WORDING


def _difference(code: str, source: str) -> tuple[str, str]:
    """The lines that differ, each side in one."""
    before, after = code.splitlines(), source.splitlines()
    most = min(len(before), len(after))
    top = next((i for i in range(most) if before[i] != after[i]), most)
    end = next((i for i in range(most - top) if before[-1 - i] != after[-1 - i]), most - top)
    old, new = (" ".join(line.strip() for line in part[top : len(part) - end]) for part in (before, after))
    return old, new
