"""Sentences that are put together from pieces, found in the sources: other languages have another order of words."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

from tests.unit.test_words import ASKING

# --- Templates: what stands side by side in one line of text ---

_PIECE = re.compile(
    r"(?P<nothing>\{#.*?#\}|\{% comment.*?endcomment %\}|\{% (?:translate|include) [^%]* as \w+ %\})"
    r"|(?P<said>\{% blocktranslate.*?\{% endblocktranslate %\}|\{% translate [^%]*?%\})"
    r"|(?P<value>\{\{.*?\}\})"
    r"|(?P<control>\{% *(?P<command>\w+).*?%\})"
    r"|(?P<tag></?(?P<element>[a-zA-Z][\w-]*)(?:\{%.*?%\}|\{\{.*?\}\}|[^>{]|\{(?![%{]))*>|<!.*?>)"
    r"|(?P<text>[^<{]+|\{)",
    re.DOTALL,
)
# Elements that a line runs through, and those among them that look like a thing of their own.
_INLINE = {"a", "abbr", "b", "bdi", "code", "em", "i", "kbd", "mark", "small", "span", "strong", "time"}
_APART = re.compile(
    r'<(?P<element>a|span)\b[^>]*class="[^"]*\b(?:button|small|tag)\b[^>]*>(.*?)</(?P=element)>', re.DOTALL
)
# What a condition holds follows what stands before it; of two branches only one is there.
_TRANSPARENT = {"if", "endif", "with", "endwith"}
_WORDS = re.compile(
    r"\{% translate (?P<quote>[\"'])(.*?)(?P=quote)|\{% blocktranslate[^%]*%\}(.*?)\{% (?:plural|end)", re.DOTALL
)
_ENDED = re.compile(r"[.?!:…)]$")


@dataclass(frozen=True)
class Piece:
    kind: str
    source: str
    # The elements of the line that it stands in, by their number.
    inside: tuple[int, ...]

    @property
    def is_ended(self) -> bool:
        found = _WORDS.match(self.source)
        return bool(_ENDED.search((found[2] or found[3] if found else self.source).strip()))


def glued_in_template(source: str) -> list[str]:
    """Neighbours in a line of which one is translated and the first is no whole sentence."""
    return [
        f"{first.source} {second.source}"
        for part in (_APART.sub("<hr>", source), *(found[2] for found in _APART.finditer(source)))
        for first, second in chain.from_iterable(map(pairwise, _lines(part)))
        if "said" in (first.kind, second.kind) and not first.is_ended and not _are_apart(first, second)
    ]


def _are_apart(first: Piece, second: Piece) -> bool:
    """Each in an element of its own: a row of links, a term and what it says."""
    shared = min(len(first.inside), len(second.inside))
    return first.inside[:shared] != second.inside[:shared]


def _lines(source: str) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    inside: list[int] = []
    for found in _PIECE.finditer(source):
        kind = next(kind for kind in ("nothing", "said", "value", "control", "tag", "text") if found[kind])
        if kind == "nothing" or found["command"] in _TRANSPARENT or not found[0].strip():
            continue
        if kind in ("said", "value") or (kind == "text" and re.search(r"\w", found[0])):
            line.append(Piece(kind, " ".join(found[0].split()), tuple(inside)))
        elif kind == "tag" and found["element"] in _INLINE:
            inside = inside[:-1] if found[0].startswith("</") else [*inside, found.start()]
        else:
            yield line
            line = []
    yield line


# --- Python ---


def glued_in_python(tree: ast.AST) -> list[str]:
    """Translations that are added, joined, or set into a string of ours."""
    return [ast.unparse(node) for node in ast.walk(tree) if _is_glue(node)]


def _is_glue(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and (_is_said(node.left) or _is_said(node.right))
    if isinstance(node, ast.JoinedStr):
        return any(_is_said(each) for each in ast.walk(node))
    is_join = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join"
    return is_join and any(_is_said(each) for each in ast.walk(node))


def _is_said(node: ast.AST) -> bool:
    """A translation, or one with its places filled in."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod) and _is_said(node.left)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKING


# --- JavaScript ---

_COMMENT = re.compile(r"(?:^|(?<=\s))//[^\n]*|/\*.*?\*/", re.DOTALL)
_CALL = r"\b(?:say|sayCount)\((?:[^()]|\([^()]*\))*\)"
_GLUE = re.compile(rf"{_CALL} *\+|\+ *{_CALL}|\$\{{{_CALL}")


def glued_in_script(source: str) -> list[str]:
    return _GLUE.findall(without_comments(source))


def without_comments(source: str) -> str:
    return _COMMENT.sub("", source)
