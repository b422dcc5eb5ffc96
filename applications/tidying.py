"""What is over leaves: requests that nobody answers any more, used codes, old tokens, visits, keys."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from applications import policy
from applications.models import (
    AccessToken,
    Action,
    Arrival,
    DeviceSignIn,
    Grant,
    PhoneSignIn,
    RefreshToken,
    Refusal,
    SigningKey,
    Visit,
)


def sweep() -> datetime | None:
    """Nothing here opens a door: what is over is so at its use. Returns when to look again."""
    now = timezone.now()
    Arrival.objects.filter(created__lt=now - policy.ARRIVAL_LIFE).delete()
    AccessToken.objects.filter(expires__lt=now).delete()
    # SECURITY: used codes and tokens stay as long as somebody who has copied one may try it.
    Grant.objects.filter(created__lt=now - policy.REFRESH_TOKEN_LIFE).delete()
    RefreshToken.objects.filter(created__lt=now - 2 * policy.REFRESH_TOKEN_LIFE).delete()
    unused = Q(used__lt=now - policy.VISIT_KEPT) | Q(used=None, created__lt=now - policy.VISIT_KEPT)
    Visit.objects.filter(unused).delete()
    DeviceSignIn.objects.filter(created__lt=now - policy.ASKED_KEPT).delete()
    PhoneSignIn.objects.filter(created__lt=now - policy.ASKED_KEPT).delete()
    # What was approved stays: its receipt is in the record, and its application may ask for it again.
    Action.objects.filter(created__lt=now - policy.ASKED_KEPT).exclude(state="approved").delete()
    Refusal.objects.filter(until__lt=now - policy.ASKED_KEPT).delete()
    SigningKey.objects.tidy()
    return now + policy.TIDY_EVERY
