"""The record as rows: events that are only ever added, and the two marks that hold the ends of their chain."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Unchangeable(Exception):
    """The record is only added to. What prunes it goes through `chain`."""


class OnlyAdded(models.QuerySet["AuditEvent"]):
    """SECURITY: no line of the portal changes or deletes an event by accident. Django itself uses the base manager."""

    def update(self, **changes: Any) -> NoReturn:
        raise Unchangeable("events are never changed")

    def delete(self) -> NoReturn:
        raise Unchangeable("events are removed by `manage.py audit prune` alone")


class AuditEvent(models.Model):
    """One thing that happened. Written by `audit.record` and by nothing else; never changed."""

    # What names it for good; None only in rows that are older than the chain.
    name = models.CharField(max_length=22, null=True, unique=True, editable=False)
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True, editable=False)
    kind = models.CharField(_("what"), max_length=48, editable=False)
    outcome = models.CharField(_("outcome"), max_length=12, editable=False)
    reason = models.CharField(_("reason"), max_length=48, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, editable=False
    )
    # Who it was, for good: the row of the person may go, and its reference with it.
    user_number = models.BigIntegerField(_("person's number"), null=True, editable=False)
    username = models.CharField(_("username"), max_length=64, blank=True, default="", db_default="", editable=False)
    login_id = models.CharField(max_length=22, blank=True, editable=False)
    browser = models.CharField(_("browser"), max_length=64, blank=True, editable=False)
    address = models.GenericIPAddressField(_("address"), null=True, editable=False)
    facts = models.JSONField(_("facts"), default=dict, editable=False)
    # Its place in the chain, None until it has one; the link of the event before it; and its own. Until it has a place,
    # `mac` seals what was recorded.
    seq = models.BigIntegerField(_("place"), null=True, unique=True, editable=False)
    before = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    mac = models.CharField(_("link"), max_length=64, blank=True, default="", db_default="", editable=False)

    objects = OnlyAdded.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("event")
        verbose_name_plural = _("record of events")
        indexes: ClassVar = [models.Index(fields=["user", "-id"], name="events_of_user")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise Unchangeable("events are never changed")
        super().save(force_insert=True)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise Unchangeable("events are removed by `manage.py audit prune` alone")


class ChainMark(models.Model):
    """An end of the chain: `head`, the event linked last; `start`, the last one that was pruned. Written by `chain`."""

    name = models.CharField(primary_key=True, max_length=8)
    seq = models.BigIntegerField()
    mac = models.CharField(max_length=64)
    # SECURITY: an end that was not written by this portal does not hold, so nobody shortens the chain by moving it.
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.seq}:{self.mac}"
