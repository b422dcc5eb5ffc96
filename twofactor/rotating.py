"""Secrets that change: what is sealed or derived under an earlier one is written anew, while people sign in (R-76)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils.crypto import constant_time_compare

from twofactor.lifecycle import ACTIVATION
from twofactor.models import Activation, Phone, PortalKey, Receipt, Subscription, Totp
from twofactor.models.receipt import CLEAR
from twofactor.numbers import known
from twofactor.protocol.sealing import Unsealable

_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Column:
    """A column that holds what is sealed: for what purpose, and what names the row that it is bound to."""

    model: type[models.Model]
    name: str
    purpose: str
    bound_to: str
    # How a value begins that is older than the sealing.
    clear: str = ""

    def __str__(self) -> str:
        return f"{self.model.__name__}.{self.name}"


# The rooms above put theirs here.
COLUMNS: Final = [
    Column(PortalKey, "sealed_response_key", "portalkey.response_key", "kid"),
    Column(Phone, "sealed_number", "phone.number", "seal_id"),
    Column(Subscription, "sealed", "subscription.address", "key__kid"),
    Column(Totp, "sealed_secret", "totp.secret", "seal_id"),
    Column(Receipt, "statement", "receipt.statement", "challenge", clear=CLEAR),
]


@dataclass
class Resealed:
    """What became of one column: how many values were written anew, and the rows that no key on the ring opens."""

    done: int = 0
    lost: list[int | str] = field(default_factory=list)


def earlier(column: Column) -> QuerySet[Any]:
    """The rows whose value is not under the current field key."""
    current = settings.PORTAL_KEYRING.prefix
    rows = column.model._base_manager.exclude(**{column.name: ""})
    # Not `startswith`, which takes upper and lower case for the same on SQLite.
    found: QuerySet[Any] = rows.annotate(under=Left(column.name, len(current))).exclude(under=current)
    return found.order_by("pk")


def reseal(column: Column) -> Resealed:
    """Write what stands under an earlier field key under the current one, a few rows at a time.

    It may be stopped at any moment and started again, and nobody waits for it: a value that somebody changes between
    our reading and our writing stays theirs.
    """
    ring, result, ahead = settings.PORTAL_KEYRING, Resealed(), Q()
    fields = ("pk", column.name, column.bound_to)
    while some := list(earlier(column).filter(ahead).values_list(*fields)[:_AT_ONCE]):
        for pk, sealed, row_name in some:
            try:
                # SECURITY: the place is a part of what is sealed: what was moved here from another row does not open.
                clear = _clear(column, sealed, row_name)
            except Unsealable:
                result.lost.append(pk)
                continue
            unchanged = column.model._base_manager.filter(pk=pk, **{column.name: sealed})
            result.done += unchanged.update(**{column.name: ring.seal(clear, column.purpose, row_name)})
        ahead = Q(pk__gt=some[-1][0])
    return result


def _clear(column: Column, sealed: str, row_name: str) -> bytes:
    if column.clear and sealed.startswith(column.clear):
        return sealed.encode()
    return bytes(settings.PORTAL_KEYRING.open(sealed, column.purpose, row_name))


def fingerprint_again() -> int:
    """After a change of the pepper: what numbers are known by. Returns how many were written anew.

    Their budgets begin again. A number that no key opens keeps what it has.
    """
    count = 0
    for phone in Phone.objects.order_by("pk").iterator(chunk_size=_AT_ONCE):
        try:
            e164 = settings.PORTAL_KEYRING.open(phone.sealed_number, "phone.number", phone.seal_id).decode()
        except Unsealable:
            continue
        now = {"fingerprint": Phone.print_of(e164), "prefix": Phone.print_of_prefix(known(e164, phone.country).prefix)}
        unchanged = Phone.objects.filter(pk=phone.pk, sealed_number=phone.sealed_number).exclude(**now)
        count += unchanged.update(**now)
    return count


def burn_unreadable() -> int:
    """After a change of the pepper: activation codes that pages would show as others than they were. Returns how many.

    Whoever looks at such a page is told that the code has ended, and asks for a new one there.
    """
    shown = Activation.objects.filter(state__in=ACTIVATION.sources("burn"))
    changed = [row for row in shown if not constant_time_compare(row.code_digest, Activation.digest(row.code))]
    return sum(row.move("burn", reason="rotated") for row in changed)
