"""Rows on their way between the database and Django's models, without what Django settles anew for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache, reduce
from types import NoneType
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.backends.sqlite3.operations import DatabaseOperations
from django.db.models import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    EmailField,
    Field,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    TextField,
)
from django.db.models.base import ModelState

_M = TypeVar("_M", bound=Model)
Convert = Callable[[Any], Any]
# What SQLite's rows leave out: to take a zone off and to put it on take longer than to write and to read all of it.
_UTC: Final = "+00:00"

# What a driver takes as it is, by the class of its field.
_AS_IT_IS: dict[type[Any], type] = {
    **dict.fromkeys((CharField, EmailField, TextField), str),
    **dict.fromkeys((BigAutoField, BigIntegerField, PositiveIntegerField, PositiveSmallIntegerField), int),
    BooleanField: bool,
}


class Column:
    """A field as it is written."""

    def __init__(self, field: Any) -> None:
        self._field = field
        self._kinds = (NoneType, _AS_IT_IS.get(type(_target(field)), NoneType))
        self._is_moment = type(field) is DateTimeField
        # Nothing of its own is made of a value when a row is saved, such as the time of now.
        self._is_kept = type(field).pre_save is Field.pre_save
        self._is_kept |= self._is_moment and not (field.auto_now or field.auto_now_add)

    def of(self, one: Any, here: Any) -> Any:
        """What the driver takes for this field of a row."""
        value = getattr(one, self._field.attname) if self._is_kept else self._field.pre_save(one, True)
        return self.stored(value, here)

    def stored(self, value: Any, here: Any) -> Any:
        """What the driver takes for this value."""
        kind = type(value)
        if kind in self._kinds:
            return value
        if kind is datetime and self._is_moment and value.tzinfo is not None:
            return moment(value, here)
        return self._field.get_db_prep_save(value, here)


def moment(value: datetime, here: Any) -> Any:
    """What the driver takes for a moment. SQLite keeps it by UTC, as nearly all that are given are told."""
    if value.tzinfo is UTC and here.vendor == "sqlite":
        return value.isoformat(" ")[: -len(_UTC)]
    return here.ops.adapt_datetimefield_value(value)


def _told(value: str) -> datetime:
    """The same as it is read."""
    return datetime.fromisoformat(f"{value}{_UTC}")


def _target(field: Any) -> Any:
    """The field whose values it holds: a foreign key has those of what it leads to."""
    return _target(field.target_field) if field.remote_field else field


def new(model: type[_M], **given: Any) -> _M:
    """A row that is not written yet, as `model(**given)` makes it where nobody listens for each one that is made.

    Whatever it is related to is given as a model.
    """
    made = model.__new__(model)
    made._state = state = ModelState()  # noqa: SLF001
    columns = made.__dict__
    for name, column, default in _columns(model):
        if name not in given:
            columns[column] = default()
        elif name == column:
            columns[column] = given.pop(name)
        else:
            other = state.fields_cache[name] = given.pop(name)
            columns[column] = other.pk if other is not None else None
    if given:
        raise TypeError(f"{model.__name__} has no {', '.join(given)}")
    return made


@cache
def _columns(model: type[Model]) -> list[tuple[str, str, Callable[[], Any]]]:
    fields: Any = model._meta.concrete_fields  # noqa: SLF001
    return [(field.name, field.attname, field._get_default) for field in fields]  # noqa: SLF001


# What SQLite's values become, without looks at what else they could be.
_KNOWN: Final[dict[Any, Convert]] = {
    DatabaseOperations.convert_datetimefield_value: _told,
    DatabaseOperations.convert_booleanfield_value: bool,
}


class Reader:
    """Makes models out of rows, as the ORM does where nobody listens for each one that is made."""

    def __init__(self, known: dict[str, Any], selected: Any) -> None:
        self._model, columns = known["model"], known["select_fields"]
        self._first, self._end = columns[0], columns[-1] + 1
        self._names = [part[0].target.attname for part in selected[self._first : self._end]]
        self._key = self._first + self._names.index(self._model._meta.pk.attname)  # noqa: SLF001
        self._related = [
            (Reader(each, selected), each["local_setter"], each["remote_setter"])
            for each in known.get("related_klass_infos", ())
        ]

    def one(self, row: Any, alias: str) -> Any:
        """What stands in this row; None where a related one does not exist."""
        if row[self._key] is None:
            return None
        made = self._model.__new__(self._model)
        made._state = state = ModelState()  # noqa: SLF001
        state.adding, state.db = False, alias
        made.__dict__.update(zip(self._names, row[self._first : self._end], strict=True))
        for reader, hold, held_by in self._related:
            other = reader.one(row, alias)
            hold(made, other)
            if other is not None:
                held_by(other, made)
        return made


def quick(converters: dict[int, Any]) -> list[tuple[int, Convert]]:
    """How values of rows are converted, by their places."""
    return [
        (place, reduce(_then, [_of_one(each, expression) for each in converts]))
        for place, (converts, expression) in converters.items()
    ]


def _of_one(convert: Any, expression: Any) -> Convert:
    known = _KNOWN.get(getattr(convert, "__func__", None))
    return known or (lambda value: convert(value, expression, connection))


def _then(first: Convert, second: Convert) -> Convert:
    return lambda value: second(first(value))


def converted(rows: Iterable[Any], converters: Iterable[tuple[int, Convert]]) -> Iterator[list[Any]]:
    """Rows with the values that models have. There is none to whom nothing would be something else."""
    for row in map(list, rows):
        for place, convert in converters:
            value = row[place]
            if value is not None:
                row[place] = convert(value)
        yield row
