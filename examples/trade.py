"""A trading platform without a browser: its person signs in with a code and their phone, then approves an order there.

    ISSUER=https://portal.example CLIENT_ID=... CLIENT_SECRET=... python examples/trade.py

Standards: RFC 8414 (discovery), RFC 8628 (device grant), OpenID Connect Core 1.0 (ID token). The order and its receipt
are the portal's own: docs/applications.md.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet
from verify_receipt import Wrong, verify

ISSUER = os.environ["ISSUER"]
ITSELF = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PAUSE = 2
# What its person reads where they type the code, and on their phone.
NAMED = {"User-Agent": "Example Trading Platform/1.0"}
ORDER = {
    "title": "Buy 100 shares of Tracker Fund of Hong Kong?",
    "facts": [["Limit", "24.50 HKD"], ["At most", "2,450.00 HKD"], ["Account", "U1234567"]],
}


def main() -> int:
    portal = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
    try:
        claims = sign_in(portal)
    except OAuthError as refused:
        print(f"You are not signed in: {refused.error}.")
        return 1
    print(f"Signed in as {claims['name']} (acr {claims['acr']}, amr {' '.join(claims['amr'])}).", flush=True)
    return order(portal, claims["preferred_username"])


def sign_in(portal: dict[str, Any]) -> dict[str, Any]:
    """Show the code, and ask until somebody has approved it. Raises OAuthError."""
    address, scope = portal["device_authorization_endpoint"], {"scope": "openid profile"}
    begun = requests.post(address, data=scope, auth=ITSELF, headers=NAMED, timeout=10).json()
    print(f"Open {begun['verification_uri']} and type: {begun['user_code']}")
    print(f"Or open {begun['verification_uri_complete']}", flush=True)
    tokens = poll(portal, begun)
    keys = KeySet.import_key_set(requests.get(portal["jwks_uri"], timeout=10).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    must = {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": ITSELF[0]}}
    jwt.JWTClaimsRegistry(**must, exp={"essential": True}).validate(claims)
    return claims


def poll(portal: dict[str, Any], begun: dict[str, Any]) -> dict[str, Any]:
    """RFC 8628, section 3.5: wait, ask, and wait longer when told to."""
    client, interval = OAuth2Session(*ITSELF), begun["interval"]
    while True:
        time.sleep(interval)
        try:
            url, code = portal["token_endpoint"], begun["device_code"]
            return dict(client.fetch_token(url, grant_type=GRANT, device_code=code))
        except OAuthError as refused:
            if refused.error == "slow_down":
                interval += 5
            elif refused.error != "authorization_pending":
                raise


def order(portal: dict[str, Any], person: str) -> int:
    """Have exactly this approved on the phone, and check what was signed there."""
    asked = requests.post(f"{ISSUER}/api/actions/", json={"person": person, **ORDER}, auth=ITSELF, timeout=10).json()
    print(f"Your phone asks: {ORDER['title']}", flush=True)
    while asked.get("state") == "pending":
        time.sleep(PAUSE)
        asked = requests.get(f"{ISSUER}/api/actions/{asked['id']}/", auth=ITSELF, timeout=10).json()
    if asked.get("state") != "approved":
        print(f"Nothing is ordered: {asked.get('state') or asked.get('error')}.")
        return 1
    try:
        receipt = verify(asked["receipt"], requests.get(portal["jwks_uri"], timeout=10).json(), ITSELF[0], ISSUER)
    except Wrong as why:
        print(f"Nothing is ordered: the receipt does not hold, because {why}.")
        return 1
    print(f"Ordered. The receipt holds: {receipt['action']['facts']}, signed by the phone.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
