"""The second factor that a session or a sign-in names, by the name that django-otp gives it."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from django.apps import apps
from django_otp.models import Device

from accounts.prepared import Prepared


def named(persistent_id: str) -> Any:
    """The device with this name, such as `twofactor.portalkey/7`; None for what names none."""
    with suppress(ValueError, LookupError):
        label, _, number = persistent_id.rpartition("/")
        kind: Any = apps.get_model(label)
        if issubclass(kind, Device):
            return _of(kind).first(pk=int(number))
    return None


@cache
def _of(kind: Any) -> Prepared[Any]:
    return Prepared(lambda pk: kind.objects.filter(pk=pk))
