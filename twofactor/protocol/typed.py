"""What is left of typed text once the ways people group digits and letters are gone."""

import unicodedata

# Nobody types more than this for twelve characters; longer input is not worth normalising.
LONGEST = 64

# Dashes that are not in the general category Pd, and characters without width that come along when text is
# pasted: minus sign, swung dash, hyphen bullet, soft hyphen, zero-width space, word joiner, byte order mark.
_UNSEEN_OR_ODD = frozenset("\u2212\u2053\u2043\u00ad\u200b\u2060\ufeff")
# What comes along unseen when a telephone number is copied out of an address book.
_UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def bare(typed: str) -> str | None:
    """Return `typed` in NFKC (UAX 15) without blanks and dashes of any kind; None when it is over 64 characters."""
    if len(typed) > LONGEST:
        return None
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed) if not _separates(sign))


def readable(typed: str, longest: int) -> str | None:
    """Return `typed` in NFKC with plain blanks and dashes where others stood; None when it is over `longest`."""
    if len(typed) > longest:
        return None
    signs = ("" if sign in _UNSEEN else _plain(sign) for sign in unicodedata.normalize("NFKC", typed))
    return "".join(signs).strip()


def _plain(sign: str) -> str:
    if sign.isspace():
        return " "
    return "-" if sign in _UNSEEN_OR_ODD or unicodedata.category(sign) == "Pd" else sign


def _separates(sign: str) -> bool:
    return sign.isspace() or sign in _UNSEEN_OR_ODD or unicodedata.category(sign) == "Pd"
