"""After a backup of the database was put back: nothing that was used, ended or signed since is good again (FI-24)."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import KnownBrowser, Login, Moving, OpenSession, TemporaryPassword, User
from twofactor import policy
from twofactor.models import (
    Activation,
    Challenge,
    Code,
    Passcode,
    Permit,
    Proposal,
    RecoverySheet,
    Totp,
)

# More than any person's epoch can have grown since the backup: what was signed for an epoch of then fits none of now.
_EPOCHS: Final = 1_000
# More rows than any table can have got since: a link that names a row of then names no row of now.
_NUMBERS: Final = 1_000_000


def end_what_was_open() -> dict[str, int]:
    """End all of it: sessions, sign-ins, questions, codes, what staff had proposed. Returns how many of each."""
    now = timezone.now()
    gone = {"end": {"ended_at": now, "salt": "", "confirmed": False, "reason": "restored"}}
    ways: list[tuple[str, type[Moving], str, dict[str, Any]]] = [
        ("sign-ins in progress", Login, "supersede", {"reason": "restored"}),
        ("questions to phones", Challenge, "supersede", {"reason": "restored", "decided_at": now}),
        ("codes by text and call", Code, "burn", {}),
        ("activation codes", Activation, "burn", {"reason": "restored"}),
        ("codes of the console", Permit, "burn", {}),
        ("temporary passwords", TemporaryPassword, "end", {}),
        ("passcodes", Passcode, "end", gone["end"]),
        ("proposals of staff", Proposal, "cancel", {"ended": "restored", "ended_at": now}),
    ]
    with transaction.atomic():
        # One order of locks everywhere: people first.
        User.objects.update(auth_epoch=F("auth_epoch") + _EPOCHS)
        ended = {"sessions": Session.objects.all().delete()[0]}
        OpenSession.objects.all().delete()
        KnownBrowser.objects.all().delete()
        for what, model, event, changes in ways:
            ended[what] = _end(model, event, changes)
        # SECURITY: a code that an app has shown until now may have been used after the backup.
        step = int(now.timestamp()) // policy.TOTP_STEP + policy.TOTP_WINDOW
        Totp.objects.filter(last_step__lt=step).update(last_step=step)
    return ended


def void_recovery_codes() -> int:
    """Which of them were used since the backup nobody knows, so none is good any more. Returns how many sheets."""
    return _end(RecoverySheet, "revoke", {"ended_at": timezone.now(), "salt": "", "confirmed": False})


def _end(model: type[Moving], event: str, changes: dict[str, Any]) -> int:
    open_ones = model._base_manager.filter(state__in=model.machine.sources(event))
    return sum(row.move(event, **changes) for row in open_ones.iterator())


def skip_numbers() -> None:
    """Rows to come get numbers that none has had: links in old mails name rows by them."""
    counters = connection.introspection.sequence_list()
    with connection.cursor() as cursor:
        for table in [each["table"] for each in counters if connection.vendor == "sqlite"]:
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [_NUMBERS, table])
            if not cursor.rowcount:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, _NUMBERS])
        for name in [each["name"] for each in counters if connection.vendor == "postgresql"]:
            cursor.execute("SELECT setval(%s::regclass, nextval(%s::regclass) + %s)", [name, name, _NUMBERS])
