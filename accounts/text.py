"""What people type and others read: nothing in it that no eye sees, or that turns the words around it (R-74)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# Control, format (bidi, zero width), surrogates, private use, unassigned (Unicode 16, section 4.5).
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
_SPACES = ("Zs", "Zl", "Zp")
# Letters, marks and signs by their category, and yet no eye sees them: fillers, joiners, choices of a variant, and the
# empty pattern of Braille (Unicode, Default_Ignorable_Code_Point).
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# No language has more on one letter once they are one with it where they can be; a heap of them hides other lines.
_MARKS_IN_A_ROW = 2


def seen(typed: str) -> str:
    """The same without invisible characters, in one spelling (NFC); every blank is a plain one."""
    kept = "".join(sign for sign in _BLANK.sub("", typed) if unicodedata.category(sign) not in _UNSEEN)
    # Afterwards: what stood between a letter and its mark may be gone.
    signs = (" " if unicodedata.category(sign) in _SPACES else sign for sign in unicodedata.normalize("NFC", kept))
    return "".join(_without_heaps(signs))


def _without_heaps(signs: Iterable[str]) -> Iterator[str]:
    row = 0
    for sign in signs:
        row = row + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if row <= _MARKS_IN_A_ROW:
            yield sign


def line(typed: str, longest: int) -> str:
    """A name or a few words on one line, at most `longest` characters."""
    return " ".join(seen(typed[:1024]).split())[:longest].strip()


def lines(typed: str) -> str:
    """A longer text, whose lines stay lines."""
    return "\n".join(seen(each).rstrip() for each in typed.splitlines()).strip()
