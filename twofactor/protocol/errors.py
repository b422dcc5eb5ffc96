"""The one family of exceptions of the protocol rooms."""

from typing import Literal

RefusalCode = Literal["malformed", "bad-signature"]


class ProtocolError(Exception):
    """Anything the protocol rooms refuse."""


class Refused(ProtocolError):
    """A message from outside that is not accepted.

    `code` is the stable word of the problem document (docs/protocol.md section 2): ``malformed`` for something of
    the wrong shape, ``bad-signature`` for a signature, type, audience, nonce or time that is wrong. The text says
    why for the log; it carries no value of the message.
    """

    def __init__(self, code: RefusalCode, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code: RefusalCode = code


class Unsealable(ProtocolError):
    """A sealed value that cannot be opened: altered, moved to another row, or its key is gone."""


class Misused(ProtocolError, ValueError):
    """An argument no caller of ours should ever pass: a bad suite, a short pepper, a key of the wrong size."""
