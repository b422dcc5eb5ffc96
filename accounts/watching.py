"""What goes on in this process, told to whoever counts or times it (`portal.metrics`, `portal.tracing`).

Nobody listens by default, and then it costs next to nothing. SECURITY: what is told are words of our own, such as the
name of a limit or a carrier; never a person, a number, an address or what somebody has typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import perf_counter

# Called with what happened, how many or how many seconds, and its words. The rooms above put themselves here.
Listener = Callable[[str, float, Mapping[str, str]], None]
listeners: list[Listener] = []
# The same for what lasts: each is entered before it and left after it, and reads the words when it is left.
Span = Callable[[str, dict[str, str]], AbstractContextManager[object]]
spans: list[Span] = []


def tell(what: str, **words: str) -> None:
    """Something has happened, once."""
    _pass_on(what, 1, words)


@contextmanager
def step(what: str, **words: str) -> Iterator[dict[str, str]]:
    """Something that takes time. What is learnt of it meanwhile is put into the words that this gives.

    One that breaks has the kind of its problem among them, and goes on breaking.
    """
    began = perf_counter()
    with ExitStack() as entered:
        for span in spans:
            entered.enter_context(span(what, words))
        try:
            yield words
        except BaseException as problem:
            words.setdefault("problem", type(problem).__name__)
            raise
        finally:
            _pass_on(what, perf_counter() - began, words)


def _pass_on(what: str, amount: float, words: Mapping[str, str]) -> None:
    for listener in listeners:
        listener(what, amount, words)
