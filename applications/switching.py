"""Story: staff switch an application off, one of its ways, or a joint account: what is open in its name ends.

Whoever asks, answers or fetches is refused as long as it is off, without this. But nobody's phone goes on asking, and
what had been approved before is not fetched once it is on again.
"""

from __future__ import annotations

from applications import asked, backchannel, device, visits
from applications.models import Application, DeviceSignIn, JointAccount, PhoneSignIn
from twofactor.models import Challenge

_OFF = "off"


def application_changed(application: Application) -> None:
    """End what this application, as it stands now, may no longer ask or have."""
    if not (application.is_active and application.asks_actions):
        asked.take_back(Challenge.objects.filter(asker=str(application.pk), purpose="action"), reason=_OFF)
    if not application.allows_grant_type(backchannel.GRANT):
        backchannel.end(PhoneSignIn.objects.filter(application=application), reason=_OFF)
    if not application.allows_grant_type(device.GRANT):
        device.end(DeviceSignIn.objects.filter(application=application), reason=_OFF)
    if not application.is_active:
        visits.end_of(application, _OFF)


def account_changed(account: JointAccount) -> None:
    if not account.is_active:
        open_ones = account.actions.filter(state="pending").values("pk")
        asked.take_back(Challenge.objects.filter(about__in=open_ones, purpose="action").exclude(asker=""), reason=_OFF)
