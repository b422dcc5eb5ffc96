"""A language that is made on the fly: English with accents, in brackets and longer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation

from portal.settings.frame import languages
from tests.unit.test_words import WRITTEN
from twofactor.views import shell

CODE = "en-xa"
# Left without a translation, to see what becomes of it.
FORGOTTEN = "Log in"
_KEPT = re.compile(r"(%\(\w+\)[sd]|%%|\{\w*\}|<[^>]+>|&\w+;)")
_ACCENTS = str.maketrans("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ")


def longer(text: str) -> str:
    """`text` as this language says it: what is filled in stays, every vowel has an accent, and a third is added."""
    parts = [part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in _KEPT.split(text)]
    more = " ".join("~" * min(8, len(text) // 3 - at) for at in range(0, len(text) // 3, 8))
    return f"⟦{''.join(parts)}{more}⟧"


@contextmanager
def spoken(settings: Any, folder: Path) -> Iterator[None]:
    """The portal with that language beside its own, from a folder."""
    (folder / "en_XA" / "LC_MESSAGES").mkdir(parents=True)
    with WRITTEN.open("rb") as words:
        catalogue = read_po(words, locale="en")
    for entry in catalogue:
        if entry.id:
            entry.string = tuple(map(longer, entry.id)) if entry.pluralizable else longer(entry.id)
    del catalogue[FORGOTTEN]
    with (folder / "en_XA" / "LC_MESSAGES" / "django.mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, folder]
    settings.LANGUAGES = [*settings.LANGUAGES, *languages(folder)[1:]]
    shell._made.cache_clear()
    try:
        yield
    finally:
        shell._made.cache_clear()
        translation.activate("en")
