"""Remove what is over. Only tidies: every life is tested at use, so nothing depends on when this runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db.models import Q
from django.utils import timezone

from accounts import policy as people
from accounts.models import KnownBrowser, Login, OpenSession, RefusedOrigin, Tally, TemporaryPassword
from twofactor import policy
from twofactor.models import (
    Activation,
    AskedQuestion,
    Challenge,
    ClosedPrefix,
    Code,
    Delivery,
    Message,
    Passcode,
    Permit,
    Phone,
    RecoverySheet,
    Subscription,
)
from twofactor.models.key import BINDING

# The longest limit counts over a day; a counter that reset a day ago says nothing any more.
_DAY = timedelta(days=1)
# P-51. What the figures of staff look back on, and so long a person may say of a sign-in that it was not them.
_KEPT = people.TRACES_KEPT


class Command(BaseCommand):
    help = "Remove sessions, sign-ins, counters, known browsers, refused networks, texts and numbers that are over."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        over = {
            "sessions": Session.objects.filter(expire_date__lt=now),
            "counters": Tally.objects.filter(resets__lt=now - _DAY),
            "known browsers": KnownBrowser.objects.filter(used__lt=now - people.KNOWN_BROWSER_LIFE),
            "refused networks": RefusedOrigin.objects.filter(until__lt=now),
            "texts and calls": Delivery.objects.filter(created__lt=now - _KEPT),
            # Those that were finished say which networks are their person's own, as long as browsers are known.
            "sign-ins": Login.objects.filter(
                ~Q(state="consumed", created__gte=now - people.KNOWN_BROWSER_LIFE),
                created__lt=now - _KEPT,
                proposals=None,
            ),
            "activations": Activation.objects.filter(created__lt=now - _KEPT),
            "permits": Permit.objects.filter(created__lt=now - _KEPT),
            "codes": Code.objects.filter(created__lt=now - _KEPT),
            "messages": Message.objects.filter(expires__lt=now),
            "closed prefixes": ClosedPrefix.objects.filter(until__lt=now - _KEPT),
            # A number that is no longer anybody's is nobody's business, once its change cannot be stopped any more.
            "numbers given up": Phone.objects.filter(state__in=("dropped", "retired"), retired_at__lt=now - _KEPT),
            # Where a phone could be woken for a key that answers nothing any more.
            "subscriptions": Subscription.objects.exclude(key__state__in=BINDING),
            # Proofs that pushes arrive, and questions about a PIN, are of no interest to anybody later.
            "proofs": Challenge.objects.filter(Q(silent=True) | Q(purpose="pin"), created__lt=now - _DAY),
            "questions of no sign-in": Challenge.objects.filter(login=None, created__lt=now - _KEPT),
            "questions": AskedQuestion.objects.filter(at__lt=now - policy.QUESTION_REST),
        }
        for what, rows in over.items():
            self.stdout.write(f"{what}: {rows.delete()[0]}")
        # What could be shown once more, had anybody looked in time, is forgotten: nobody derives it again.
        sheets = RecoverySheet.objects.filter(state="new", created__lt=now - policy.SHEET_LIFE)
        codes = Passcode.objects.exclude(salt="").filter(created__lt=now - people.LOGIN_LIFE)
        self.stdout.write(f"secrets that nobody may see any more: {sheets.delete()[0] + codes.update(salt='')}")
        # Until then what was used may not be chosen as the new password.
        hashes = TemporaryPassword.objects.exclude(hash="").filter(created__lt=now - _KEPT)
        self.stdout.write(f"hashes of temporary passwords: {hashes.update(hash='')}")
        alive = Session.objects.values("session_key")
        self.stdout.write(f"open sessions: {OpenSession.objects.exclude(session_key__in=alive).delete()[0]}")
