"""Statements that are worked out once: what Django's ORM says in them, without its work each time.

A sign-in asks the database some hundred times, and to build, resolve and compile a query costs several times what the
database takes to answer it. Here a query is written in the ORM's words as ever, with a name where a value will stand;
it is compiled at its first use, and from then on only its values change:

    of_user = Prepared(lambda user: Phone.objects.filter(user=user, state="verified"))
    of_user.first(user=person.pk)

What comes back is what the ORM would give: models with their related ones, or rows of values.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property, lru_cache
from itertools import chain, repeat
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX
from django.db.models import Expression, Q
from django.db.models.query import QuerySet
from django.db.models.sql import UpdateQuery

from accounts.rows import Column, Convert, Reader, converted, moment, quick

_M = TypeVar("_M", bound=models.Model)


def ask(sql: str, values: list[Any]) -> tuple[list[Any], int]:
    """Put a statement to the database, with values as its driver takes them: the rows, and how many were touched.

    Django's cursors look at each call for what has long been settled, which takes five times as long as SQLite needs
    for its answer. They are used where somebody listens: tracing, tests that count. What keeps a connection right is
    the same here: that it lives, that its transaction is whole, that errors have their names.
    """
    return _put(connections[DEFAULT_DB_ALIAS], sql, values)


def _put(here: Any, sql: str, values: list[Any]) -> tuple[list[Any], int]:
    if here.execute_wrappers or here.queries_logged:
        with here.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else [], cursor.rowcount
    here.close_if_health_check_failed()
    if here.connection is None:
        here.ensure_connection()
    here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        answer = here.connection.execute(_as_spoken(sql, here.vendor), values)
        return answer.fetchall() if answer.description else [], answer.rowcount


@lru_cache(1000)
def _as_spoken(sql: str, vendor: str) -> str:
    """SQLite has its own sign for the place of a value."""
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%") if vendor == "sqlite" else sql


class Given(Expression):
    """The place of a value that is named, and given each time. `field` is whose value it is, where it is written."""

    def __init__(self, name: str, field: Any = None) -> None:
        super().__init__(output_field=field)
        self.name, self.column = name, Column(field) if field else None

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return "%s", [self]

    def __str__(self) -> str:
        # Django makes words of what it looks for in some places, and would look for this one's.
        raise TypeError(f"{self.name} is the place of a value and no word: say `pk__in`, of a related model too")

    def value(self, given: dict[str, Any], here: Any) -> Any:
        found = given[self.name]
        if self.column is not None:
            return self.column.stored(found, here)
        return moment(found, here) if isinstance(found, datetime) else found


@dataclass(frozen=True)
class _Statement:
    """One compiled statement, and how its rows are read. What compiled it outlives its thread: reading asks nothing."""

    sql: str
    params: tuple[Any, ...]
    compiler: Any
    converters: list[tuple[int, Convert]]

    @classmethod
    def of(cls, query: Any) -> _Statement:
        compiler = query.get_compiler(connection=connection)
        sql, params = _with_words(*compiler.as_sql())
        read = getattr(compiler, "select", None) or ()
        return cls(sql, params, compiler, quick(compiler.get_converters(part[0] for part in read)))

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.compiler.klass_info, self.compiler.select)

    def run(self, here: Any, given: dict[str, Any]) -> tuple[list[Any], int]:
        return _put(here, self.sql, [each.value(given, here) if type(each) is Given else each for each in self.params])

    def rows(self, here: Any, given: dict[str, Any]) -> list[Any]:
        found = self.run(here, given)[0]
        return [tuple(row) for row in converted(found, self.converters)] if self.converters else found

    def models(self, here: Any, given: dict[str, Any]) -> Iterator[Any]:
        """The models that its rows are."""
        for row in converted(self.run(here, given)[0], self.converters):
            one = self.reader.one(row, here.alias)
            for name, place in self.compiler.annotation_col_map.items():
                setattr(one, name, row[place])
            yield one


# Words of ours, such as states: nothing that would have to be quoted.
_WORD = re.compile(r"[\w.-]+")


def _with_words(sql: str, params: Iterable[Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement with the words that never change written into it.

    An index of some states alone serves a statement that names its state. Where one gives it as a value, SQLite plans
    that statement anew each time, to see whether the index may be used.
    """
    first, *parts = sql.split("%s")
    given, written = [], [first]
    for value, part in zip(params, parts, strict=True):
        is_word = isinstance(value, str) and _WORD.fullmatch(value)
        written += [f"'{value}'" if is_word else "%s", part]
        given += [] if is_word else [value]
    return "".join(written), tuple(given)


