"""Sealed messages: what the portal has to tell one phone, and nobody on the way, the database included (section 8)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When, Window
from django.db.models.functions import Now, RowNumber
from django.utils import timezone

from accounts.lifecycle import TEMPORARY
from accounts.models import TemporaryPassword, new_id
from accounts.prepared import Prepared, insert
from twofactor import policy
from twofactor.models.challenge import AskedQuestion
from twofactor.models.key import PortalKey
from twofactor.protocol import jwe


class Messages(models.Manager["Message"]):
    def readable(self) -> models.QuerySet[Message]:
        """Those that may still be opened, by the database's clock; of temporary passwords the one that is not over."""
        good = Q(temporary=None) | Q(temporary__state__in=TEMPORARY.sources("end"))
        return self.filter(good, expires__gt=Now())

    def inbox(self, keys: Iterable[PortalKey]) -> list[Message]:
        """What the authenticator with these keys should list. Newest first.

        SECURITY: a temporary password always, and of what happens over and over the latest few: whoever repeats one
        change a hundred times hides no other.
        """
        found = [message for key in keys for message in _LISTED.all(key=key.pk)]
        found.sort(key=_age, reverse=True)
        # The sort is stable: passwords first, and then by age.
        few = sorted(found, key=lambda message: message.kind != Message.PASSWORD)[: policy.MESSAGES_LISTED]
        return sorted(few, key=_age, reverse=True)

    def listed(self, key: Any) -> models.QuerySet[Message]:
        """Of one key those that may be among them: the database tells them apart, however many there are."""
        newest = [F("created").desc(), F("pk").desc()]
        alike = Window(RowNumber(), partition_by=[F("title")], order_by=newest)
        waiting = self.readable().filter(key=key).select_related("key__user").annotate(alike=alike)
        few = waiting.filter(Q(kind=Message.PASSWORD) | Q(alike__lte=policy.MESSAGES_ALIKE))
        passwords_first = Case(When(kind=Message.PASSWORD, then=Value(0)), default=Value(1))
        return few.order_by(passwords_first, *newest)[: policy.MESSAGES_LISTED]


class Message(models.Model):
    """One message to one key. `jwe` is all that is kept of what it says, and only that phone opens it."""

    PASSWORD, NOTICE = "temporary-password", "notice"

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    key = models.ForeignKey(PortalKey, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    jwe = models.TextField()
    # Empty: it is opened without a PIN.
    question = models.CharField(max_length=6, blank=True)
    temporary = models.OneToOneField(TemporaryPassword, null=True, on_delete=models.CASCADE, related_name="message")
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    objects = Messages()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "-created"], name="messages_of_key")]

    def __str__(self) -> str:
        return f"message {self.id}"

    @classmethod
    def seal(
        cls,
        key: PortalKey,
        *,
        kind: str,
        title: str,
        says: dict[str, Any],
        expires: datetime,
        temporary: TemporaryPassword | None = None,
        known: bool = False,
    ) -> Message:
        """Write what the message `says` so that this key's phone alone reads it; a temporary password asks for the PIN.

        What the person at that phone has just done themselves is `known`: listed, and not called.
        """
        message = cls(key=key, kind=kind, title=title, expires=expires, temporary=temporary)
        # SECURITY: sealed for this key and this message: in the place of another one it does not open.
        message.jwe = jwe.seal(
            json.dumps(says, ensure_ascii=False).encode(),
            key.sealing_jwk,
            sender=settings.PORTAL_BASE_URL,
            recipient=f"{key.kid}.{message.pk}",
        )
        if known:
            message.opened_at = timezone.now()
        if kind == cls.PASSWORD:
            message.question = AskedQuestion.draw(key)
        insert(message)
        return message

    def as_listed(self) -> dict[str, Any]:
        """The message as the authenticator's list has it (protocol section 8)."""
        listed: dict[str, Any] = {
            "id": self.pk,
            "kid": self.key.kid,
            "kind": self.kind,
            "title": self.title,
            "created": int(self.created.timestamp()),
            "expires": int(self.expires.timestamp()),
        }
        if self.question:
            listed["question"] = self.question
        if self.opened_at:
            listed["opened"] = int(self.opened_at.timestamp())
        return listed

    def saw(self) -> bool:
        """Write when it was first opened. False: it had been before."""
        now = timezone.now()
        first = bool(Message.objects.filter(pk=self.pk, opened_at=None).update(opened_at=now))
        if first:
            self.opened_at = now
        return first


def _age(message: Message) -> tuple[datetime, str]:
    return message.created, message.pk


_LISTED = Prepared(lambda key: Message.objects.listed(key))
