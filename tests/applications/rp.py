"""A relying party made of Authlib alone: it knows the portal's address, and reads all else in its discovery."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from django.test import Client

from applications.models import Application
from tests.factories import host

BACK = "https://trading.example/back"
FORM = "application/x-www-form-urlencoded"


def registered(name: str = "Trading Web", **fields: Any) -> Application:
    """An application as staff write it down. Its secret is in `secret`, as they are shown it once."""
    secret = secrets.token_urlsafe(32)
    given = {"client_type": "confidential", "redirect_uris": BACK, "skip_authorization": True, **fields}
    made = Application.objects.create(name=name, client_secret=secret, **given)
    made.secret = secret
    return made


class Wire(httpx.BaseTransport):
    """The application's own servers speak straight into this process, from an address of their own."""

    def __init__(self) -> None:
        self.client = Client(headers={"host": host()}, REMOTE_ADDR="203.0.113.80")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        wanted = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        kind = wanted.pop("content-type", "application/octet-stream")
        answer = self.client.generic(
            request.method, request.url.raw_path.decode(), request.content, content_type=kind, headers=wanted
        )
        return httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)


class Party:
    def __init__(self, application: Application, method: str = "") -> None:
        self.application = application
        self.redirect_uri = application.redirect_uris.split()[0]
        self.web = httpx.Client(transport=Wire(), base_url=settings.PORTAL_BASE_URL)
        self.knows = self.web.get("/.well-known/openid-configuration").json()
        self.client = self._client(method)
        self.verifier = self.state = self.nonce = ""

    def _client(self, method: str) -> OAuth2Client:
        public = self.application.client_type == "public"
        return OAuth2Client(
            self.application.client_id,
            None if public else self.application.secret,
            token_endpoint_auth_method=method or ("none" if public else "client_secret_basic"),
            code_challenge_method="S256",
            scope="openid profile email",
            redirect_uri=self.redirect_uri,
            transport=Wire(),
        )

    def address(self, **more: Any) -> str:
        """Where it sends its person's browser: a path of ours with its request."""
        self.verifier, self.nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        url, self.state = self.client.create_authorization_url(
            self.knows["authorization_endpoint"], code_verifier=self.verifier, nonce=self.nonce, **more
        )
        return url.removeprefix(settings.PORTAL_BASE_URL)

    def tokens(self, back: str, **more: Any) -> dict[str, Any]:
        """What it is given for what the browser brought back. Raises Authlib's errors."""
        return self.client.fetch_token(
            self.knows["token_endpoint"],
            authorization_response=back,
            state=self.state,
            code_verifier=self.verifier,
            **more,
        )

    def told(self, tokens: dict[str, Any], *, leeway: float = 1, **options: Any) -> CodeIDToken:
        """The claims of the ID token, verified as Authlib does. Raises its errors."""
        keys = JsonWebKey.import_key_set(self.web.get(self.knows["jwks_uri"]).json())
        must = {"iss": {"essential": True, "value": self.knows["issuer"]}, "aud": {"value": self.application.client_id}}
        params = {"nonce": self.nonce, "client_id": self.application.client_id, **options}
        claims = jwt.decode(tokens["id_token"], keys, CodeIDToken, must, params)
        claims.validate(leeway=int(leeway))
        return claims

    def person(self, tokens: dict[str, Any]) -> httpx.Response:
        """What it learns with an access token."""
        given = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self.web.get(self.knows["userinfo_endpoint"], headers=given)

    def refresh(self, tokens: dict[str, Any]) -> dict[str, Any]:
        return self.client.refresh_token(self.knows["token_endpoint"], refresh_token=tokens["refresh_token"])

    def ask_again(self, tokens: dict[str, Any]) -> httpx.Response:
        """The same, with the answer as it comes."""
        given = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        secret = getattr(self.application, "secret", "")
        return self.web.post(self.knows["token_endpoint"], data=given, auth=(self.application.client_id, secret))

    def enter(self, browser: Client, **more: Any) -> dict[str, Any]:
        """The whole road for somebody who is signed in already."""
        return self.tokens(went(browser.get(self.address(**more))))


def changed(address, **fields):
    """The same request with some of it other; None: without it."""
    for name, value in fields.items():
        address = re.sub(rf"&?\b{name}=[^&]*", "", address)
        if value is not None:
            address += f"&{name}={value}"
    return address.replace("?&", "?")


def went(answer: Any) -> str:
    """Where a browser goes from here: by a redirect, or by our page that begins anew."""
    if answer.status_code in (301, 302, 303, 307, 308):
        return str(answer["Location"])
    assert answer.status_code == 200, answer.status_code
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]*)">', answer.content.decode())
    assert found, answer.content.decode()
    return html.unescape(found[1])


def said(address: str) -> dict[str, str]:
    """What the browser carries in an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