class Prepared(Generic[_M]):
    """A query whose parameters are those of the function that builds it."""

    def __init__(self, build: Callable[..., QuerySet[_M, Any]], names: Iterable[str] | None = None) -> None:
        self._build = build
        self._names = tuple(inspect.signature(build).parameters if names is None else names)
        self._statement = cache(self._compiled)

    def all(self, **given: Any) -> list[_M]:
        return list(self._read("all", given))

    def first(self, **given: Any) -> _M | None:
        return next(self._read("first", given), None)

    def get(self, **given: Any) -> _M:
        """The one there is. Raises the model's DoesNotExist."""
        found = self.first(**given)
        if found is None:
            model: Any = self._queryset().model
            raise model.DoesNotExist(f"{model.__name__} matching query does not exist.")
        return found

    def any(self, **given: Any) -> bool:
        here = connections[DEFAULT_DB_ALIAS]
        return bool(self._statement("any", here.vendor).run(here, given)[0])

    def rows(self, **given: Any) -> list[Any]:
        """Of a query for values: one tuple each."""
        here = connections[DEFAULT_DB_ALIAS]
        return self._statement("all", here.vendor).rows(here, given)

    def _read(self, how: str, given: dict[str, Any]) -> Iterator[_M]:
        here = connections[DEFAULT_DB_ALIAS]
        yield from self._statement(how, here.vendor).models(here, given)

    def _queryset(self) -> Any:
        return self._build(**{name: Given(name) for name in self._names})

    def _compiled(self, how: str, vendor: str) -> _Statement:
        found = self._queryset()
        if how == "any":
            return _Statement.of(found.query.exists())
        if how == "first":
            found = (found if found.ordered else found.order_by("pk"))[:1]
        return _Statement.of(found.query)


class PreparedMany(Generic[_M]):
    """A query about many: the first parameter of `build` gets a list. The whole list is given each time.

    It is compiled for each power of two, not for each length: what is missing repeats the first.
    """

    def __init__(self, build: Callable[..., QuerySet[_M, Any]]) -> None:
        self._build = build
        _many, *self._names = inspect.signature(build).parameters
        self._sized = cache(self._of_size)

    def all(self, many: Sequence[object], **given: Any) -> list[_M]:
        prepared, values = self._for(many)
        return prepared.all(**values, **given)

    def rows(self, many: Sequence[object], **given: Any) -> list[Any]:
        """Of a query for values: one tuple each."""
        prepared, values = self._for(many)
        return prepared.rows(**values, **given)

    def _for(self, many: Sequence[object]) -> tuple[Prepared[_M], dict[str, object]]:
        places = _places(1 << (len(many) - 1).bit_length())
        return self._sized(len(places)), dict(zip(places, chain(many, repeat(many[0])), strict=False))

    def _of_size(self, size: int) -> Prepared[_M]:
        def build(**given: Any) -> QuerySet[_M, Any]:
            return self._build([given.pop(place) for place in _places(size)], **given)

        return Prepared(build, [*_places(size), *self._names])


@cache
def _places(size: int) -> list[str]:
    return [f"_{at}" for at in range(size)]


