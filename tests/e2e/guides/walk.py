"""Walking an article: each step is done by the names that it tells, and leaves a picture."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation
from playwright.sync_api import Locator, Page, expect

from tests.e2e.guides.articles import inside
from tests.e2e.guides.pictures import Album

Words = Callable[[str], str]


def words_in(language: str) -> Words:
    """Says what a page in this language calls something."""

    def word(english: str) -> str:
        with translation.override(language):
            return translation.gettext(english).replace("%(portal_key_name)s", settings.PORTAL_KEY_NAME)

    return word


class Walk:
    """One article in one language, from its first step to its last."""

    def __init__(self, article: str, language: str, album: Album | None) -> None:
        self.article, self.word = article, words_in(language)
        self._album = album
        self._left = inside(article, language)
        self._wrong: list[str] = []

    @contextmanager
    def step(self, name: str, page: Page) -> Iterator["Step"]:
        assert name == next(iter(self._left), None), f"the next step of {self.article} is not {name}"
        step = Step(name, page, self.word, self._album)
        yield step
        missed = [bold for bold in self._left.pop(name) if bold not in step.seen]
        self._wrong += [f"{name}: nothing was done with {bold}" for bold in missed]
        self._wrong += [] if step.pictured else [f"{name}: there is no picture"]

    def end(self) -> None:
        wrong = [*self._wrong, *(f"{name}: not walked" for name in self._left)]
        assert not wrong, (self.article, wrong)
        if self._album:
            self._album.close()


class Step:
    """What is done in one step. Names are given in English, and looked for as the article and the page call them."""

    def __init__(self, name: str, page: Page, word: Words, album: Album | None) -> None:
        self.page, self.word = page, word
        self.seen: list[str] = []
        self.pictured = False
        self._name, self._album = name, album

    def turn_to(self, page: Page) -> None:
        """The step goes on at the other screen."""
        self.page = page

    def control(self, name: str) -> Locator:
        """The button, link or fold of this name, or the row that leads to what has it."""
        called = self._called(name)
        named = [self.page.get_by_role(role, name=called, exact=True) for role in ("button", "link")]
        written = self.page.locator("button, a, summary").filter(has_text=exactly(called))
        row = self.page.get_by_role("button").filter(has=self.page.get_by_text(called, exact=True))
        return named[0].or_(named[1]).or_(written).or_(row).filter(visible=True).first

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(self._called(name), exact=True).first

    def words(self, name: str) -> Locator:
        return self.page.get_by_text(self._called(name))

    def press(self, name: str) -> None:
        self.control(name).click()

    def fill(self, name: str, value: str) -> None:
        self.field(name).fill(value)

    def see(self, *names: str) -> None:
        for name in names:
            expect(self.words(name).filter(visible=True).first).to_be_visible()

    def find(self, name: str) -> None:
        """It is in the page, and is shown only to those who need it."""
        expect(self.words(name).first).to_be_attached()

    def find_at(self, address: str, name: str) -> None:
        """It is in the page of this address, which goes on by itself where scripts run."""
        read = "(address) => fetch(address).then((answer) => answer.text())"
        assert self._called(name) in self.page.evaluate(read, address)

    def picture(self, *marked: str | Locator, around: Locator | None = None) -> None:
        """The screen as it is now, with what the step is about marked: controls by their names, or anything else."""
        found = [self._place(each) if isinstance(each, str) else each for each in marked]
        for each in [*found, *([around] if around else [])]:
            expect(each).to_be_visible()
        self.pictured = True
        if self._album:
            self._album.take(self._name, self.page, found, around)

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def _place(self, name: str) -> Locator:
        return self.control(name).or_(self.field(name).and_(self.page.locator("input, select, textarea"))).first

    def _called(self, name: str) -> str:
        self.seen.append(self.word(name))
        return self.seen[-1]


def exactly(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(words)}\s*$")
