"""The browser of a phone as its push service knows it: an address, a key pair, and what was pushed to it."""

import base64
import json
import secrets
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.carriers.server import Heard, Server, saying
from tests.pocket import Pocket


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Drawer:
    """Takes what is pushed and opens it with a reader that is not ours; `service` answers as a test tells it."""

    def __init__(self, *answers: Any) -> None:
        self.service = Server(*(answers or (saying(201),)))
        self.begin()

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.service.port}"

    def begin(self) -> None:
        """A new subscription: another address, other keys."""
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = secrets.token_bytes(16)
        self.path = f"/wake/{secrets.token_hex(8)}"

    @property
    def subscription(self) -> dict[str, str]:
        form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        point = self._private.public_key().public_bytes(*form)
        return {"endpoint": self.origin + self.path, "p256dh": b64(point), "auth": b64(self._auth)}

    @property
    def heard(self) -> list[Heard]:
        """What has come to the address of now, oldest first; whatever is due goes out first."""
        from twofactor import tasks  # the rest of this needs no portal

        tasks.deliver_due()
        return [each for each in self.service.heard if each.path == self.path]

    @property
    def pushed(self) -> list[dict[str, Any]]:
        """The same, opened."""
        return [
            json.loads(http_ece.decrypt(each.body, private_key=self._private, auth_secret=self._auth))
            for each in self.heard
        ]

    def woken(self, pocket: Pocket) -> list[str]:
        """What the worker of the authenticator does with every push: it tells that it came. The questions, in order."""
        for each in self.pushed:
            pocket.seen({"id": each["challenge"], "kid": each["kid"]}, "received")
        return [each["challenge"] for each in self.pushed]


def only(pocket):
    (kid,) = pocket.keys
    return kid


def pushes(pocket):
    return pocket.inbox()["push"][only(pocket)]
