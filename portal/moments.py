"""Times in templates: those that programs read, and those with their zone, are written without a search for letters.

Django's own `date` and `now`, which a page asks up to twenty times, look for the letters of a format, its name in the
language, and whether an hour is there twice; it takes ten times as long as all that these have to say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaultfilters import date as written
from django.template.defaulttags import NowNode
from django.template.defaulttags import now as parsed
from django.utils import timezone

register = template.Library()


def _with_zone(local: datetime, *, begin: int, end: int) -> str:
    return f"{local.isoformat(' ')[begin:end]} {local.tzname()}"


_TIME, _MINUTE, _SECOND = (len(text) for text in ("2026-11-23 ", "2026-11-23 10:32", "2026-11-23 10:32:45"))
_FORMS: Final[dict[str, Callable[[datetime], str]]] = {
    "c": datetime.isoformat,
    "Y-m-d H:i T": partial(_with_zone, begin=0, end=_MINUTE),
    "Y-m-d H:i:s T": partial(_with_zone, begin=0, end=_SECOND),
    "H:i T": partial(_with_zone, begin=_TIME, end=_MINUTE),
    "H:i:s T": partial(_with_zone, begin=_TIME, end=_SECOND),
}


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> Any:
    """Django's. Of an hour that is there twice ours says which one it is, and not nothing."""
    form = _FORMS.get(arg or "")
    return form(value) if form and isinstance(value, datetime) and value.tzinfo else written(value, arg)


class _Now(NowNode):
    def render(self, context: Context) -> str:
        if self.format_string != "c" or self.asvar:
            return super().render(context)
        return timezone.localtime().isoformat()


@register.tag
def now(parser: Parser, token: Token) -> NowNode:
    node: NowNode = parsed(parser, token)
    return _Now(node.format_string, node.asvar)
