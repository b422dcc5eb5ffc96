"""Something that an application asks people to approve: exactly this, and nothing that only resembles it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Moving, User, new_id
from applications import policy
from applications.lifecycle import ACTION, PART
from applications.models.application import Application
from applications.models.joint import JointAccount


class Actions(models.Manager["Action"]):
    def locked(self, pk: str) -> Action:
        """The action, whose parts nobody else changes within this transaction. Raises DoesNotExist."""
        return self.select_for_update(of=("self",)).select_related("application", "account").get(pk=pk)


class Action(Moving):
    """There is no way to change one: a change is another action, with another question to everybody (PSD2, RTS 5)."""

    machine = ACTION

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=ACTION.start, editable=False)
    # What was approved stays, and its receipt: an application that has asked is switched off, and not deleted.
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="actions")
    account = models.ForeignKey(JointAccount, null=True, on_delete=models.PROTECT, related_name="actions")
    # How many different people it needs.
    people = models.PositiveSmallIntegerField(default=1)
    # How many the application has asked for, which is all that it is told of it.
    people_asked = models.PositiveSmallIntegerField(default=1, db_default=1)
    title = models.CharField(max_length=policy.TITLE_LONGEST)
    facts = models.JSONField()
    # The language in which the application wrote it.
    lang = models.CharField(max_length=10)
    # By what the application finds it again when it asks twice, and what it had asked.
    idempotency_key = models.CharField(max_length=policy.IDEMPOTENCY_LONGEST, null=True)
    asked_for = models.CharField(max_length=64)
    reason = models.CharField(max_length=24, blank=True)
    ended_at = models.DateTimeField(null=True)
    # What the application verifies offline, once all have approved; sealed.
    receipt = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    expires = models.DateTimeField()

    objects = Actions()

    class Meta:
        default_permissions: ClassVar = []
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "idempotency_key"], name="one_action_a_key")
        ]

    def __str__(self) -> str:
        return f"action {self.id}"

    @property
    def standing(self) -> str:
        """The state as it is now: an open one whose time is over has expired, tidied or not (R-02)."""
        return "expired" if self.state == "pending" and self.expires <= timezone.now() else self.state

    @property
    def is_on(self) -> bool:
        """SECURITY: with an application or an account that is switched off nobody is asked, and no approval counts."""
        on = self.application.is_active and self.application.asks_actions
        return on and (self.account is None or self.account.is_active)

    def end(self, event: str, *, reason: str = "") -> bool:
        """The first end wins; what has expired by the database's clock can only lapse."""
        return self.move(event, when=Q(expires__gt=Now()), reason=reason, ended_at=timezone.now())


class Part(Moving):
    """What one person has to say about an action. There is one for each person: nobody approves twice."""

    machine = PART

    state = models.CharField(max_length=16, default=PART.start, editable=False)
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="parts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="action_parts")
    # Which question to their phone settled it, in which words, and how it was answered (online or hand).
    challenge = models.CharField(max_length=22, blank=True)
    display = models.JSONField(null=True)
    by = models.CharField(max_length=10, blank=True)
    decided_at = models.DateTimeField(null=True)
    # The epoch of the person when they approved: while others are waited for, what ends their sessions ends this, too.
    auth_epoch = models.PositiveIntegerField(null=True)

    class Meta:
        default_permissions: ClassVar = []
        constraints: ClassVar = [models.UniqueConstraint(fields=["action", "user"], name="one_part_a_person")]
        ordering: ClassVar = ["decided_at", "pk"]

    def __str__(self) -> str:
        return f"part of {self.action_id}"

    def decline(self, *, at: datetime) -> bool:
        """Without a phone: on the page about it."""
        return self.move("decline", by="page", decided_at=at)

    def settle(
        self, event: str, *, challenge: str, display: dict[str, Any], by: str, at: datetime, auth_epoch: int
    ) -> bool:
        return self.move(event, challenge=challenge, display=display, by=by, decided_at=at, auth_epoch=auth_epoch)
