"""Which of the two hosts is meant: the desk's, and the authenticator's own where the operator gives it one (R-75)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port


def are_two() -> bool:
    return bool(settings.PORTAL_AUTHENTICATOR_URL != settings.PORTAL_BASE_URL)


def is_authenticators(host: str) -> bool:
    """Whether this is the authenticator's own host, by what the header Host says.

    The port decides nothing: a proxy may leave it out, and cookies do not know it either.
    """
    if not are_two():
        return False
    name, _port = split_domain_port(host)
    return bool(name == urlsplit(settings.PORTAL_AUTHENTICATOR_URL).hostname)


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a page of another origin sends this to the authenticator, by what its browser says of it (R-72).

    A device that is no page says nothing, and has no cookies that could be misused. Source: W3C, Fetch Metadata.
    """
    # The desk may have another host of the same site: it is another origin all the same.
    if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    return headers.get("Origin", settings.PORTAL_AUTHENTICATOR_URL) != settings.PORTAL_AUTHENTICATOR_URL
