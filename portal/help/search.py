"""Searching the help: a title counts more than a heading, that more than text, a rare word more than a common one.

The articles are few, so every search reads all of them. The words of a query are taken as people type them, any width
and without endings; Chinese, which has no blanks, in pairs of characters.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.context import names
from portal.help import pages
from portal.help.articles import ARTICLES

LONGEST = 80  # characters of a query; nothing behind them is read
_MOST, _MOST_OF_ONE = 10, 2
_TITLE, _HEADING, _OF_THE_SAME_TITLE, _OFTEN = 12, 6, 2, 3
_AROUND = 70  # characters of an excerpt on either side of what was found
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")
_ENDING = re.compile(r"(?<=\w{4})(?:at)?(?:ions?|ing|ed|es|e|s)$|(?<=\w{3})s$")
# What people type for what the articles call otherwise.
_ALSO = {
    "sms": "text", "message": "text", "otp": "code", "2fa": "factor", "mfa": "factor", "login": "sign", "log": "sign",
    "stolen": "lost", "broken": "lost", "enroll": "activ", "register": "activ", "setup": "setting", "migrat": "mov",
    "transfer": "mov", "ios": "iphone", "offlin": "without a network", "touch": "fingerprint",
    "簡訊": "短訊", "短信": "短訊", "帳號": "帳戶", "登錄": "登入", "二維": "QR", "註冊": "啟用", "轉移": "遷移",
    "離線": "沒有網路", "推播": "通知", "被盜": "遺失", "丟失": "遺失",
}  # fmt: skip


class Hit(NamedTuple):
    slug: str
    title: str
    place: str
    heading: str
    excerpt: SafeString


class _Place(NamedTuple):
    slug: str
    title: str
    section: pages.Section


def found(query: str) -> list[Hit]:
    """Where the help speaks of it, the best first."""
    everywhere = _everything(pages.language(), tuple(names().items()))
    terms = [re.compile(term, re.IGNORECASE) for term in _terms(query)]
    weights = [_rarity(term, everywhere) for term in terms]
    close = [place for place in everywhere if terms and _share(terms, weights, place) >= sum(weights) / 2]
    best = sorted(close, key=lambda place: _score(terms, weights, place), reverse=True)
    return [_hit(place, terms) for place in _few_of_each(best)][:_MOST]


@lru_cache(maxsize=8)
def _everything(language: str, known: tuple[tuple[str, object], ...]) -> list[_Place]:
    """SECURITY: rendered without a request, so nothing of one reader can come up in the search of another."""
    with translation.override(language):
        return [
            _Place(slug, str(article.title), section)
            for slug, article in ARTICLES.items()
            for section in pages.sections(pages.written(slug, dict(known)))
        ]


def _terms(query: str) -> list[str]:
    """A pattern for each thing that was asked for."""
    typed = unicodedata.normalize("NFKC", query)[:LONGEST].casefold()
    terms = dict.fromkeys(term for run in _WORD.findall(typed) for term in _parts(run))
    return [_pattern(term) for term in terms]


def _parts(run: str) -> list[str]:
    if not "\u3400" <= run[0] <= "\u9fff":
        return [_ENDING.sub("", run)]
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _pattern(term: str) -> str:
    """The beginning of a word, and the word to its end; of Chinese the characters, wherever they stand."""
    meant = _ALSO.get(term, "")
    either = "|".join(filter(None, [re.escape(term), meant]))
    return f"(?:{either})" if "\u3400" <= term[0] <= "\u9fff" else rf"(?<![a-z0-9])(?:{either})[a-z0-9]*"


def _rarity(term: re.Pattern[str], everywhere: list[_Place]) -> float:
    places = sum(_has(term, place) for place in everywhere)
    return math.log(1 + len(everywhere) / (1 + places))


def _has(term: re.Pattern[str], place: _Place) -> bool:
    return any(term.search(words) for words in (place.title, place.section.heading, place.section.text))


def _share(terms: list[re.Pattern[str]], weights: list[float], place: _Place) -> float:
    """How much of the query the place answers: one common word of many is no answer."""
    return sum(weight for term, weight in zip(terms, weights, strict=True) if _has(term, place))


def _score(terms: list[re.Pattern[str]], weights: list[float], place: _Place) -> float:
    return sum(weight * _worth(term, place) for term, weight in zip(terms, weights, strict=True))


def _worth(term: re.Pattern[str], place: _Place) -> int:
    """A title speaks for the beginning of its article; for the sections below it, little."""
    title = (_OF_THE_SAME_TITLE if place.section.place else _TITLE) if term.search(place.title) else 0
    heading = _HEADING if term.search(place.section.heading) else 0
    return title + heading + min(len(term.findall(place.section.text)), _OFTEN)


def _few_of_each(places: list[_Place]) -> Iterator[_Place]:
    """So that a long article does not push all the others out."""
    met: Counter[str] = Counter()
    for place in places:
        met[place.slug] += 1
        if met[place.slug] <= _MOST_OF_ONE:
            yield place


def _hit(place: _Place, terms: list[re.Pattern[str]]) -> Hit:
    section = place.section
    return Hit(place.slug, place.title, section.place, section.heading, _excerpt(section.text, terms))


def _excerpt(text: str, terms: list[re.Pattern[str]]) -> SafeString:
    """A piece of the text around the first thing that was asked for, with all of them marked."""
    found = [match.span() for term in terms for match in term.finditer(text)]
    start, end = _around(text, min(found, default=(0, 0))[0])
    marked = {at for begin, stop in found for at in range(begin, stop)}
    runs = groupby(range(start, end), key=marked.__contains__)
    words = [(text[(run := list(places))[0] : run[-1] + 1], is_found) for is_found, places in runs]
    shown = format_html_join(
        "", "{}", [(format_html("<mark>{}</mark>", word) if is_found else word,) for word, is_found in words]
    )
    return format_html("{}{}{}", "… " if start else "", shown, " …" if end < len(text) else "")


def _around(text: str, middle: int) -> tuple[int, int]:
    """From where to where; not in the middle of a word, where there are blanks."""
    start, end = max(0, middle - _AROUND), min(len(text), middle + 2 * _AROUND)
    blank_before, blank_after = text.find(" ", start, middle), text.rfind(" ", middle, end)
    return (blank_before + 1 if start and blank_before > 0 else start), (
        blank_after if end < len(text) and blank_after > 0 else end
    )
