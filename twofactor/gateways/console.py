"""Texts, calls and mails on standard output, for whoever works on the portal; never where people sign in (R-92)."""

from __future__ import annotations

import sys

from twofactor.gateways import Call, Message

WAYS = ("text", "call", "mail")
IDEMPOTENT = False


def configured(way: str) -> bool:
    return True


def reports() -> bool:
    return False


def send(message: Message) -> str:
    lines = [f"=== {message.way} to {message.to} ({message.language})", message.subject, message.text]
    if message.call:
        lines += _spoken(message.call)
    # One write: several threads carry.
    sys.stdout.write("\n".join([*filter(None, lines), "===", ""]))
    sys.stdout.flush()
    return ""


def _spoken(call: Call) -> list[str]:
    digits = " ".join(call.digits)
    return [
        f"{call.greeting} {call.prompt}",
        f"[a key] {call.intro} {digits}. {call.again} {digits}. {call.goodbye}",
        f"[no key] {call.nobody}",
    ]
