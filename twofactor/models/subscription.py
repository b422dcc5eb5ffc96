"""Where the phone that holds a key can be woken, and whether that works."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Moving
from accounts.prepared import Prepared
from twofactor.lifecycle import SUBSCRIPTION
from twofactor.models.key import PortalKey
from twofactor.models.unsealing import unseal
from twofactor.protocol import webpush

# To which something is sent; one that has ended is not asked again.
ALIVE = ("new", "works", "suspect")


class Subscription(Moving):
    """The Web Push subscription of one key (protocol section 9). Its address is a capability: sealed, like a number."""

    machine = SUBSCRIPTION

    state = models.CharField(max_length=16, default=SUBSCRIPTION.start, editable=False)
    key = models.OneToOneField(PortalKey, on_delete=models.CASCADE, related_name="subscription")
    sealed = models.TextField(blank=True, editable=False)
    # Whose push service it is: what staff may know of the address.
    host = models.CharField(max_length=253, blank=True, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    proved_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.host} {self.state}"

    @classmethod
    def of(cls, key: PortalKey) -> Subscription | None:
        return _OF.first(key=key.pk)

    @classmethod
    def alive(cls, key: PortalKey) -> Subscription | None:
        """The one that can be tried; None: nothing can be pushed to this phone."""
        return _ALIVE.first(key=key.pk)

    @classmethod
    def states(cls, keys: Iterable[PortalKey]) -> dict[str, str]:
        """What the authenticator with these keys is told of its pushes, by kid; "none" where it has brought nothing."""
        by_key = {key.pk: key.kid for key in keys}
        found = {kid: _STATE.rows(key=pk) for pk, kid in by_key.items()}
        return {kid: rows[0][0] if rows else "none" for kid, rows in found.items()}

    @classmethod
    def state_of(cls, key: PortalKey | None) -> str:
        """The same for one key, which the pages at the desk show; "" without a key."""
        return cls.states([key])[key.kid] if key else ""

    def seal(self, where: webpush.Subscription) -> str:
        """The address, sealed and bound to this very key (R-76)."""
        return settings.PORTAL_KEYRING.seal(where.dump(), "subscription.address", self.key.kid)

    @property
    def where(self) -> webpush.Subscription:
        opened = unseal(self.sealed, "subscription.address", self.key.kid, self.key)
        return webpush.Subscription.load(opened)


_OF = Prepared(lambda key: Subscription.objects.filter(key=key))
_ALIVE = Prepared(lambda key: Subscription.objects.filter(key=key, state__in=ALIVE))
_STATE = Prepared(lambda key: Subscription.objects.filter(key=key).values_list("state"))
