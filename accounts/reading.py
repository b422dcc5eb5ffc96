"""The environment as the settings read it: what was asked for, and what stands there when nobody has set it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured

# Whatever else stands in a switch is a slip: it may be a protection, and nobody would see that it is off.
ON: Final = ("1", "true", "t", "yes", "y", "on", "ok")
OFF: Final = ("0", "false", "f", "no", "n", "off", "")
_LONGEST_QUOTE: Final = 40


class Environment(environ.Env):
    """Notes each variable with its default, so that the page of settings is made from the code (docs/operating.md)."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.read: dict[str, object] = {}

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        """What stands in the variable `var`, read as `cast` says. Raises ImproperlyConfigured, in one sentence."""
        self.read[var] = default
        if var not in self.ENVIRON:
            if default is self.NOTSET:
                raise ImproperlyConfigured(f"{var} must be set.")
            return default
        # SECURITY: not by the library, which takes a secret that begins with $ for the name of another variable, and
        # says that this one is not set.
        text = self.ENVIRON[var]
        if cast not in _KINDS:
            return self.parse_value(text, cast)  # type: ignore[no-untyped-call]
        read, what = _KINDS[cast]
        try:
            return read(text)
        except ValueError:
            # SECURITY: numbers and switches are no secrets. Nothing else is ever quoted.
            raise ImproperlyConfigured(f"{var} must be {what}, and is {text[:_LONGEST_QUOTE]!r}.") from None


@contextmanager
def spoken() -> Iterator[None]:
    """Settings that cannot be read end this process with their sentence, and not with a stack of calls."""
    try:
        yield
    except ImproperlyConfigured as problem:
        sys.exit(f"{problem} (docs/operating.md lists them all)")


def switch(text: str) -> bool:
    """Whether a word means on. Raises ValueError where it is neither that nor off."""
    word = text.strip().lower()
    if word not in ON + OFF:
        raise ValueError("neither on nor off")
    return word in ON


def prices(text: str) -> dict[str, float]:
    """What something costs, by country: `*=0.05,HK=0.03`. Raises ValueError."""
    pairs = [entry.partition("=") for entry in text.split(",") if entry.strip()]
    return {country.strip(): float(price) for country, _equals, price in pairs}


# The library's own numbers leave out whatever is no digit: 1e3 would be 13.
_KINDS: Final[Mapping[Any, tuple[Callable[[str], Any], str]]] = {
    bool: (switch, "1 or 0"),
    int: (int, "a whole number"),
    float: (float, "a number"),
    prices: (prices, "prices by country, such as *=0.05,HK=0.03"),
}
