"""What an application asks for when it sends a person here: read once, judged before anybody is asked anything."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import QueryDict
from django.utils.http import urlencode
from oauth2_provider.settings import oauth2_settings
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from applications import malformed
from applications.models import Application, SigningKey

PROMPTS: Final = ("none", "login", "consent", "select_account")
# What we judge ourselves: the library would do it by what it has, which is another session than ours.
_OURS: Final = (
    *("prompt", "max_age", "id_token_hint", "login_hint", "acr_values", "claims", "response_mode", "ui_locales"),
)
# SECURITY: what the library reads, and nothing else: it keeps its own notes under names like these, beside them.
_ITS_OWN: Final = frozenset(
    {"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}
)
# OpenID Connect Core 1.0, section 6: whoever cannot read these must say so.
_REFUSED: Final = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}
# RFC 7636, section 4.2: a SHA-256 in base64url.
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST: Final = 4096
# What the library's own column takes.
_NONCE_LONGEST: Final = 255


class Wrong(Exception):
    """SECURITY: nobody is led anywhere: it is not sure that who asks is an application of ours (RFC 6749, 4.1.2.1)."""


class Refused(Exception):
    """The application is told why not, at its own registered address."""

    def __init__(self, redirect_uri: str, error: str, *, state: str = "", description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.url = answer(redirect_uri, error=error, error_description=description, state=state)


@dataclass(frozen=True)
class Wish:
    """`essential`: without that level the application wants no answer at all (OpenID Connect Core, section 5.5.1.1)."""

    application: Application
    query: str
    scopes: list[str]
    credentials: dict[str, Any] = field(repr=False)
    prompt: frozenset[str] = frozenset()
    max_age: timedelta | None = None
    acr: tuple[str, ...] = ()
    essential: bool = False
    login_hint: str = ""
    # Whom the application knows already, as it was told in an ID token: the `sub` of it.
    subject: str = ""
    # What it speaks with its person, the best first.
    languages: tuple[str, ...] = ()

    @property
    def redirect_uri(self) -> str:
        return str(self.credentials["redirect_uri"])

    @property
    def is_silent(self) -> bool:
        return "none" in self.prompt

    @property
    def is_of_anybody_here(self) -> bool:
        """SECURITY: any program on the person's machine can ask in this one's name, and hear the answer at its port.

        So the person is asked each time (RFC 8252, section 8.6; RFC 6749, section 10.2).
        """
        is_public = self.application.client_type == Application.CLIENT_PUBLIC
        return is_public and urlsplit(self.redirect_uri).scheme == "http"

    def refused(self, error: str, description: str = "") -> Refused:
        state = self.credentials.get("state") or ""
        return Refused(self.redirect_uri, error, state=state, description=description)


def answer(redirect_uri: str, **values: str) -> str:
    """Where the browser goes with the answer. `iss` says whose it is: who knows several providers mixes none up

    (RFC 9207).
    """
    parts = urlsplit(redirect_uri)
    said = urlencode({name: value for name, value in values.items() if value} | {"iss": settings.PORTAL_BASE_URL})
    return urlunsplit(parts._replace(query=f"{parts.query}&{said}" if parts.query else said))


def plain(query: str) -> str:
    """What the library is to read of it."""
    given = QueryDict(query, mutable=True)
    for name in given.keys() - _ITS_OWN:
        del given[name]
    return given.urlencode()


@cache
def server() -> Any:
    """The library's endpoints in one object, with our validator."""
    return oauth2_settings.OAUTH2_SERVER_CLASS(
        oauth2_settings.OAUTH2_VALIDATOR_CLASS(), **oauth2_settings.server_kwargs
    )


def read(query: str) -> Wish:
    """The request as it came in the address. Raises Wrong, Refused."""
    given = QueryDict(query) if len(query) <= LONGEST else None
    if given is None or not malformed.is_text(given):
        raise Wrong
    try:
        scopes, credentials = server().validate_authorization_request(f"/?{plain(query)}", "GET", "", {})
    except FatalClientError as wrong:
        raise Wrong from wrong
    except OAuth2Error as error:
        if not error.redirect_uri:
            raise Wrong from error
        description = error.description or ""
        raise Refused(
            error.redirect_uri, error.error or "", state=error.state or "", description=description
        ) from error
    except ValueError as wrong:
        # What is no form at all.
        raise Wrong from wrong
    wish = Wish(credentials["request"].client, query, list(dict.fromkeys(scopes)), credentials)
    _check(wish, given)
    return _with_ours(wish, given)


def _check(wish: Wish, given: QueryDict) -> None:
    for name, error in _REFUSED.items():
        if name in given:
            raise wish.refused(error)
    if any(len(given.getlist(name)) > 1 for name in _OURS):
        raise wish.refused("invalid_request", "A parameter stands there twice.")
    if given.get("response_mode", "query") != "query":
        raise wish.refused("invalid_request", "The answer comes in the query.")
    if wish.credentials.get("code_challenge_method") != "S256":
        raise wish.refused("invalid_request", "PKCE with S256 is asked for.")
    if not _CHALLENGE.fullmatch(wish.credentials.get("code_challenge") or ""):
        raise wish.refused("invalid_request", "The code_challenge is no SHA-256 in base64url.")
    if len(wish.credentials.get("nonce") or "") > _NONCE_LONGEST:
        raise wish.refused("invalid_request", f"A nonce has at most {_NONCE_LONGEST} characters.")


def _with_ours(wish: Wish, given: QueryDict) -> Wish:
    prompt = frozenset(given.get("prompt", "").split())
    if not prompt <= set(PROMPTS) or ("none" in prompt and len(prompt) > 1):
        raise wish.refused("invalid_request", "This prompt means nothing.")
    max_age = given.get("max_age", "")
    if max_age and not (max_age.isascii() and max_age.isdigit() and len(max_age) < 10):
        raise wish.refused("invalid_request", "max_age is a number of seconds.")
    acr, essential = _levels(wish, given)
    hint = given.get("id_token_hint", "")
    return Wish(
        wish.application,
        wish.query,
        wish.scopes,
        wish.credentials,
        prompt,
        timedelta(seconds=int(max_age)) if max_age else None,
        acr,
        essential,
        given.get("login_hint", "")[:64],
        _subject(wish, hint) if hint else "",
        tuple(given.get("ui_locales", "").split()),
    )


def _levels(wish: Wish, given: QueryDict) -> tuple[tuple[str, ...], bool]:
    """The levels asked for, in the order in which they are liked."""
    if "claims" not in given:
        return tuple(given.get("acr_values", "").split()), False
    try:
        claims = json.loads(given.get("claims", ""))
        asked = (claims.get("id_token") or {}).get("acr") or {}
        values = asked.get("values") or [asked["value"]] if asked.get("value") or asked.get("values") else []
        essential = asked.get("essential") is True
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        raise wish.refused("invalid_request", "The claims cannot be read.") from None
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise wish.refused("invalid_request", "The levels are a list of names.")
    levels = tuple(values) or tuple(given.get("acr_values", "").split())
    return levels, essential and bool(levels)


def _subject(wish: Wish, hint: str) -> str:
    """Its time may be over: it only says who is expected (OpenID Connect Core, section 3.1.2.1)."""
    claims = SigningKey.verified(hint)
    if (
        claims is None
        or claims.get("iss") != settings.PORTAL_BASE_URL
        or claims.get("aud") != wish.application.client_id
        or not claims.get("sub")
    ):
        raise wish.refused("invalid_request", "The id_token_hint is not ours, or not yours.")
    return str(claims["sub"])
