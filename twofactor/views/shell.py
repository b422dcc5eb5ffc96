"""The shell of the authenticator: all that a phone keeps to open the page without a network, under one version."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import brotli  # type: ignore[import-untyped]
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from twofactor import hosts

_WORKER = "authenticator/shell/worker.js"
# What the page loads beside its two documents and its manifest.
_FILES = (
    "authenticator/shell/shell.css",
    "authenticator/shell/first.js",
    "authenticator/shell/later.js",
    "img/favicon.svg",
)


@dataclass(frozen=True)
class Document:
    """A part of the shell as it goes over the wire."""

    plain: bytes
    kind: str = "text/html; charset=utf-8"

    def answer(self, request: HttpRequest, **headers: str) -> HttpResponse:
        """SECURITY: compressed although it may come over TLS, because it is the same for everybody: it holds no secret,
        and nothing of the request comes back in it, which is what BREACH lives on.
        """
        accepted = request.headers.get("Accept-Encoding", "")
        how = next((how for how in _PACKERS if re.search(rf"\b{how}\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", accepted)), "")
        body = _packed(how, self.plain) if how else self.plain
        response = HttpResponse(body, content_type=self.kind, headers=headers)
        if how:
            response["Content-Encoding"] = how
        patch_vary_headers(response, ["Accept-Encoding"])
        return response


# The better one first.
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress,
    "gzip": lambda plain: gzip.compress(plain, mtime=0),
}


@lru_cache(maxsize=64)
def _packed(how: str, plain: bytes) -> bytes:
    return _PACKERS[how](plain)


@dataclass(frozen=True)
class Shell:
    """The documents by name and language, and the version: it changes with anything in it."""

    version: str
    documents: dict[tuple[str, str], Document]


def language_cookie() -> str:
    """The name of the cookie in which the page keeps its language; over https it is bound to this very host."""
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}authenticator-language"


def language_of(request: HttpRequest) -> str:
    """What the address names, else what was chosen in the page's settings, else what the rest of the portal speaks."""
    known = dict(settings.LANGUAGES)
    asked = (request.GET.get("language"), request.COOKIES.get(language_cookie()), translation.get_language())
    return next((language for language in asked if language in known), settings.LANGUAGE_CODE)


def rendered(name: str, language: str, **more: Any) -> str:
    """A page of the authenticator in a language."""
    with translation.override(language):
        # SECURITY: rendered without the request, so that nothing of a session or a person can get into it.
        return render_to_string(f"authenticator/{name}.html", {"language": language, **_names(), **more})


def _names() -> dict[str, Any]:
    return {
        "base_url": settings.PORTAL_BASE_URL,
        # Help is the desk's: from a host of its own, the authenticator leads over to it.
        "desk_url": settings.PORTAL_BASE_URL if hosts.are_two() else "",
        "language_cookie": language_cookie(),
        "portal_name": settings.PORTAL_NAME,
        "portal_key_name": settings.PORTAL_KEY_NAME,
        "demo": settings.PORTAL_DEMO,
        "push_key": settings.PORTAL_VAPID.public if settings.PORTAL_VAPID else "",
    }


def current() -> Shell:
    """The shell of this process. Made once: it depends on files that were collected, and on settings."""
    return _made(tuple(sorted(_names().items())), settings.STORAGES["staticfiles"]["BACKEND"])


@lru_cache(maxsize=4)
def _made(_names: object, _storage: object) -> Shell:
    languages = [code for code, _name in settings.LANGUAGES]
    drafts = [_documents(language, "") for language in languages]
    seen = hashlib.sha256()
    for text in [*(text for draft in drafts for text in draft.values()), _worker_code()]:
        seen.update(text.encode())
    version = seen.hexdigest()[:16]
    return Shell(
        version,
        {
            (name, language): Document(text.encode(), *(["application/manifest+json"] if name == "manifest" else []))
            for language in languages
            for name, text in _documents(language, version).items()
        },
    )


def _documents(language: str, version: str) -> dict[str, str]:
    """By name. The first picture twice: as it is where keys were held before, it says what has become of them."""
    pages = {
        "page": rendered("page", language, version=version),
        "page-marked": rendered("page", language, version=version, marked=True),
        "later": rendered("later", language, version=version),
    }
    return {name: _without_indents(html) for name, html in pages.items()} | {"manifest": manifest(language)}


def _without_indents(html: str) -> str:
    return "\n".join(line for line in map(str.strip, html.splitlines()) if line)


def manifest(language: str) -> str:
    """What makes the page an app (W3C, Web Application Manifest)."""
    with translation.override(language):
        text = gettext("Approves your sign-ins to %(portal)s, and computes responses without a network.")
    names = _names()

    def icon(name: str, sizes: str, kind: str, purpose: str) -> dict[str, str]:
        return {"src": static(f"img/authenticator/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}

    icons = [icon(f"{purpose}.svg", "any", "image/svg+xml", purpose) for purpose in ("any", "maskable", "monochrome")]
    icons += [
        icon(f"{purpose}-{size}.png", f"{size}x{size}", "image/png", purpose)
        for purpose in ("any", "maskable", "monochrome")
        for size in (192, 512)
    ]
    start = reverse("authenticator")
    return json.dumps(
        {
            "id": start,
            "start_url": start,
            # The address in the activation's QR belongs to the app too, so that a phone may open it there.
            "scope": reverse("activate-link"),
            "name": f"{names['portal_key_name']} - {names['portal_name']}",
            "short_name": names["portal_key_name"],
            "description": text % {"portal": names["portal_name"]},
            "lang": language,
            "display": "standalone",
            "orientation": "any",
            "theme_color": "#f6f8fa",
            "background_color": "#f6f8fa",
            "categories": ["security", "utilities"],
            "launch_handler": {"client_mode": ["navigate-existing", "auto"]},
            "icons": icons,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def worker() -> Document:
    """The service worker's script: what it keeps, and the code. Raises Http404 before the files are collected."""
    code = _worker_code()
    if not code:
        raise Http404
    shell = {
        "version": current().version,
        "languages": [code for code, _name in settings.LANGUAGES],
        "page": reverse("authenticator"),
        "screens": reverse("authenticator-screens"),
        "manifest": reverse("authenticator-manifest"),
        "files": [static(name) for name in _FILES],
        "assets": settings.STATIC_URL,
    }
    return Document(f"self.SHELL = {json.dumps(shell)};\n{code}".encode(), "text/javascript; charset=utf-8")


@lru_cache(maxsize=1)
def _collected_worker(name: str) -> str:
    with staticfiles_storage.open(name) as file:
        return str(file.read(), "utf-8")


def _worker_code() -> str:
    """The joined worker as it was when this process began; empty where no files have been collected."""
    if not isinstance(staticfiles_storage, ManifestStaticFilesStorage):
        return ""
    return _collected_worker(staticfiles_storage.stored_name(_WORKER))
