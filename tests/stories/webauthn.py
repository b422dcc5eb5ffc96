"""A browser with passkeys in Python: makes them and signs with them as WebAuthn level 3 says, or wrongly on purpose."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from fido2 import cbor
from fido2.cose import ES256

from accounts.models import User
from tests.factories import give_password
from tests.stories.carried import choose
from tests.stories.ways import is_in
from twofactor.protocol.encoding import b64url

PAGE, ADD = "/security/passkeys/", "/security/passkeys/add/"
VERIFY = "/sign-in/verify/passkey/"
PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, MADE = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class Keyholder:
    """One authenticator with one passkey. What it says can be changed by name, for wrong answers.

    `counts`: it counts its signatures, as security keys do; keychains say 0 for ever.
    """

    counts: bool = True
    count: int = 0
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""

    def make(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` gives for these options."""
        self.handle = options["user"]["id"]
        client = self.client("webauthn.create", options["challenge"], **changed)
        public = cbor.encode(changed.get("public_key") or dict(ES256.from_cryptography_key(self.key.public_key())))
        kept = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + public
        data = self.data(changed.get("rp_id") or options["rp"]["id"], changed.get("flags", self.flags | MADE)) + kept
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return {
            "id": b64url(self.credential_id),
            "clientDataJSON": b64url(client),
            "attestationObject": b64url(attestation),
            "transports": ["internal", "usb", "telepathy"],
        }

    def use(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` gives for these options."""
        self.count += self.counts
        client = self.client("webauthn.get", options["challenge"], **changed)
        data = self.data(changed.get("rp_id") or options["rpId"], changed.get("flags", self.flags))
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": b64url(self.credential_id),
            "clientDataJSON": b64url(client),
            "authenticatorData": b64url(data),
            "signature": b64url(signature),
            "userHandle": changed.get("handle", self.handle),
        }

    def client(self, typ: str, challenge: str, **changed: Any) -> bytes:
        said = {"type": typ, "challenge": challenge, "origin": settings.PORTAL_BASE_URL, "crossOrigin": False}
        said |= changed.get("client", {})
        return json.dumps(said).encode()

    def data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)


def options_at(browser: Client, page: str = PAGE) -> dict[str, Any]:
    """What this page hands to the browser; raises where it hands nothing."""
    options: dict[str, Any] = json.loads(browser.get(page).context["options"])
    return options


def add_passkey(browser: Client, keyholder: Keyholder | None = None, label: str = "Laptop") -> Keyholder:
    """Add a passkey from a browser that is signed in; gives what holds it."""
    keyholder = keyholder or Keyholder()
    answer = browser.post(ADD, {"answer": json.dumps(keyholder.make(options_at(browser))), "label": label})
    assert answer.status_code == 302, answer.content.decode()
    return keyholder


def answer(browser: Client, keyholder: Keyholder, **changed: Any) -> Any:
    """Use the passkey on the page of the waiting sign-in."""
    return browser.post(VERIFY, {"answer": json.dumps(keyholder.use(options_at(browser, VERIFY), **changed))})


def by_passkey(browser: Client, user: User, keyholder: Keyholder) -> None:
    """Sign in with the passkey, choosing it where something else comes first."""
    give_password(browser, user)
    choose(browser, "passkey")
    answer(browser, keyholder)
    assert is_in(browser)
