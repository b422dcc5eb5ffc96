"""A call centre that has its caller prove by their phone who they are: no page, no code, no password over the line.

    ISSUER=https://portal.example CLIENT_ID=... CLIENT_SECRET=... python examples/backchannel.py USERNAME [--ping]

Standard: OpenID Connect Client-Initiated Backchannel Authentication 1.0, by poll, or by ping to a listener of its own.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER, ITSELF = os.environ["ISSUER"], (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
PORT = int(os.environ.get("EXAMPLE_PORT", "8401"))
GRANT = "urn:openid:params:grant-type:ciba"
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"


def main() -> int:
    names = [given for given in sys.argv[1:] if not given.startswith("--")]
    portal = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
    with Told(("127.0.0.1", PORT)) as listener:
        try:
            claims = ask(portal, names[0] if names else "mara", listener if "--ping" in sys.argv else None)
        except OAuthError as refused:
            print(f"Nobody is on the line whom we know: {refused.error}.")
            return 1
    print(f"On the line is {claims['name']} (acr {claims['acr']}, amr {' '.join(claims['amr'])}).", flush=True)
    return 0


def ask(portal: dict[str, Any], username: str, listener: Told | None) -> dict[str, Any]:
    """Have the phone ask, and wait. Raises OAuthError."""
    # What the person at the desk says and the phone shows: so the caller knows that it is about this very call.
    message = "".join(secrets.choice(ALPHABET) for _ in range(4))
    wishes = {"scope": "openid profile", "login_hint": username, "binding_message": message}
    if listener is not None:
        wishes["client_notification_token"] = listener.token
    answer = requests.post(portal["backchannel_authentication_endpoint"], data=wishes, auth=ITSELF, timeout=10)
    begun = answer.json()
    if "error" in begun:
        raise OAuthError(begun["error"], begun.get("error_description"))
    print(f"Say to the caller: your phone shows {message}", flush=True)
    tokens = fetch(portal, begun, listener)
    keys = KeySet.import_key_set(requests.get(portal["jwks_uri"], timeout=10).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    must = {"iss": ISSUER, "aud": ITSELF[0]}
    needed = {name: {"essential": True, "value": value} for name, value in must.items()}
    jwt.JWTClaimsRegistry(**needed, exp={"essential": True}).validate(claims)
    return dict(claims)


def fetch(portal: dict[str, Any], begun: dict[str, Any], listener: Told | None) -> dict[str, Any]:
    """Section 10: told, ask once; not told, ask again and again, and more slowly when told to."""
    client, interval = OAuth2Session(*ITSELF), begun.get("interval", 5)
    while True:
        if listener is None or not listener.wait(begun["auth_req_id"], begun["expires_in"]):
            time.sleep(interval)
        try:
            url, name = portal["token_endpoint"], begun["auth_req_id"]
            return dict(client.fetch_token(url, grant_type=GRANT, auth_req_id=name))
        except OAuthError as refused:
            if refused.error == "slow_down":
                interval += 5
            elif refused.error != "authorization_pending":
                raise


class Told(HTTPServer):
    """Where the portal says that there is an answer (section 10.2)."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Listener)
        self.token = secrets.token_urlsafe(32)
        self.heard: set[str] = set()

    def wait(self, auth_req_id: str, seconds: float) -> bool:
        """Whether it was told of this one in time."""
        self.timeout = seconds
        if auth_req_id not in self.heard:
            self.handle_request()
        return auth_req_id in self.heard


class Listener(BaseHTTPRequestHandler):
    server: Told

    def do_POST(self) -> None:
        """SECURITY: whoever does not know the token tells us nothing."""
        given = self.headers.get("Authorization", "")
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 4096))
        known = hmac.compare_digest(given.encode(), f"Bearer {self.server.token}".encode())
        if known:
            self.server.heard.add(json.loads(body)["auth_req_id"])
        self.send_response(204 if known else 401)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """The name of a request opens a door, together with our secret."""


if __name__ == "__main__":
    sys.exit(main())
