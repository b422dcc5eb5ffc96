"""Walking an article: each step is done by the names that it tells, and leaves a picture."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils import translation
from playwright.sync_api import Locator, Page, expect

from tests.e2e.guides.articles import inside
from tests.e2e.guides.pictures import Album

Words = Callable[[str], str]


def words_in(language: str) -> Words:
    """Says what a page in this language calls something."""

    def word(english: str, **values: str) -> str:
        with translation.override(language):
            return translation.gettext(english) % values if values else translation.gettext(english)

    return word


class Walk:
    """One article in one language, from its first step to its last."""

    def __init__(self, article: str, language: str, album: Album | None) -> None:
        self.article, self.word = article, words_in(language)
        self._album = album
        self._left = inside(article, language)

    @contextmanager
    def step(self, name: str, page: Page) -> Iterator["Step"]:
        assert name == next(iter(self._left), None), f"the next step of {self.article} is not {name}"
        step = Step(name, page, self.word, self._album)
        yield step
        missed = [bold for bold in self._left.pop(name) if bold not in step.seen]
        assert not missed, f"{self.article}, {name}: nothing was done with {missed}"
        assert step.pictured, f"{self.article}, {name}: there is no picture"

    def end(self) -> None:
        assert not self._left, f"{self.article}: these steps were not walked: {list(self._left)}"
        if self._album:
            self._album.close()


class Step:
    """What is done in one step. Names are given in English, and looked for as the article and the page call them."""

    def __init__(self, name: str, page: Page, word: Words, album: Album | None) -> None:
        self.page = page
        self.seen: list[str] = []
        self.pictured = False
        self._name, self.word, self._album = name, word, album

    def control(self, name: str) -> Locator:
        """The button, link or fold of this name."""
        called = self._called(name)
        roles = [self.page.get_by_role(role, name=called, exact=True) for role in ("button", "link")]
        return roles[0].or_(roles[1]).or_(self.page.locator("summary").filter(has_text=exactly(called)))

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(self._called(name), exact=True)

    def words(self, name: str) -> Locator:
        return self.page.get_by_text(self._called(name)).first

    def press(self, name: str) -> None:
        self.control(name).click()

    def fill(self, name: str, value: str) -> None:
        self.field(name).fill(value)

    def see(self, *names: str) -> None:
        for name in names:
            expect(self.words(name)).to_be_visible()

    def find(self, name: str) -> None:
        """It is in the page, and is shown only to those who need it."""
        expect(self.words(name)).to_be_attached()

    def picture(self, *marked: str | Locator, around: Locator | None = None) -> None:
        """The screen as it is now, with what the step is about marked: controls by their names, or anything else."""
        found = [self.control(each).or_(self.field(each)).first if isinstance(each, str) else each for each in marked]
        for each in found:
            expect(each).to_be_visible()
        self.pictured = True
        if self._album:
            self._album.take(self._name, self.page, found, around)

    def _called(self, name: str) -> str:
        self.seen.append(self.word(name))
        return self.seen[-1]


def exactly(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(words)}\s*$")
