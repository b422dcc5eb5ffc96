"""A page in any language, worked by what its English says: names are looked for as the page itself would say them."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import translation
from playwright.sync_api import BrowserContext, Page

# Each language of the portal, and what a browser of its readers asks for.
LANGUAGES = {"en": "en-GB", "zh-hant": "zh-TW"}

# What finds a part of a page by its words, and where the words stand.
_FINDERS = {"get_by_label": "text", "get_by_text": "text", "get_by_role": "name"}


def speaking(make: Callable[..., BrowserContext], language: str, **options: Any) -> BrowserContext:
    """A browser of somebody who reads this language."""
    context = make(locale=LANGUAGES[language], **options)
    context.on("page", lambda page: speak(page, language))
    return context


def speak(page: Page, language: str) -> None:
    """From now on this page is asked in English, and answers in its `language`."""
    for finder, words in _FINDERS.items():
        setattr(page, finder, partial(_find, getattr(page, finder), words, language))


def said(words: str, language: str) -> str:
    with translation.override(language):
        return translation.gettext(words)


def _find(finder: Any, words: str, language: str, *place: Any, **named: Any) -> Any:
    if words == "text":
        return finder(_said(place[0], language), **named)
    if words in named:
        named[words] = _said(named[words], language)
    return finder(*place, **named)


def _said(words: str | re.Pattern[str], language: str) -> str | re.Pattern[str]:
    if isinstance(words, str):
        return said(words, language)
    # Anchors are no words; what is more than they and plain words is of every language.
    plain = words.pattern.strip("^$")
    return re.compile(words.pattern.replace(plain, said(plain, language)))
