"""An application that people sign in to through the portal, or that asks them to approve something."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from jwcrypto import jwk
from oauth2_provider.models import AbstractApplication, ApplicationManager
from oauth2_provider.settings import oauth2_settings

from applications.models.signing import SigningKey


class Application(AbstractApplication):
    """What the library calls an application, with what it may do said one by one.

    `skip_authorization` is what makes it one of our own: nobody is asked whether it may know who they are.
    Source: RFC 6749, section 2; OpenID Connect Core 1.0; OpenID CIBA Core 1.0, section 4 (registration).
    """

    class Delivery(models.TextChoices):
        POLL = "poll", _("It asks again and again (poll)")
        PING = "ping", _("It is told once, then it asks (ping)")

    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Unset this, and nobody signs in to it or is asked by it any more.")
    )
    description = models.CharField(_("description"), max_length=120, blank=True)
    launch_url = models.URLField(
        _("address"), blank=True, help_text=_("Where a person begins: the home page leads there.")
    )
    signs_in = models.BooleanField(_("signs people in with a browser"), default=True)
    signs_in_devices = models.BooleanField(_("signs people in on devices without a browser"), default=False)
    asks_phones = models.BooleanField(_("signs people in by asking their phone"), default=False)
    asks_actions = models.BooleanField(_("asks people to approve actions"), default=False)
    delivery = models.CharField(
        _("how it hears of answers"), max_length=4, choices=Delivery.choices, default=Delivery.POLL
    )
    notified_at_url = models.URLField(
        _("address for being told"), blank=True, help_text=_("Only with ping: an https address of the application.")
    )

    objects = ApplicationManager()

    class Meta(AbstractApplication.Meta):
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def natural_key(self) -> tuple[str]:
        return (self.client_id,)

    def is_usable(self, request: Any) -> bool:
        return self.is_active

    @property
    def jwk_key(self) -> jwk.JWK:
        """What signs this application's tokens now. Raises ImproperlyConfigured as the library's own does."""
        if self.algorithm == AbstractApplication.RS256_ALGORITHM:
            return SigningKey.objects.current().jwk
        own: jwk.JWK = super().jwk_key
        return own

    def get_allowed_schemes(self) -> list[str]:
        """Where its redirects may lead: its own scheme is for programs on a device alone (RFC 8252, section 7.1)."""
        return list(oauth2_settings.ALLOWED_REDIRECT_URI_SCHEMES)
