"""Changed code put into a process that is already running: into its functions, or into what its modules hold."""

from __future__ import annotations

import gc
import sys
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from bench.mutants.changes import Change

Pairs = list[tuple[CodeType, CodeType]]


def inside(change: Change) -> Pairs | None:
    """The functions whose code differs, old and new; None if what runs when the file is imported differs.

    Raises SyntaxError for a change that is no Python.
    """
    path = str(Path(change.path).resolve())
    return _pairs(_unchanged(path), compile(change.source, path, "exec", dont_inherit=True))


@cache
def _unchanged(path: str) -> CodeType:
    return compile(Path(path).read_text(), path, "exec", dont_inherit=True)


def functions() -> list[FunctionType]:
    """All functions of this process. Asked once, before the forks: to look at every object is to copy its page."""
    return [each for each in gc.get_objects() if isinstance(each, FunctionType)]


def swap(pairs: Pairs, among: list[FunctionType]) -> bool:
    """Give every function that has the old code the new one. False: none could take it."""
    wanted = {(old.co_filename, old.co_qualname, old.co_firstlineno): new for old, new in pairs}
    done = False
    for each in among:
        has = each.__code__
        new = wanted.get((has.co_filename, has.co_qualname, has.co_firstlineno))
        if new is not None and new.co_freevars == has.co_freevars:
            each.__code__ = new
            done = True
    return done


def load(change: Change) -> bool:
    """Run the changed file beside its module, and put what came out differently into the module and its borrowers.

    Tables are filled anew where they are, functions get their defaults, plain values take each other's place wherever
    they were imported. False: nothing of that kind differs, or it cannot be told. Raises what the changed file raises.
    """
    module = sys.modules[change.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")]
    fresh = ModuleType(module.__name__)
    fresh.__file__, fresh.__package__ = module.__file__, module.__package__
    exec(compile(change.source, str(Path(change.path).resolve()), "exec", dont_inherit=True), vars(fresh))
    done = False
    for name, new in vars(fresh).items():
        old = vars(module).get(name)
        if not name.startswith("__") and name in vars(module):
            done = _take_over(name, old, new) or done
    return done


def _take_over(name: str, old: Any, new: Any) -> bool:
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        if (old.__defaults__, old.__kwdefaults__) == (new.__defaults__, new.__kwdefaults__):
            return False
        old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
        return True
    if isinstance(old, int | str | bytes | tuple | frozenset):
        return old != new and _rebind(name, old, new)
    if isinstance(old, dict):
        different = old != new
        old.clear()
        old.update(new)
        return different
    if type(old).__module__ == type(new).__module__ and type(old).__qualname__ == type(new).__qualname__:
        held = getattr(old, "__dict__", None)
        if held is not None and not isinstance(old, type) and held != vars(new):
            held.clear()
            held.update(vars(new))
            return True
    return False


def _rebind(name: str, old: Any, new: Any) -> bool:
    for module in list(sys.modules.values()):
        held = getattr(module, "__dict__", {})
        if held.get(name) is old:
            held[name] = new
    return True


def _pairs(old: CodeType, new: CodeType) -> Pairs | None:
    if _own(old) != _own(new):
        return None
    pairs = []
    for before, after in zip(_inner(old), _inner(new), strict=True):
        if _is_class(before):
            below = _pairs(before, after)
            if below is None:
                return None
            pairs += below
        elif _all(before) != _all(after):
            pairs.append((before, after))
    return pairs


def _is_class(code: CodeType) -> bool:
    """Whether this is the body of a class, which runs at import."""
    return "__module__" in code.co_names and "__qualname__" in code.co_names


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _own(code: CodeType) -> tuple[object, ...]:
    consts = [each.co_name if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_argcount


def _all(code: CodeType) -> tuple[object, ...]:
    return (*_own(code), *(_all(each) for each in _inner(code)))
