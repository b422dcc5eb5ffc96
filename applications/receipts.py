"""What an application keeps of an approval: signed by the portal, and verified by whoever has the portal's public keys.

In it stands every approval as it was given: the text that the phone showed, its digest, and the phone's own signature
over that, so that not even the portal could have made it alone (examples/verify_receipt.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.models import AuditEvent
from accounts.prepared import update
from applications.models import Action, Part, SigningKey
from twofactor.models import Receipt
from twofactor.protocol import statements
from twofactor.protocol.sealing import Unsealable

KIND = "action-receipt+jwt"
SEALED_FOR = "action.receipt"


def of(action: Action) -> str:
    """The receipt of an approved action, made once and the same ever after. Empty while it is not approved."""
    if action.state != "approved" or action.ended_at is None:
        return ""
    if not action.receipt:
        _make(action)
    return _opened(action)


def _make(action: Action) -> None:
    made = SigningKey.objects.current().sign(_claims(action), KIND)
    # SECURITY: sealed. A statement of a phone holds a response, and who has copied that phone could try PINs
    # against one.
    sealed = settings.PORTAL_KEYRING.seal(made.encode(), SEALED_FOR, action.pk)
    with transaction.atomic():
        # Of several that make it at the same time one is kept, and in the record.
        if update(Action, Q(pk=action.pk, receipt=""), receipt=sealed):
            audit.record("action.receipt", application=action.application.name, action=action.pk, signed=_print(made))
    action.receipt = Action.objects.values_list("receipt", flat=True).get(pk=action.pk)


def _opened(action: Action) -> str:
    """Raises Unsealable where somebody has changed it."""
    clear: bytes = settings.PORTAL_KEYRING.open(action.receipt, SEALED_FOR, action.pk)
    return clear.decode()


def _claims(action: Action) -> dict[str, Any]:
    approved_at = int(action.ended_at.timestamp()) if action.ended_at else 0
    claims: dict[str, Any] = {
        "iss": settings.PORTAL_BASE_URL,
        "aud": action.application.client_id,
        "jti": action.pk,
        "iat": approved_at,
        "action": {"title": action.title, "facts": action.facts, "lang": action.lang},
        "people": action.people,
        "approvals": [_approval(part) for part in action.parts.filter(state="approved").select_related("user")],
    }
    if action.account is not None:
        claims["account"] = action.account.name
    return claims


def _approval(part: Part) -> dict[str, Any]:
    said: dict[str, Any] = {
        "sub": str(part.user_id),
        "at": int(part.decided_at.timestamp()) if part.decided_at else 0,
        "how": part.by,
        "display": part.display,
        "display_sha256": statements.display_digest(part.display or {}),
    }
    signed = Receipt.objects.filter(challenge=part.challenge).first()
    # By hand nothing is signed: eight digits came back, and the portal alone says which.
    return said | {"statement": signed.signed, "jwk": signed.public_jwk} if signed else said


def _print(receipt: str) -> str:
    return hashlib.sha256(receipt.encode()).hexdigest()


def broken() -> Iterator[AuditEvent]:
    """Events whose receipt was changed or taken away, for the check of the record."""
    told = AuditEvent.objects.filter(kind="action.receipt").order_by("pk")
    for event in told.iterator(chunk_size=500):
        kept = Action.objects.filter(pk=event.facts.get("action")).first()
        if kept is None or not _is_intact(kept, event.facts.get("signed")):
            yield event


def _is_intact(action: Action, signed: object) -> bool:
    try:
        return constant_time_compare(_print(_opened(action)), str(signed))
    except Unsealable:
        return False
