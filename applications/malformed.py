"""What can be nothing but malformed is refused before anybody counts it or makes sense of it.

What a browser says of a request it says of itself, and no page can change it. Source: W3C, Fetch Metadata.
"""

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


def is_out_of_sight(request: HttpRequest) -> bool:
    """Whether a page of another site has asked for it as a picture, a frame or in a script: nobody sees the answer."""
    says = request.headers
    shown = says.get("Sec-Fetch-Mode") == "navigate" and says.get("Sec-Fetch-Dest") == "document"
    return says.get("Sec-Fetch-Site") == "cross-site" and not shown


def is_of_a_page(request: HttpRequest) -> bool:
    """Whether a page of another origin asks, in some browser: for programs that is only right where staff say so."""
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
