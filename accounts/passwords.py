"""How a new password would do, in one word for the code and in words for people.

NIST SP 800-63B-4 3.1.1.2: length, a list of what everybody tries first, and words of this place; no composition rules.
The page's script says the same while somebody types (`password-strength.js`), but for the list, which stays here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import policy

SHORT, COMMON, PATTERN, OWN, PLACE, GOOD, STRONG = "short", "common", "pattern", "own", "place", "good", "strong"
WORDS: dict[str, Any] = {
    SHORT: _("Too short"),
    COMMON: _("Found in lists of common passwords"),
    PATTERN: _("Too simple: it repeats itself or follows a row of keys"),
    OWN: _("Could be guessed from your name"),
    PLACE: _("Could be guessed from the name of this portal"),
    GOOD: _("Good"),
    STRONG: _("Strong"),
}
# What a common or known word leaves over may be so short that the whole is guessed with it.
_REST = 8
# Shorter words stand in too many others.
_SHORTEST_WORD = 3
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_RUN = 4
# Letters as they are written by people who are told to use digits and signs; a one may stand for two of them.
_DISGUISES = (str.maketrans("01345$@!7", "oleassait"), str.maketrans("01345$@!7", "oieassait"))


def judge(password: str, user: Any = None) -> str:
    """One of the words above. `user` is whose password it is to be, with `username`, `name` and `email`."""
    if len(password) < policy.PASSWORD_SHORTEST:
        return SHORT
    plain = _fold(password)
    if _is_common(plain):
        return COMMON
    if _is_pattern(plain):
        return PATTERN
    own = own_words(user)
    if _leaves_little(plain, own):
        return OWN
    if _leaves_little(plain, {*own, *place_words()}):
        return PLACE
    varied = len(set(plain)) >= policy.PASSWORD_VARIED
    return STRONG if varied and len(password) >= policy.PASSWORD_STRONG else GOOD


def own_words(user: Any) -> set[str]:
    """The words by which everybody knows this person."""
    return _words(getattr(user, each, "") or "" for each in ("username", "name", "email"))


def place_words() -> set[str]:
    """The words by which everybody knows this portal."""
    host = settings.PORTAL_BASE_URL.partition("//")[2].partition(":")[0]
    return _words((settings.PORTAL_NAME, settings.PORTAL_KEY_NAME, host))


class NotGuessable:
    """For AUTH_PASSWORD_VALIDATORS: wherever a password is chosen, also in the administration and in the console."""

    def validate(self, password: str, user: Any = None) -> None:
        verdict = judge(password, user)
        if verdict in (GOOD, STRONG):
            return
        words = {
            SHORT: _("Choose a password of at least %(least)d characters; this one has %(count)d."),
            COMMON: _(
                "This password is found in lists of common passwords, perhaps with a few signs more. Choose another."
            ),
            PATTERN: _("This password repeats itself or follows a row of keys. Choose another one."),
            OWN: _("This password could be guessed from your name. Choose another one."),
            PLACE: _("This password could be guessed from the name of this portal. Choose another one."),
        }
        counts = {"least": policy.PASSWORD_SHORTEST, "count": len(password)}
        raise ValidationError(words[verdict], code=verdict, params=counts)

    def get_help_text(self) -> str:
        words = gettext("At least %(least)d characters. A few words in a row are easy to remember and hard to guess.")
        return words % {"least": policy.PASSWORD_SHORTEST}


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words(texts: Iterable[str]) -> set[str]:
    found = {word for text in texts for word in re.findall(r"[^\W_]+", _fold(text))}
    return {word for word in found if len(word) >= _SHORTEST_WORD}


@cache
def _common() -> frozenset[str]:
    """Some twenty thousand, the most common first to be tried. Read when the first password is chosen."""
    return frozenset(CommonPasswordValidator().passwords)


def _undisguised(plain: str) -> set[str]:
    return {plain, *(plain.translate(each) for each in _DISGUISES)}


def _is_common(plain: str) -> bool:
    """Whether it is in the list, or would be without a few digits and signs around it, or without their disguise."""
    for each in _undisguised(plain):
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", each)
        if each in _common() or (core in _common() and len(each) - len(core) < _REST):
            return True
    # "Pa$$w0rd2024!" keeps its year: first what stands around it goes, then the disguise.
    core = re.sub(r"[\W\d_]+$", "", plain)
    return len(plain) - len(core) < _REST and not _common().isdisjoint(_undisguised(core))


def _is_pattern(plain: str) -> bool:
    if len(set(plain)) < _RUN + 1:
        return True
    # The shortest beginning that, written again and again, gives the whole.
    unit = next(size for size in range(1, len(plain) + 1) if (plain[:size] * len(plain)).startswith(plain))
    if 2 * unit <= len(plain) + 1 and unit < policy.PASSWORD_SHORTEST:
        return True
    return len(_without_runs(plain)) < _REST


def _without_runs(plain: str) -> str:
    """What is left without the pieces of the alphabet, of the digits or of a row of keys, forwards or backwards."""
    kept, at = "", 0
    while at < len(plain):
        run = max((_run(plain[at:], row) for row in (*_ROWS, *(row[::-1] for row in _ROWS))), default=0)
        kept += "" if run >= _RUN else plain[at]
        at += run if run >= _RUN else 1
    return kept


def _run(text: str, row: str) -> int:
    start = row.find(text[0])
    size = 0
    while start >= 0 and size < len(text) and start + size < len(row) and text[size] == row[start + size]:
        size += 1
    return size


def _leaves_little(plain: str, words: set[str]) -> bool:
    """Whether it is made of these words, and too little else."""
    for each in _undisguised(plain):
        rest = each
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, " ")
        if rest != each and len(re.sub(r"[\W_]+", "", rest)) < _REST:
            return True
    return False
