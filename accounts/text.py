"""What people type and others read: nothing in it that no eye sees, or that turns the words around it (R-74)."""

from __future__ import annotations

import unicodedata

# Control, format (bidi, zero width), surrogates, private use, unassigned (Unicode 16, section 4.5).
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
_SPACES = ("Zs", "Zl", "Zp")


def seen(typed: str) -> str:
    """The same without invisible characters, in one spelling (NFC); every blank is a plain one."""
    signs = unicodedata.normalize("NFC", typed)
    kept = (sign for sign in signs if unicodedata.category(sign) not in _UNSEEN)
    return "".join(" " if unicodedata.category(sign) in _SPACES else sign for sign in kept)


def line(typed: str, longest: int) -> str:
    """A name or a few words on one line, at most `longest` characters."""
    return " ".join(seen(typed[:1024]).split())[:longest].strip()


def lines(typed: str) -> str:
    """A longer text, whose lines stay lines."""
    return "\n".join(seen(each).rstrip() for each in typed.splitlines()).strip()
