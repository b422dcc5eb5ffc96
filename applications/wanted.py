"""What an application may write when it asks for an approval: read, bounded and cleaned, or refused with the field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from accounts import text
from applications import policy

_FIELDS = frozenset({"person", "title", "facts", "lang", "expires_in", "people", "idempotency_key"})
_PAIR = 2


class Wrong(Exception):
    """One field is not as it must be."""

    def __init__(self, field: str, description: str) -> None:
        super().__init__(field)
        self.field = field
        self.description = description


@dataclass(frozen=True)
class Wanted:
    """What is asked, as people will read it. `person` is a name, or `account:` and the name of a joint account."""

    person: str
    title: str
    facts: list[list[str]]
    lang: str
    life: timedelta
    people: int
    idempotency_key: str | None


def read(body: bytes) -> Wanted:
    """Raises Wrong. SECURITY: what is too long is refused and never cut, or another amount would be approved."""
    given = _object(body)
    if unknown := given.keys() - _FIELDS:
        raise Wrong(min(unknown), "There is no such field.")
    return Wanted(
        person=_text(given, "person", policy.HINT_LONGEST),
        title=_text(given, "title", policy.TITLE_LONGEST),
        facts=_facts(given.get("facts")),
        lang=_lang(given.get("lang", settings.LANGUAGE_CODE)),
        life=timedelta(seconds=_number(given, "expires_in", _LIFE, _SHORTEST, _LONGEST)),
        people=_number(given, "people", 1, 1, 2),
        idempotency_key=_text(given, "idempotency_key", policy.IDEMPOTENCY_LONGEST)
        if "idempotency_key" in given
        else None,
    )


_LIFE, _SHORTEST, _LONGEST = (
    int(life.total_seconds()) for life in (policy.ACTION_LIFE, policy.ACTION_LIFE_SHORTEST, policy.ACTION_LIFE_LONGEST)
)


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > policy.ACTION_BODY_LONGEST:
        raise Wrong("", f"At most {policy.ACTION_BODY_LONGEST} bytes.")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Wrong("", "A JSON object is required.")
    return given


def _text(given: dict[str, Any], field: str, longest: int) -> str:
    return _line(given.get(field), field, longest)


def _line(value: Any, field: str, longest: int) -> str:
    """One line without what no eye sees. SECURITY: no sign in it may turn or hide the words around it (R-74)."""
    if not isinstance(value, str):
        raise Wrong(field, "Text is required.")
    clean = text.line(value, longest + 1)
    if not clean or len(clean) > longest:
        raise Wrong(field, f"Between 1 and {longest} characters that can be seen.")
    return clean


def _facts(given: Any) -> list[list[str]]:
    if not isinstance(given, list) or not 0 < len(given) <= policy.FACTS_MOST:
        raise Wrong("facts", f"A list of 1 to {policy.FACTS_MOST} pairs is required.")
    found = []
    for pair in given:
        if not isinstance(pair, list) or len(pair) != _PAIR:
            raise Wrong("facts", "Each fact is a pair: a label and a value.")
        label = _line(pair[0], "facts", policy.LABEL_LONGEST)
        if label.casefold() in _own_labels():
            raise Wrong("facts", f"“{label}” is what the portal calls a line of its own.")
        found.append([label, _line(pair[1], "facts", policy.VALUE_LONGEST)])
    return found


@cache
def _own_labels() -> frozenset[str]:
    """SECURITY: what the portal itself says of an action stands under these, and nobody else may say it there."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {gettext("Joint account").casefold(), gettext("Time").casefold()}
    return frozenset(found)


def _lang(given: Any) -> str:
    known = {code.lower(): code for code, _name in settings.LANGUAGES}
    if not isinstance(given, str) or given.lower() not in known:
        raise Wrong("lang", f"One of {', '.join(known.values())}.")
    return known[given.lower()]


def _number(given: dict[str, Any], field: str, default: int, least: int, most: int) -> int:
    value = given.get(field, default)
    if type(value) is not int or not least <= value <= most:
        raise Wrong(field, f"A whole number from {least} to {most}.")
    return value
