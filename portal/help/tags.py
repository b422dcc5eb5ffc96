"""`{% help_for code %}`: a link to the section that helps with what is said just before it (portal/help/reasons.py)."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.help.reasons import AT_THE_AUTHENTICATOR, AT_THE_DESK, section

register = template.Library()


@register.simple_tag
def help_for(code: str | None) -> SafeString:
    """Nothing for what needs no article, such as a field that was left empty."""
    where = AT_THE_DESK.get(code or "")
    return format_html('<a href="{}">{}</a>', *section(where)) if where else SafeString("")


@register.simple_tag
def help_for_sentences() -> list[tuple[str, str, str]]:
    """For the authenticator, which also works without a network: name of a sentence, address and heading."""
    return [(name, *section(where)) for name, where in AT_THE_AUTHENTICATOR.items()]
