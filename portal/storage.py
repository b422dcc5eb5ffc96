"""Static files: hashed names for everything, and what every page or the authenticator needs in few files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from rjsmin import jsmin  # type: ignore[import-untyped]
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

from portal.joining import Joiner, Read

# The authenticator's styles, in the order of the cascade.
STYLES = (
    "tokens",
    "reset",
    "base",
    "layout",
    "parts",
    "lists",
    "waiting",
    "authenticator",
    "authenticator-screens",
)
# Those of every page at the desk.
DESK_STYLES = ("tokens", "reset", "base", "layout", "parts", "lists", "waiting", "carried")
_DESK = "js/main.js"
_FIRST, _LATER, _WORKER, _LANDING = (f"authenticator/{name}.js" for name in ("main", "later", "sw/worker", "landing"))


def joined(sources: Mapping[str, str]) -> dict[str, str]:
    """The joined files by their names, from the modules and styles in `sources`. Raises ImproperlyConfigured."""

    def read(name: str) -> str:
        try:
            return sources[name]
        except KeyError:
            raise ImproperlyConfigured(f"{name} is needed by a joined file, and is not there.") from None

    joiner = Joiner(read)
    first, later = joiner.order(_FIRST), joiner.order(_LATER)
    both = [name for name in first if name in later]
    scripts = {
        "first": joiner.module(_FIRST, lends=both),
        "later": joiner.module(_LATER, address="./first.js", held=both),
        "landing": joiner.module(_LANDING),
        "worker": joiner.script(_WORKER),
    }
    files = {f"authenticator/shell/{name}.js": jsmin(text) + "\n" for name, text in scripts.items()}
    files["authenticator/shell/shell.css"] = _styles(read, STYLES)
    files["desk/desk.js"] = jsmin(Joiner(read).module(_DESK)) + "\n"
    files["desk/desk.css"] = _styles(read, DESK_STYLES)
    return files


def _styles(read: Read, names: Iterable[str]) -> str:
    return "\n".join(_style(read, f"css/{name}.css") for name in names)


def _style(read: Read, name: str) -> str:
    """A file of styles without comments and indents."""
    text = read(name)
    if re.search(r"url\(|@import|[\"'][^\"'\n]*/\*", text):
        raise ImproperlyConfigured(f"{name} cannot be joined: it has an address of its own, or a comment in a string.")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


class HashedModules(CompressedManifestStaticFilesStorage):
    """Hashed names for everything, imports between our ES modules included.

    The rewriting finds only relative imports that end with a semicolon; a test keeps ours that way. Modules that stand
    in a joined file are served one by one as well.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            sources = {name: _text(*place) for name, place in paths.items() if name.endswith((".js", ".css"))}
            for name, text in joined(sources).items():
                self.delete(name)
                self._save(name, ContentFile(text.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Pages name files by their hashed names alone: packing the others as well takes as long again, for nobody."""
        yield from super().compress_files(set(paths) & set(self.hashed_files.values()))


def _text(storage: Any, path: str) -> str:
    with storage.open(path) as file:
        return str(file.read(), "utf-8")
