"""Approvals in the record: each with the receipt of what was signed, if a key has signed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, Login
from accounts.prepared import insert
from twofactor.models import Challenge, Receipt
from twofactor.protocol.sealing import Unsealable


def approved(challenge: Challenge, login: Login | None, *, by: str, statement: str = "") -> AuditEvent:
    """Record an approval and keep the statement that made it; an answer by hand has none.

    SECURITY: called in the transaction of the approval: what cannot be recorded is not approved (R-88).
    """
    key = challenge.key
    receipt = Receipt.of(challenge, login, statement, timezone.now())
    facts: dict[str, Any] = {"receipt": receipt.digest} if receipt else {}
    facts |= {"application": challenge.application} if challenge.asker else {}
    event = audit.record(
        "challenge.approve", user=key.user, login=login, kid=key.kid, by=by, state="approved",
        purpose=challenge.what_for, device=key.name, **facts,
    )  # fmt: skip
    if receipt is not None:
        receipt.event = event
        insert(receipt)
    return event


def broken() -> Iterator[AuditEvent]:
    """Events whose receipt was changed or taken away, for the check of the record."""
    told = AuditEvent.objects.filter(facts__has_key="receipt").select_related("receipt").order_by("pk")
    for event in told.iterator(chunk_size=500):
        receipt = getattr(event, "receipt", None)
        if receipt is None or not _is_intact(receipt):
            yield event


def _is_intact(receipt: Receipt) -> bool:
    try:
        return receipt.is_intact
    except (AttributeError, TypeError, ValueError, Unsealable):
        return False
