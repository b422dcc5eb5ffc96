"""A person's key on an authenticator, and the activation that brings the two together."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager

from accounts.models import Moving, User, new_id
from accounts.prepared import Given, Prepared, PreparedUpdate, update
from twofactor import policy
from twofactor.lifecycle import ACTIVATION, KEY
from twofactor.models.unsealing import unseal
from twofactor.protocol import activation, ocra, sealing, statements

# Challenges and activations can only be answered by a key in this state.
ACTIVE = "active"
# A person with a key in one of these signs in with it or not at all: a locked key is no reason to ask for less.
BINDING = (ACTIVE, "locked")
# What `policy.PLATFORMS` are called.
PLATFORMS = {"android": "Android", "ios": "iOS", "desktop": _("Computer"), "other": _("Other")}
# A phone wipes a key that is called inactive. One of somebody whom staff have locked is there again when they are
# unlocked: it goes on speaking, and nobody signs in by it meanwhile.
SPEAKS = Q(user__is_active=True) | Q(user__locked_at__isnull=False)
# A thumbprint (RFC 7638) as it is written; nothing else is looked up.
_KID = re.compile(r"[A-Za-z0-9_-]{43}")


class Inactive(Exception):
    """The key is revoked, replaced, locked or unknown: one answer for all (protocol section 2)."""


class Keys(DeviceManager["PortalKey"]):
    def binding(self, user: User) -> PortalKey | None:
        """The key this person signs in with: the active one, else the locked one, else None."""
        return _BINDING.first(user=user.pk)

    def active(self, user: User) -> PortalKey | None:
        return _ACTIVE.first(user=user.pk)

    def named(self, kid: str) -> PortalKey:
        """The active key with this name; raises Inactive for every other."""
        key = _SPEAKING.first(kid=kid) if _KID.fullmatch(kid) else None
        if key is None:
            raise Inactive(kid)
        return key

    def speaking(self, statement: object, typ: str, *, required: tuple[str, ...] = (), nonce: str | None = None) -> Any:
        """Who signed this statement, and what it claims: `(key, claims)`.

        Raises Inactive when the key that it names is not active, statements.Refused when it does not hold.
        SECURITY: algorithm and public key come from our own row, never from the message.
        """
        key = self.named(statements.read_kid(statement))
        claims = statements.verify(
            statement,
            jwk=key.public_jwk,
            typ=typ,
            audience=settings.PORTAL_BASE_URL,
            now=timezone.now().timestamp(),
            required=required,
            nonce=nonce,
        )
        return key, claims


class PortalKey(Moving, Device):
    """One person's key on one authenticator. The database allows one active key a person (P-31, R-34)."""

    machine = KEY

    state = models.CharField(max_length=16, default=KEY.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="portal_keys")
    kid = models.CharField(max_length=43, unique=True, editable=False)
    install = models.CharField(max_length=22, default=new_id, editable=False)
    platform = models.CharField(_("platform"), max_length=10, editable=False)
    public_jwk = models.JSONField(editable=False)
    sealing_jwk = models.JSONField(editable=False)
    sealed_response_key = models.CharField(max_length=160, editable=False)
    pin_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    desk_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    wait_until = models.DateTimeField(null=True, editable=False)
    activated_at = models.DateTimeField(_("added"), null=True, editable=False)
    # It took the place of codes by text or an app, and not of a key: such a code alone had let it in.
    over_texts = models.BooleanField(default=False, db_default=False, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    objects = Keys()  # type: ignore[misc]

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        constraints: ClassVar = [
            # SECURITY: two activations that race end with one active key, whatever the code above does.
            models.UniqueConstraint(fields=["user"], condition=Q(state=ACTIVE), name="one_active_key_a_person"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.name

    @property
    def system(self) -> object:
        """What the authenticator runs on, in words."""
        return PLATFORMS.get(self.platform, self.platform)

    def seal_response_key(self, key: bytes) -> None:
        """Keep K encrypted and bound to this very key, so that a row cannot be given another row's secret (R-76)."""
        self.sealed_response_key = settings.PORTAL_KEYRING.seal(key, "portalkey.response_key", self.kid)

    def compare(self, question: str, response: str) -> ocra.Match:
        """Compare a response with what this key's PIN and question must give. Counts nothing: `try_pin` has."""
        key = unseal(self.sealed_response_key, "portalkey.response_key", self.kid, self)
        return ocra.check(key, question, response, timezone.now().timestamp())

    def holds(self, key: bytes) -> bool:
        """Whether `key` is this key's K. Counts nothing: `try_pin` has."""
        ours = unseal(self.sealed_response_key, "portalkey.response_key", self.kid, self)
        return hmac.compare_digest(ours, key)

    def take_response_key(self, key: bytes) -> bool:
        """Put another K in the place of the one that was read. False: another one has, or the key is not active."""
        rows = PortalKey.objects.filter(pk=self.pk, state=ACTIVE, sealed_response_key=self.sealed_response_key)
        self.seal_response_key(key)
        return bool(rows.update(sealed_response_key=self.sealed_response_key))

    def try_pin(self) -> bool:
        """Count one PIN before it is compared; False while the wait runs or no try is left (P-33, R-51)."""
        now = timezone.now()
        written = _TRY_PIN.rows(pk=self.pk, now=now, until=now + policy.PIN_WAIT)
        ((self.pin_failures, self.wait_until, self.state),) = written or _TRIED.rows(pk=self.pk)
        return bool(written)

    def pin_was_right(self) -> None:
        """A success ends the row of failures."""
        here = Q(pk=self.pk)
        update(PortalKey, here, pin_failures=0, desk_failures=0, wait_until=None, last_used_at=timezone.now())

    @property
    def is_active_now(self) -> bool:
        """Whether the row says so at this moment."""
        return _IS_ACTIVE.any(pk=self.pk)

    def try_at_desk(self) -> bool:
        """Count one response typed at a desk before it is compared; False after DESK_LOCKS wrong in a row (P-23)."""
        left = PortalKey.objects.filter(pk=self.pk, desk_failures__lt=policy.DESK_LOCKS)
        return bool(left.update(desk_failures=F("desk_failures") + 1))

    def not_tried_at_desk(self) -> None:
        """Undo one `try_at_desk` that was not compared after all."""
        PortalKey.objects.filter(pk=self.pk, desk_failures__gt=0).update(desk_failures=F("desk_failures") - 1)

    def rename(self, label: str) -> None:
        self.touch(name=label)


_BINDING = Prepared(lambda user: PortalKey.objects.filter(user=user, state__in=BINDING).order_by("state", "-pk"))
_ACTIVE = Prepared(lambda user: PortalKey.objects.filter(user=user, state=ACTIVE))
_SPEAKING = Prepared(lambda kid: PortalKey.objects.select_related("user").filter(SPEAKS, kid=kid, state=ACTIVE))
_IS_ACTIVE = Prepared(lambda pk: PortalKey.objects.filter(pk=pk, state=ACTIVE))
_PINS = ("pin_failures", "wait_until", "state")
_TRIED = Prepared(lambda pk: PortalKey.objects.filter(pk=pk).values_list(*_PINS))
_TRY_PIN = PreparedUpdate(
    lambda pk, now: PortalKey.objects.filter(
        Q(wait_until=None) | Q(wait_until__lte=now), pk=pk, state=ACTIVE, pin_failures__lt=policy.PIN_LOCKS
    ),
    returning=_PINS,
    pin_failures=F("pin_failures") + 1,
    wait_until=Case(
        When(pin_failures__gte=policy.PIN_FREE - 1, then=Given("until", models.DateTimeField())), default=Value(None)
    ),
)


class Activation(Moving):
    """A code shown at the desk that one device may claim, once, within ten minutes (P-29, decision 5).

    The code is derived from a pepper and this row's salt whenever it is shown, and found by a fingerprint; neither the
    row nor a backup of it holds it.
    """

    machine = ACTIVATION

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=ACTIVATION.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="activations")
    session_key = models.CharField(max_length=40)
    # Something weaker than the key in use had opened that session.
    weaker = models.BooleanField(default=False, db_default=False)
    salt = models.CharField(max_length=22, default=new_id, editable=False)
    code_digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=24, blank=True)
    nonce = models.CharField(max_length=43, blank=True)
    pin_question = models.CharField(max_length=6, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    confirm_failures = models.PositiveSmallIntegerField(default=0)
    confirm_by = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claimed_browser = models.CharField(max_length=64, blank=True)
    claimed_address = models.GenericIPAddressField(null=True)
    key = models.OneToOneField(PortalKey, null=True, on_delete=models.SET_NULL, related_name="activation")
    created = models.DateTimeField(default=timezone.now, db_index=True)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"activation {self.id}"

    @classmethod
    def fresh(cls, user: User, session_key: str, *, weaker: bool = False) -> Activation:
        """A new code for this person, alive as long as the session that shows it."""
        row = cls(user=user, session_key=session_key, weaker=weaker, expires=timezone.now() + policy.ACTIVATION_LIFE)
        row.code_digest = cls.digest(row.code)
        row.save(force_insert=True)
        return row

    @classmethod
    def follow(cls, before: str | None, after: str | None) -> None:
        """A session has got a new id: the codes that it shows go with it."""
        if before and after and before != after:
            cls.objects.filter(session_key=before).update(session_key=after)

    @property
    def code(self) -> str:
        return activation.code_from(sealing.derive(settings.PORTAL_PEPPER, "activation.code", self.id, self.salt))

    @staticmethod
    def digest(code: str) -> str:
        return sealing.fingerprint(settings.PORTAL_PEPPER, "activation.code", code)

    @property
    def confirm_code(self) -> str:
        """The six digits that the phone shows and the desk types (P-30)."""
        return sealing.digits(settings.PORTAL_PEPPER, "activation.confirm", self.id, self.nonce)

    @property
    def standing(self) -> str:
        """The state as it is now: an open one whose time is over has expired, tidied or not (R-02)."""
        ends = self.confirm_by if self.state == "confirm" and self.confirm_by else self.expires
        over = not ACTIVATION.is_final(self.state) and ends <= timezone.now()
        return "expired" if over else self.state

    def claim(self, *, browser: str, address: str | None) -> bool:
        """One device wins the code. That the session which shows it is alive is for the caller to see."""
        return self.move(
            "claim",
            when=Q(expires__gt=Now()),
            nonce=statements.b64url(secrets.token_bytes(policy.NONCE_BYTES)),
            pin_question=f"{secrets.randbelow(10**6):06d}",
            claimed_at=timezone.now(),
            claimed_browser=browser,
            claimed_address=address,
        )

    def try_once(self, field: str, most: int) -> bool:
        """Count one try in `field` before it is compared; False when none is left."""
        rows = Activation.objects.filter(pk=self.pk, **{f"{field}__lt": most})
        won = rows.update(**{field: F(field) + 1, "version": F("version") + 1})
        self.refresh_from_db(fields=[field, "version"])
        return bool(won)
