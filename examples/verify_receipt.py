"""Check the receipt of an approved action, offline: nothing is asked of the portal, and nothing of it is imported.

    curl https://portal.example/oauth/keys/ > keys.json          # once, and kept
    python examples/verify_receipt.py keys.json CLIENT_ID https://portal.example < receipt.txt

What it proves: the portal has signed it for you; and of each approval given over the network, that the phone's own key
has signed the very text that the receipt shows. An approval by hand (eight digits from a phone without a network)
carries no signature of the phone: for it the portal's word stands alone.
"""

import base64
import hashlib
import json
import sys

from jwcrypto import jwk, jws

KIND = "action-receipt+jwt"


class Wrong(Exception):
    """It proves nothing."""


def verify(receipt, keys, audience, issuer):
    """The claims of a receipt that holds. Raises Wrong.

    Args: `keys` is the portal's JWK set; `audience` your client id; `issuer` the portal's address.
    """
    header, claims = _signed(receipt, lambda kid: _of_set(keys, kid), "RS256")
    _need(header.get("typ") == KIND, "it is no receipt")
    _need((claims.get("iss"), claims.get("aud")) == (issuer, audience), "it is not for you, or not by this portal")
    approvals = claims["approvals"]
    _need(len({each["sub"] for each in approvals}) == len(approvals) >= claims["people"], "too few people")
    for approval in approvals:
        _check(approval, claims)
    return claims


def _check(approval, claims):
    """One person's approval: the text that was shown holds all that was asked, and the phone has signed it."""
    display, digest = approval["display"], approval["display_sha256"]
    _need(digest == b64(hashlib.sha256(canonical(display)).digest()), "the text is not the one of the digest")
    action = claims["action"]
    shown = display["facts"][: len(action["facts"])]
    _need(display["title"].find(action["title"]) >= 0 and shown == action["facts"], "something else was shown")
    if approval["how"] == "hand":
        return
    header, said = _signed(approval["statement"], lambda _kid: approval["jwk"], "ES256")
    thumbprint = jwk.JWK(**approval["jwk"]).thumbprint()
    _need(header.get("typ") == "portal-key-answer+jwt" and header.get("kid") == thumbprint, "another key")
    _need(said["verdict"] == "approve" and said["display"] == digest, "the phone has approved something else")


def _signed(token, key_of, algorithm):
    """The header and the claims of a JWS, once its signature holds."""
    read = jws.JWS()
    try:
        read.allowed_algs = [algorithm]
        read.deserialize(token)
        read.verify(jwk.JWK(**key_of(read.jose_header.get("kid"))))
        return read.jose_header, json.loads(read.payload)
    except Exception as problem:
        raise Wrong("a signature does not hold") from problem


def _of_set(keys, kid):
    return next(key for key in keys["keys"] if key["kid"] == kid)


def canonical(value):
    """RFC 8785, for texts and lists of them: what a receipt shows holds nothing else."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def b64(octets):
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _need(holds, why):
    if not holds:
        raise Wrong(why)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        found = verify(sys.stdin.read().strip(), json.load(file), sys.argv[2], sys.argv[3])
    print(json.dumps(found["action"], ensure_ascii=False, indent=2))
    for each in found["approvals"]:
        print(f"approved by {each['sub']} at {each['at']}, {each['how']}")
