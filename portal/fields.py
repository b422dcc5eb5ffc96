"""How forms are written: by templates, but for what nearly all of them consist of.

That is a plain input, which is three templates of Django's for one tag, and a field with a label and nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html

_PLAIN = frozenset(f"django/forms/widgets/{kind}.html" for kind in ("text", "password", "hidden", "email", "number"))


class Fields(TemplatesSetting):
    """Django's renderer for the templates of the settings."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name in _PLAIN:
            return _tag(context["widget"])
        if template_name == self.field_template_name and _says_nothing(context["field"]):
            return _field(context["field"])
        return super().render(template_name, context, request)


def _says_nothing(field: BoundField) -> bool:
    return not (field.use_fieldset or field.help_text or field.errors)


def _field(field: BoundField) -> str:
    """What `templates/django/forms/field.html` says of it."""
    words = '<div class="field">\n<label for="{}">{}</label>\n{}\n</div>'
    return format_html(words, field.id_for_label, field.label, field)


def _tag(widget: Mapping[str, Any]) -> str:
    """What `django/forms/widgets/input.html` says. SECURITY: whatever was typed is escaped."""
    given = {} if widget["value"] is None else {"value": str(widget["value"])}
    said = {"type": widget["type"], "name": widget["name"], **given, **widget["attrs"]}
    words = (
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in said.items()
        if value is not False
    )
    return f"<input{''.join(words)}>"
