"""A plugin of pytest, for changes outside of functions: the file is imported as MUTANT_SOURCE has it.

Named by `-p`, so that it is there before anything of the portal is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

_PATH = str(Path(os.environ["MUTANT_PATH"]).resolve())
_MODULE = os.environ["MUTANT_PATH"].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
_SOURCE = Path(os.environ["MUTANT_SOURCE"]).read_bytes()


class _Changed(SourceFileLoader):
    def get_data(self, path: str) -> bytes:
        return _SOURCE if path == _PATH else super().get_data(path)

    def path_stats(self, path: str) -> dict[str, float]:
        """Without them no compiled file is read, and none is written."""
        raise OSError


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_file_location(name, _PATH, loader=_Changed(name, _PATH)) if name == _MODULE else None


sys.meta_path.insert(0, _Finder())
