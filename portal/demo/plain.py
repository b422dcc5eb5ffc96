"""The page on plain http that leads a phone to the portal: what is missing, the certificate, how to trust it.

It is served by itself, and knows nothing of the portal but its address: no cookie, form or session crosses plain http.
"""

import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from accounts.browser import named
from portal.demo.authority import Authority
from portal.demo.network import Network

CERTIFICATE = "/portal-demo.crt"
# RFC 2585 says application/pkix-cert; phones offer to install what comes as this.
_CERTIFICATE_TYPE = "application/x-x509-ca-cert"
_STYLES = tuple(f"css/{name}.css" for name in ("tokens", "reset", "base", "layout", "parts", "lists", "platforms"))
_PLATFORMS = {"Android": "android", "iOS": "ios"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "portal",
}


@dataclass(frozen=True)
class Answer:
    body: bytes
    type: str


class Lead(Resource):
    """Every address gives the page, but for those of the certificate and of the page's own files."""

    isLeaf = True

    def __init__(self, network: Network, authority: Authority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._about = {
            "portal_name": settings.PORTAL_NAME,
            "portal_key_name": settings.PORTAL_KEY_NAME,
            "base_url": network.base_url,
            "is_named": network.is_named,
            "fingerprint": authority.fingerprint.replace(":", " "),
            "title": authority.title,
            "certificate": CERTIFICATE,
            "styles": _STYLES,
        }
        self._files = {CERTIFICATE: Answer(authority.der, _CERTIFICATE_TYPE)}
        for name in (*_STYLES, "img/favicon.svg"):
            self._files[staticfiles_storage.url(name)] = _read(name)

    def render_GET(self, request: Request) -> bytes:
        path = request.path.decode("latin-1")
        answer = self._files.get(path) or self._page(request)
        for name, value in {**_HEADERS, "Content-Type": answer.type}.items():
            request.responseHeaders.setRawHeaders(name, [value])
        return answer.body

    def _page(self, request: Request) -> Answer:
        language = _language(request.getHeader("accept-language") or "")
        platform = _PLATFORMS.get(named(request.getHeader("user-agent") or "")[1], "desktop")
        with translation.override(language):
            html = render_to_string("demo/lan.html", {**self._about, "language": language, "platform": platform})
        return Answer(html.encode(), "text/html; charset=utf-8")


def site(network: Network, authority: Authority) -> Any:
    """What listens on the plain port. Needs the collected static files."""
    made = Site(Lead(network, authority))  # type: ignore[no-untyped-call]
    made.noisy = False
    return made


def _read(name: str) -> Answer:
    path = Path(staticfiles_storage.path(re.sub("^/static/", "", staticfiles_storage.url(name))))
    return Answer(path.read_bytes(), mimetypes.guess_type(name)[0] or "application/octet-stream")


def _language(accepted: str) -> str:
    """The first of the portal's languages that the browser asks for."""
    for code, _weight in parse_accept_lang_header(accepted.lower()):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)
