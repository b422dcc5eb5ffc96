"""An article as it is read: in the reader's language, with links to its sections; and its text, for the search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string, select_template
from django.utils import translation

_NEEDS = "needs"
_HEADING = re.compile(rf'<h2 id="(?!{_NEEDS}")([\w-]+)">(.*?)</h2>', re.DOTALL)
# What is no text of an article: words that wait for a script, and pictures.
_UNREAD = ("template", "script", "style", "svg")
_INLINE = ("a", "strong", "em", "span", "code", "kbd", "bdi")


@dataclass
class Section:
    """A part of an article from one heading to the next; the first has neither heading nor place."""

    place: str = ""
    heading: str = ""
    text: str = ""


def language() -> str:
    return translation.get_language() or "en"


def language_of(slug: str) -> str:
    """The reader's language, or English where nobody has translated the article."""
    article = select_template([f"help/{code}/{slug}.html" for code in (language(), "en")])
    return str(article.template.name).split("/")[1]


def written(slug: str, known: dict[str, Any], request: HttpRequest | None = None) -> str:
    """The article without the frame of its page."""
    return render_to_string(f"help/{language_of(slug)}/{slug}.html", known, request)


def linked(body: str) -> str:
    """The same with headings that lead to themselves, so that anybody can send anybody the very section."""
    return _HEADING.sub(r'<h2 id="\1"><a class="here" href="#\1">\2</a></h2>', body)


def headings(body: str) -> list[tuple[str, str]]:
    """Place and words of each section, for the list at the side."""
    return [(section.place, section.heading) for section in sections(body)[1:]]


def sections(body: str) -> list[Section]:
    """The beginning and all sections in their order; what is needed belongs to the beginning, after its own words."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    beginning, *others = reader.sections
    beginning.text += reader.needs.text
    return [
        Section(each.place, *(" ".join(words.split()) for words in (each.heading, each.text)))
        for each in (beginning, *others)
    ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sections = [Section()]
        self.needs = Section(_NEEDS)
        self._now = self.sections[0]
        self._unread = 0
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _UNREAD
        if tag == "h2":
            self._begin(dict(attrs).get("id") or "")
        elif tag not in _INLINE:
            self._now.text += " "

    def _begin(self, place: str) -> None:
        self._in_heading = True
        self._now = self.needs if place == _NEEDS else Section(place)
        if self._now is not self.needs:
            self.sections.append(self._now)

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD
        if tag == "h2":
            self._in_heading = False
        elif tag == "section" and self._now is self.needs:
            self._now = self.sections[0]
        elif tag not in _INLINE:
            self._now.text += " "

    def handle_data(self, data: str) -> None:
        if self._unread:
            return
        if self._in_heading:
            self._now.heading += data
        else:
            self._now.text += data
