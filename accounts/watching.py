"""What goes on in this process, told to whoever counts or times it (`portal.metrics`, `portal.tracing`).

Nobody listens by default, and then it costs next to nothing. SECURITY: what is told are words of our own, such as the
name of a limit or a carrier; never a person, a number, an address or what somebody has typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

# Called with what happened, how many or how many seconds, and its words. The rooms above put themselves here.
Listener = Callable[[str, float, Mapping[str, str]], None]
listeners: list[Listener] = []
# The same for what lasts: each is entered before it and left after it, and reads the words when it is left. What comes
# last is the place of that which it is a part of, where that is done elsewhere (`here`).
Span = Callable[[str, dict[str, str], str], AbstractContextManager[object]]
spans: list[Span] = []
places: list[Callable[[], str]] = []


def tell(what: str, **words: str) -> None:
    """Something has happened, once."""
    _pass_on(what, 1, words)


def here() -> str:
    """The place of what goes on, as another thread or process understands it; nothing where nobody follows."""
    return places[0]() if places else ""


class step:
    """Something that takes time. What is learnt of it meanwhile is put into the words that entering it gives.

    One that breaks has the kind of its problem among them, and goes on breaking. It is small, because each socket that
    waits is one, and thousands wait.
    """

    __slots__ = ("_began", "_spans", "_what", "_within", "_words")

    def __init__(self, what: str, within: str = "", **words: str) -> None:
        self._what, self._within, self._words = what, within, words

    def __enter__(self) -> dict[str, str]:
        self._began = perf_counter()
        self._spans = [span(self._what, self._words, self._within) for span in spans] if spans else ()
        for span in self._spans:
            span.__enter__()
        return self._words

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: Any) -> None:
        if kind is not None:
            self._words.setdefault("problem", kind.__name__)
        for span in self._spans:
            span.__exit__(kind, problem, trace)
        _pass_on(self._what, perf_counter() - self._began, self._words)


def _pass_on(what: str, amount: float, words: Mapping[str, str]) -> None:
    for listener in listeners:
        listener(what, amount, words)
