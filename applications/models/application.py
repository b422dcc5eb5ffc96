"""An application that people sign in to through the portal, or that asks them to approve something."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from jwcrypto import jwk
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AbstractApplication, ApplicationManager

from accounts import text
from applications.models.signing import SigningKey
from applications.models.tokens import digest

# 256 bits.
_SECRET_BYTES = 32
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# How a secret stands in its row.
_DIGEST = re.compile(r"sha256\$[0-9a-f]{64}")


def secret_digest(secret: str) -> str:
    """Not a password's hash: it is made by us of more random bits than anybody guesses, and asked for all day long."""
    return f"sha256${digest(secret)}"


class SecretField(models.CharField):
    """SECURITY: whatever is put here in clear is a digest when it reaches the database."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value and not _DIGEST.fullmatch(value):
            setattr(model_instance, self.attname, secret_digest(value))
        return super().pre_save(model_instance, add)


class Applications(ApplicationManager):
    def has_origin(self, origin: str) -> bool:
        """Whether pages of this origin are an application's, so that their scripts may read our answers."""
        rows = self.filter(is_active=True, allowed_origins__contains=origin).values_list("allowed_origins", flat=True)
        return any(origin in allowed.split() for allowed in rows)


class Application(AbstractApplication):
    """What the library calls an application, with what it may do said one by one.

    `skip_authorization` is what makes it one of our own: nobody is asked whether it may know who they are.
    Source: RFC 6749, section 2; OpenID Connect Core 1.0; OpenID CIBA Core 1.0, section 4 (registration).
    """

    GRANT_BACKCHANNEL = "urn:openid:params:grant-type:ciba"

    class Delivery(models.TextChoices):
        POLL = "poll", _("It asks again and again (poll)")
        PING = "ping", _("It is told once, then it asks (ping)")

    # Only what every client can verify, and what needs no secret of ours to be shared.
    algorithm = models.CharField(max_length=5, default=AbstractApplication.RS256_ALGORITHM, editable=False)
    authorization_grant_type = models.CharField(
        max_length=44, default=AbstractApplication.GRANT_AUTHORIZATION_CODE, editable=False
    )
    client_secret = SecretField(max_length=255, blank=True, default=generate_client_secret, editable=False)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=64)
    client_type = models.CharField(
        _("kind"),
        max_length=32,
        choices=[
            (AbstractApplication.CLIENT_CONFIDENTIAL, _("It runs on a server and keeps a secret")),
            (AbstractApplication.CLIENT_PUBLIC, _("It runs at its person's and can keep none")),
        ],
        default=AbstractApplication.CLIENT_CONFIDENTIAL,
    )
    redirect_uris = models.TextField(
        _("where people come back to"), blank=True, help_text=_("One address on a line, letter by letter.")
    )
    post_logout_redirect_uris = models.TextField(
        _("where people go who sign out"), blank=True, help_text=_("One address on a line, letter by letter.")
    )
    allowed_origins = models.TextField(
        _("pages that ask by themselves"),
        blank=True,
        help_text=_("Only where scripts in a browser fetch tokens: one origin on a line, such as https://app.example."),
    )
    skip_authorization = models.BooleanField(
        _("our own"),
        default=False,
        help_text=_("Nobody is asked whether it may know who they are. Only for what you run yourself."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Unset this, and nobody signs in to it or is asked by it any more.")
    )
    description = models.CharField(_("description"), max_length=120, blank=True)
    launch_url = models.CharField(
        _("address"), max_length=200, blank=True, help_text=_("Where a person begins: the home page leads there.")
    )
    signs_in = models.BooleanField(_("signs people in with a browser"), default=True)
    signs_in_devices = models.BooleanField(_("signs people in on devices without a browser"), default=False)
    asks_phones = models.BooleanField(_("signs people in by asking their phone"), default=False)
    asks_actions = models.BooleanField(_("asks people to approve actions"), default=False)
    delivery = models.CharField(
        _("how it hears of answers"), max_length=4, choices=Delivery.choices, default=Delivery.POLL
    )
    notified_at_url = models.CharField(
        _("address for being told"),
        max_length=200,
        blank=True,
        help_text=_("Only with ping: an https address of the application."),
    )

    objects = Applications()
    # The secret in clear, where it has just been made; in no column.
    shown = ""

    class Meta(AbstractApplication.Meta):
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def natural_key(self) -> tuple[str]:
        return (self.client_id,)

    def save(self, *args: Any, **kwargs: Any) -> None:
        # It stands in what a phone signs, and before the eyes of whoever decides.
        self.name = text.line(self.name, 64)
        super().save(*args, **kwargs)

    def is_usable(self, request: Any) -> bool:
        return self.is_active

    def clean(self) -> None:
        """In words of ours, and of what can be chosen here: the library's own speak of its settings."""
        wrong: dict[str, Any] = {}
        for name in ("redirect_uris", "post_logout_redirect_uris"):
            bad = [uri for uri in getattr(self, name).split() if not may_lead(uri)]
            if bad:
                words = _("%(uri)s cannot be led to: it takes https, or http on this very machine, and no # or *.")
                wrong[name] = words % {"uri": bad[0]}
        if self.signs_in and not self.redirect_uris.split():
            wrong["redirect_uris"] = _("Whoever signs people in with a browser must say where they come back to.")
        if self.launch_url and not may_lead(self.launch_url):
            wrong["launch_url"] = _("This must be an https address.")
        told = self.notified_at_url
        if self.delivery == self.Delivery.PING and not (told.startswith("https://") and may_lead(told)):
            wrong["notified_at_url"] = _("With ping the application must say, by an https address, where it is told.")
        if any(not _is_origin(each) for each in self.allowed_origins.split()):
            wrong["allowed_origins"] = _("An origin is a scheme and a host, such as https://app.example, and no more.")
        if wrong:
            raise ValidationError(wrong)

    @property
    def grants(self) -> frozenset[str]:
        """The ways to a token that are open to it; none to one that is switched off."""
        ways = {
            AbstractApplication.GRANT_AUTHORIZATION_CODE: self.signs_in,
            AbstractApplication.GRANT_DEVICE_CODE: self.signs_in_devices,
            # SECURITY: whoever cannot prove which application it is asks nobody's phone.
            self.GRANT_BACKCHANNEL: self.asks_phones and self.client_type == self.CLIENT_CONFIDENTIAL,
        }
        return frozenset(way for way, is_open in ways.items() if self.is_active and is_open)

    def allows_grant_type(self, *grant_types: str) -> bool:
        """The library knows one way for each application; here it may have several."""
        return not self.grants.isdisjoint(grant_types)

    def new_secret(self) -> str:
        """Another one, in clear: for the one who sees it now. The caller saves; then the one before it is void."""
        self.client_secret = self.shown = secrets.token_urlsafe(_SECRET_BYTES)
        return self.shown

    def is_secret(self, given: str) -> bool:
        """Whether this is what the application was given to say who it is."""
        return bool(self.client_secret) and constant_time_compare(secret_digest(given), self.client_secret)

    @property
    def jwk_key(self) -> jwk.JWK:
        """What signs this application's tokens now."""
        return SigningKey.objects.current().jwk

    def redirect_uri_allowed(self, uri: str) -> bool:
        """SECURITY: letter by letter (RFC 9700, section 4.1.3); of a program on this very machine any port will do."""
        return _is_among(uri, self.redirect_uris)

    def post_logout_redirect_uri_allowed(self, uri: str) -> bool:
        return _is_among(uri, self.post_logout_redirect_uris)

    def get_allowed_schemes(self) -> list[str]:
        """Where its redirects may lead. http alone where `_may_lead` says so: on this very machine."""
        return ["https", "http"]


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return may_lead(text) and text == f"{parts.scheme}://{parts.netloc}" == text.lower()


def _is_among(uri: str, registered: str) -> bool:
    return may_lead(uri) and any(uri == each or _is_same_program(uri, each) for each in registered.split())


def may_lead(uri: str) -> bool:
    """Whether a browser may be sent there with something that opens a door: https, or a program on its own machine."""
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or any(sign in uri for sign in "#* ") or not uri.isascii():
        return False
    if not uri.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _is_same_program(uri: str, registered: str) -> bool:
    """RFC 8252, section 7.3: a program takes the port that is free, and cannot say before which."""
    asked, known = urlsplit(uri), urlsplit(registered)
    if known.scheme != "http" or known.hostname not in _LOOPBACK[:2] or known.port is not None:
        return False
    same_place = asked.scheme == known.scheme and asked.hostname == known.hostname
    return same_place and asked.path == known.path and asked.query == known.query
