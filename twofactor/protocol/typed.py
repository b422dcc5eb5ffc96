"""What is left of typed text once the ways people group digits and letters are gone."""

import unicodedata

# Nobody types more than this for twelve characters; longer input is not worth normalising.
LONGEST = 64

# Dashes that are not in the general category Pd, and characters without width that come along when text is
# pasted: minus sign, swung dash, hyphen bullet, soft hyphen, zero-width space, word joiner, byte order mark.
_UNSEEN_OR_ODD = frozenset("\u2212\u2053\u2043\u00ad\u200b\u2060\ufeff")


def bare(typed: str) -> str | None:
    """Return `typed` in NFKC (UAX 15) without blanks and dashes of any kind; None when it is over 64 characters."""
    if len(typed) > LONGEST:
        return None
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed) if not _separates(sign))


def _separates(sign: str) -> bool:
    return sign.isspace() or sign in _UNSEEN_OR_ODD or unicodedata.category(sign) == "Pd"
