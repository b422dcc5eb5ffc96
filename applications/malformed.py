"""What can be nothing but malformed is refused before anybody makes sense of it: by us, the library or the database."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

_FORM = "application/x-www-form-urlencoded"


def is_text(given: QueryDict) -> bool:
    """Whether a database could take all of it. PostgreSQL's text has no NUL, SQLite's has."""
    return not any("\0" in part for name, values in given.lists() for part in (name, *values))


def is_form(request: HttpRequest) -> bool:
    """One that stands in the body, in the one encoding that forms have (WHATWG URL, section 5).

    Raises BadRequest, SuspiciousOperation.
    """
    return request.content_type == _FORM and is_text(request.POST)


def is_for_programs(request: HttpRequest) -> bool:
    """SECURITY: nothing is read from the address, which stands in logs. Raises BadRequest, SuspiciousOperation."""
    if request.META.get("QUERY_STRING"):
        return False
    return request.content_type != "multipart/form-data" and is_text(request.POST)