class PreparedUpdate:
    """An update of the rows that `build` finds. `changes` are expressions, or None: a value given by that name."""

    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Any]],
        names: Iterable[str] | None = None,
        returning: Iterable[str] | None = None,
        **changes: Any,
    ) -> None:
        self._build, self._changes, self._returning = build, changes, tuple(returning or ())
        self._names = tuple(inspect.signature(build).parameters if names is None else names)
        self._statement = cache(self._compiled)

    def run(self, **given: Any) -> int:
        """How many rows were written."""
        here = connections[DEFAULT_DB_ALIAS]
        return self._statement(here.vendor).run(here, given)[1]

    def rows(self, **given: Any) -> list[Any]:
        """What stands in `returning` of the rows that were written, as it stands in them now."""
        here = connections[DEFAULT_DB_ALIAS]
        return self._statement(here.vendor).rows(here, given)

    def _compiled(self, vendor: str) -> _Statement:
        found = self._build(**{name: Given(name) for name in self._names})
        meta = found.model._meta  # noqa: SLF001
        query: Any = found.query.chain(UpdateQuery)
        query.add_update_values(
            {name: Given(name, meta.get_field(name)) if to is None else to for name, to in self._changes.items()}
        )
        statement = _Statement.of(query)
        if not self._returning:
            return statement
        fields = [meta.get_field(name) for name in self._returning]
        columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
        converters = statement.compiler.get_converters(field.cached_col for field in fields)
        return replace(statement, sql=f"{statement.sql} RETURNING {columns}", converters=quick(converters))


_Shape = tuple[object, ...]
_updates: dict[_Shape, PreparedUpdate] = {}
# Expressions may hold values, which are parts of a shape: no process keeps all that it ever met.
_MOST_UPDATES = 500


def update(model: type[models.Model], where: Q, **changes: Any) -> int:
    """`filter(where).update(**changes)`, compiled once for each shape of both: their values are told apart from it."""
    given: dict[str, Any] = {}
    shape, where = _split(where, given)
    fixed = {name: value for name, value in changes.items() if hasattr(value, "resolve_expression")}
    key = (model, shape, tuple(changes), tuple(fixed.items()))
    statement = _updates.get(key)
    if statement is None:
        rows = model._base_manager.filter(where)
        statement = PreparedUpdate(lambda: rows, **{name: fixed.get(name) for name in changes})
        if len(_updates) >= _MOST_UPDATES:
            _updates.clear()
        _updates[key] = statement
    return statement.run(**given, **{name: _plain(value) for name, value in changes.items() if name not in fixed})


def _split(where: Q, given: dict[str, Any]) -> tuple[_Shape, Q]:
    """What a condition is without its values, and the condition with places for them, which go to `given`."""
    shapes, children = [], []
    for child in where.children:
        if isinstance(child, Q):
            shape, child = _split(child, given)
        else:
            name, value = cast(tuple[str, Any], child)
            # None is a condition of its own, and so are expressions and what is one of several.
            if not (value is None or hasattr(value, "resolve_expression") or isinstance(value, tuple | frozenset)):
                given[f"_{len(given)}"] = _plain(value)
                child, value = (name, Given(f"_{len(given) - 1}")), "given"
            shape = (name, value)
        shapes.append(shape)
        children.append(child)
    return (where.connector, where.negated, *shapes), Q.create(children, where.connector, where.negated)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def insert(one: models.Model) -> None:
    """Write a new row, as `save(force_insert=True)` does where nobody listens for it."""
    _insert(one, "")


def insert_new(one: models.Model) -> bool:
    """The same where the database makes its number, or nothing where there is one already. Whether it was written."""
    return bool(_insert(one, " ON CONFLICT DO NOTHING"))


def _insert(one: models.Model, conflict: str) -> list[Any]:
    here: Any = connections[DEFAULT_DB_ALIAS]
    sql, columns, made = _insertion(type(one), conflict, here.vendor)
    rows = _put(here, sql, [column.of(one, here) for column in columns])[0]
    if made is not None and rows:
        setattr(one, made, rows[0][0])
    one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001
    return rows


@cache
def _insertion(model: type[models.Model], conflict: str, vendor: str) -> tuple[str, list[Column], str | None]:
    meta: Any = model._meta  # noqa: SLF001
    quoted = connection.ops.quote_name
    made = meta.auto_field
    fields = [field for field in meta.local_concrete_fields if field is not made]
    columns = ", ".join(quoted(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({places}){conflict}"  # noqa: S608 # nosec B608 names of ours
    written = [Column(field) for field in fields]
    return (f"{sql} RETURNING {quoted(made.column)}", written, made.attname) if made else (sql, written, None)
