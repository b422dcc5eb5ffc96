"""What a template says on every page is settled when it is read: words that never change are put together once.

Django asks for each translated word on each page, and writes each piece between them. Here a run of such pieces is one,
kept for each language in which it has been said; there are as many as there are languages. Blocks that nobody fills
anew and that keep nothing under a name are gone through without a context of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.template import Context, Template
from django.template.base import FilterExpression, Node, NodeList, TextNode, TokenType, VariableNode
from django.template.defaulttags import CsrfTokenNode, ForNode, IfNode, LoadNode, NowNode, URLNode, WithNode
from django.template.library import SimpleNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockNode, IncludeNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# What keeps nothing for what comes behind it, whatever it is given.
_QUIET = (TextNode, VariableNode, CsrfTokenNode, LoadNode, IncludeNode, IfNode, ForNode, WithNode, BlockNode)
# What may: `... as name`.
_NAMING = {
    TranslateNode: "asvar",
    BlockTranslateNode: "asvar",
    URLNode: "asvar",
    NowNode: "asvar",
    SimpleNode: "target_var",
}


class _Settling(base.Loader):
    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        settle(template.nodelist)
        return template


class Loader(cached.Loader, _Settling):
    """Django's, which keeps what it has read: settled, before anybody else sees it."""


class Said(Node):
    """A run of pieces that says the same on each page of a language."""

    child_nodelists = ("parts",)

    def __init__(self, parts: list[Node]) -> None:
        self.parts = NodeList(parts)
        self._said: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        said = self._said.get(language)
        if said is None:
            said = self._said[language] = self.parts.render(context)
        return said


class QuietBlock(BlockNode):
    """A block that keeps nothing: where nobody has filled it anew it is what stands in it."""

    def render(self, context: Context) -> SafeString:
        if BLOCK_CONTEXT_KEY in context.render_context:
            return super().render(context)
        return self.nodelist.render(context)


def settle(nodes: NodeList) -> None:
    """Put together what these and those inside of them say on every page."""
    for node in nodes:
        for inside in _inside(node):
            settle(inside)
    heard = [_quiet(node) for node in nodes if not isinstance(node, LoadNode)]
    nodes[:] = [each for is_settled, run in groupby(heard, _is_settled) for each in _run(is_settled, list(run))]


def _run(is_settled: bool, nodes: list[Node]) -> list[Node]:
    if not is_settled:
        return nodes
    texts = [node.s for node in nodes if isinstance(node, TextNode)]
    return [TextNode("".join(texts)) if len(texts) == len(nodes) else Said(nodes)]


def _inside(node: Node) -> Iterator[NodeList]:
    """The lists that a node goes through, those of each branch of an `if` among them."""
    for value in vars(node).values():
        if isinstance(value, NodeList):
            yield value
    for _condition, nodes in getattr(node, "conditions_nodelists", ()):
        yield nodes


def _quiet(node: Node) -> Node:
    if type(node) is not BlockNode or not all(_keeps_nothing(each) for each in node.nodelist):
        return node
    quiet = QuietBlock(node.name, node.nodelist, node.parent)
    quiet.token, quiet.origin = node.token, node.origin
    return quiet


def _keeps_nothing(node: Node) -> bool:
    naming = next((name for kind, name in _NAMING.items() if isinstance(node, kind)), None)
    if naming is not None:
        return getattr(node, naming) is None
    return isinstance(node, (*_QUIET, Said)) and all(_keeps_nothing(each) for nodes in _inside(node) for each in nodes)


def _is_settled(node: Node) -> bool:
    """Whether this says the same on each page of a language."""
    if isinstance(node, TranslateNode):
        return node.asvar is None and _is_literal(node.filter_expression) and _is_literal(node.message_context)
    if isinstance(node, BlockTranslateNode):
        plain = node.asvar is None and not node.extra_context and not node.plural
        return plain and _is_literal(node.message_context) and not any(_is_variable(each) for each in node.singular)
    return isinstance(node, TextNode)


def _is_literal(given: FilterExpression | None) -> bool:
    if given is None:
        return True
    return not given.filters and (not given.is_var or given.var.literal is not None)


def _is_variable(token: Any) -> bool:
    return bool(token.token_type == TokenType.VAR)
