"""A small web application that signs people in through the portal: who they are, how strongly, stronger, and out again.

    ISSUER=https://portal.example CLIENT_ID=... CLIENT_SECRET=... python examples/web.py

Standards: OpenID Connect Core 1.0 with PKCE (RFC 7636) and `iss` (RFC 9207), RP-Initiated Logout 1.0.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from html import escape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ISSUER, ITSELF = os.environ["ISSUER"], (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
PORT = int(os.environ.get("EXAMPLE_PORT", "8400"))
HOME = f"http://127.0.0.1:{PORT}/"
PORTAL = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
# By the cookie of a browser: what it has begun, or who is signed in there. It all ends with this process.
VISITORS: dict[str, dict[str, Any]] = {}

Page = tuple[str, list[tuple[str, str]], str]


def home(visitor: dict[str, Any], _asked: dict[str, str]) -> Page:
    claims = visitor.get("claims")
    if claims is None:
        return page("<p>You are not signed in here.</p>", sign_in="Sign in")
    if not still_in(visitor):
        visitor.clear()
        return page("<p>Your sign-in at the portal has ended, and so you are signed out here.</p>", sign_in="Sign in")
    strength = f"<p>Level: <b>{escape(claims['acr'])}</b>, by {escape(' '.join(claims['amr']))}</p>"
    who = f"<p>Signed in as <b>{escape(claims['name'])}</b></p>{strength}"
    return page(who, **{"sign_in?acr=key": "Sign in with the key of your phone"}, sign_out="Sign out")


def sign_in(visitor: dict[str, Any], asked: dict[str, str]) -> Page:
    """Off to the portal. `acr`: not weaker than this level, or the portal asks for more."""
    visitor["verifier"], visitor["nonce"] = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    wishes = {"acr_values": asked["acr"]} if "acr" in asked else {}
    url, visitor["state"] = client().create_authorization_url(
        PORTAL["authorization_endpoint"], code_verifier=visitor["verifier"], nonce=visitor["nonce"], **wishes
    )
    return to(url)


def back(visitor: dict[str, Any], asked: dict[str, str]) -> Page:
    """Back from the portal, with a code or with the reason why there is none."""
    if not visitor.get("state") or asked.get("state") != visitor.pop("state") or asked.get("iss") != ISSUER:
        return page("<p>This answer belongs to nothing that began in this browser.</p>", status="400 Bad Request")
    if "error" in asked:
        return page(f"<p>The portal says no: {escape(asked['error'])}</p>", sign_in="Try again")
    verifier = visitor.pop("verifier")
    try:
        tokens = client().fetch_token(PORTAL["token_endpoint"], code=asked["code"], code_verifier=verifier)
        visitor["claims"] = read(tokens["id_token"], visitor.pop("nonce"))
    except (OAuthError, JoseError) as problem:
        return page(f"<p>The answer does not hold: {escape(str(problem))}</p>", status="400 Bad Request")
    visitor["tokens"] = tokens
    return to(HOME)


def still_in(visitor: dict[str, Any]) -> bool:
    """Ask the portal before each page: whoever signs out there, or takes back what we may know, is out here too."""
    renewed = {"token_endpoint": PORTAL["token_endpoint"], "update_token": lambda new, **_: visitor.update(tokens=new)}
    try:
        return bool(OAuth2Session(*ITSELF, token=visitor["tokens"], **renewed).get(PORTAL["userinfo_endpoint"]).ok)
    except OAuthError:
        return False


def read(id_token: str, nonce: str) -> dict[str, Any]:
    """What the portal has signed, for us and for this very sign-in. Raises JoseError."""
    keys = KeySet.import_key_set(requests.get(PORTAL["jwks_uri"], timeout=10).json())
    claims = jwt.decode(id_token, keys, algorithms=["RS256"]).claims
    must = {"iss": ISSUER, "aud": ITSELF[0], "nonce": nonce}
    needed = {name: {"essential": True, "value": value} for name, value in must.items()}
    jwt.JWTClaimsRegistry(**needed, exp={"essential": True}).validate(claims)
    return dict(claims)


def sign_out(visitor: dict[str, Any], _asked: dict[str, str]) -> Page:
    """Out here. The portal asks whether there, too."""
    hint = visitor.get("tokens", {}).get("id_token", "")
    visitor.clear()
    return to(
        f"{PORTAL['end_session_endpoint']}?{urlencode({'id_token_hint': hint, 'post_logout_redirect_uri': HOME})}"
    )


def client() -> OAuth2Session:
    return OAuth2Session(*ITSELF, scope="openid profile", redirect_uri=f"{HOME}back", code_challenge_method="S256")


def page(words: str, status: str = "200 OK", **ways: str) -> Page:
    links = "".join(f'<p><a href="/{where}">{escape(name)}</a></p>' for where, name in ways.items())
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Example Web</title>'
    head += "<style>body { font: 1.1rem/1.5 system-ui; margin: 4rem auto; max-width: 30rem; padding: 0 1rem }</style>"
    return status, [("Content-Type", "text/html; charset=utf-8")], f"{head}<h1>Example Web</h1>{words}{links}"


def to(url: str) -> Page:
    return "302 Found", [("Location", url)], ""


PAGES: dict[str, Callable[[dict[str, Any], dict[str, str]], Page]] = {
    "/": home,
    "/sign_in": sign_in,
    "/back": back,
    "/sign_out": sign_out,
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("visitor")
    visitor = VISITORS.get(found.value) if found else None
    asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    view, cookies = PAGES.get(environ["PATH_INFO"]), []
    if visitor is None:
        name = secrets.token_urlsafe(32)
        visitor = VISITORS[name] = {}
        cookies = [("Set-Cookie", f"visitor={name}; HttpOnly; SameSite=Lax; Path=/")]
    status, headers, body = view(visitor, asked) if view else page("<p>There is no such page.</p>", "404 Not Found")
    start_response(status, [*headers, *cookies])
    return [body.encode()]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """SECURITY: codes stand in the addresses."""


if __name__ == "__main__":
    with make_server("127.0.0.1", PORT, application, handler_class=Quiet) as server, suppress(KeyboardInterrupt):
        print(f"Open {HOME}", flush=True)
        server.serve_forever()
