"""People, the sign-in in progress, counters; with what is said of people in `places` and `records`."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import policy, text
from accounts.lifecycle import LOGIN, TEMPORARY, Machine
from accounts.places import KnownBrowser, OpenSession, RefusedOrigin, sessions_ended, tell_sessions_ended
from accounts.prepared import Prepared, update
from accounts.records import AuditEvent, ChainMark

__all__ = [
    "NEXT_VERSION",
    "NOT_EXPIRED",
    "AuditEvent",
    "ChainMark",
    "KnownBrowser",
    "Login",
    "Moving",
    "OpenSession",
    "People",
    "RefusedOrigin",
    "Tally",
    "TemporaryPassword",
    "User",
    "new_id",
    "normal_username",
    "password_changed",
    "sessions_ended",
    "tell_sessions_ended",
]


# What is part of a statement's shape is known by its hash, and that takes longer than the statement: once is enough.
NEXT_VERSION = F("version") + 1
NOT_EXPIRED = Q(expires__gt=Now())


def new_id() -> str:
    """128 random bits in 22 characters. Names a row without telling how many there are; it is not a secret."""
    return secrets.token_urlsafe(16)


def normal_username(typed: str) -> str:
    """One spelling for one person: NFKC, case-folded, without surrounding blanks or what no eye sees (decision 13,
    R-74; AT-095).
    """
    return text.seen(unicodedata.normalize("NFKC", typed).casefold()).strip()


class Moving(models.Model):
    """A row with a state. `move` is one conditional UPDATE that says whether it won; nothing else writes `state`."""

    machine: ClassVar[Machine]

    state = models.CharField(max_length=16, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def move(self, event: str, *, when: Q | None = None, **changes: Any) -> bool:
        """Let `event` happen if the row still stands where the event may start and `when` holds.

        Returns True for the one caller that moved the row. Expiry belongs into `when`, by the database's clock.
        """
        target = self.machine.target(event)
        here = Q(pk=self.pk, state__in=self.machine.sources(event))
        if not update(type(self), here & (when or Q()), state=target, version=NEXT_VERSION, **changes):
            return False
        self.state = target
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def touch(self, **changes: Any) -> None:
        """Write what was seen, without a move; whoever watches the row looks again because the version grows."""
        update(type(self), Q(pk=self.pk), version=NEXT_VERSION, **changes)
        for name, value in changes.items():
            setattr(self, name, value)


class People(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=normal_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def locked(self, pk: int) -> User:
        """The person, whom nobody else changes within this transaction. Raises DoesNotExist."""
        return _locked.get(pk=pk)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=normal_username(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by username only: one identifier, one counter."""

    username = models.CharField(_("username"), max_length=policy.USERNAME_LONGEST, unique=True)
    name = models.CharField(_("name"), max_length=policy.NAME_LONGEST, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    # Empty: as the browser asks, until the person chooses one.
    language = models.CharField(_("language"), max_length=10, blank=True)
    # What the browser read at their last sign-in from one that was known, for what reaches them unasked.
    reads = models.CharField(max_length=10, blank=True, default="", db_default="", editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Bumped by every change of password or factor and by "end all sessions": sessions, sign-ins in progress and
    # known browsers of an older epoch are dead.
    auth_epoch = models.PositiveIntegerField(default=1, editable=False)
    # P-09. Set by "I did not start this"; the next full sign-in leads to a new password and nowhere else.
    password_change_required = models.BooleanField(default=False, editable=False)
    # P-09. When the person last disowned a sign-in: no session of before chooses the new password.
    disowned_at = models.DateTimeField(null=True, editable=False)
    # Staff have locked the account, and why: nobody signs in as this person until then. It goes with `is_active`.
    locked_at = models.DateTimeField(null=True, editable=False)
    lock_reason = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    # When somebody last undid a change by a stop link: no link of before undoes what is done after it.
    stopped_at = models.DateTimeField(null=True, editable=False)
    # Until then nobody changes how this person signs in: a new phone was activated without the old one.
    held_until = models.DateTimeField(null=True, editable=False)
    # P-48. When somebody signed in with the password alone after a long time: no second factor is set up by that.
    dormant_at = models.DateTimeField(null=True, editable=False)
    # Decision 12. From here the grace period for setting up a second factor runs.
    factor_due_from = models.DateTimeField(default=timezone.now, editable=False)

    objects = People()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.username

    def clean(self) -> None:
        super().clean()
        self.username = normal_username(self.username)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") == ["last_login"]:
            # What Django writes at each sign-in.
            update(User, Q(pk=self.pk), last_login=self.last_login)
            return
        # It stands in what a phone signs, in mails, and before the eyes of staff.
        self.name = text.line(self.name, policy.NAME_LONGEST)
        super().save(*args, **kwargs)

    def get_short_name(self) -> str:
        return self.name or self.username

    get_full_name = get_short_name

    @property
    def own_tongue(self) -> str:
        """The language for what reaches this person unasked: never that of whoever acts in their name."""
        return self.language or self.reads or settings.LANGUAGE_CODE

    @property
    def tongue(self) -> str:
        """The language this person reads: their own choice, else that of the page they are at."""
        return self.language or get_language() or settings.LANGUAGE_CODE

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # SECURITY: the epoch is part of what a session must match, so that one bump ends all of them everywhere.
        return salted_hmac(
            "accounts.User.session", f"{self.auth_epoch}|{self.password}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def bump_epoch(self, *, keep: str | None = None) -> None:
        """End every session, sign-in in progress and known browser of this person, on every process at once.

        The session with the key `keep` is only kept in the list; whoever keeps it must also give it the new epoch.
        """
        type(self).objects.filter(pk=self.pk).update(auth_epoch=F("auth_epoch") + 1)
        self.refresh_from_db(fields=["auth_epoch"])
        KnownBrowser.objects.filter(user=self).delete()
        OpenSession.objects.filter(user=self).exclude(session_key=keep or "").delete()
        for login in Login.objects.filter(user=self, state__in=LOGIN.sources("supersede")):
            login.move("supersede", reason="epoch")
        TemporaryPassword.end_all(self)
        tell_sessions_ended(self.pk)


_locked = Prepared(lambda pk: User.objects.select_for_update(no_key=True).filter(pk=pk))


class Login(Moving):
    """A sign-in in progress: the password was right, the second factor is still to come (R-01)."""

    machine = LOGIN

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=LOGIN.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="logins")
    reason = models.CharField(max_length=24, blank=True)
    auth_epoch = models.PositiveIntegerField()
    browser = models.CharField(max_length=64)
    browser_digest = models.CharField(max_length=64, blank=True)
    known_browser = models.BooleanField(default=False)
    address = models.GenericIPAddressField(null=True)
    next = models.CharField(max_length=512, blank=True)
    # By the name that it had then. Empty: to the portal itself.
    application = models.CharField(max_length=64, blank=True, default="", db_default="")
    # The person's own session that this browser had when it began (`OpenSession.pk`), if it had one.
    replaces = models.BigIntegerField(null=True)
    factor = models.CharField(max_length=24, blank=True)
    device_id = models.CharField(max_length=64, blank=True)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    expires = models.DateTimeField()
    claim_by = models.DateTimeField(null=True)
    # The password step was passed with this one. SECURITY: what it opens is for choosing a new password alone.
    temporary = models.ForeignKey("TemporaryPassword", null=True, on_delete=models.CASCADE, related_name="logins")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "state", "-created"], name="logins_of_user")]

    def __str__(self) -> str:
        return f"sign-in {self.id}"

    @classmethod
    def locked(cls, pk: str) -> Login:
        """The sign-in, which nobody else changes within this transaction. Raises DoesNotExist."""
        return _locked_login.get(pk=pk)

    def approve(self, *, factor: str, device_id: str = "") -> bool:
        """Whatever the factor was, this is the one way to an approval. The desk has CLAIM_LIFE to claim it."""
        return self.move(
            "approve",
            when=NOT_EXPIRED,
            factor=factor,
            device_id=device_id,
            claim_by=timezone.now() + policy.CLAIM_LIFE,
        )


_locked_login = Prepared(lambda pk: Login.objects.select_for_update(no_key=True).filter(pk=pk))


class TemporaryPassword(Moving):
    """Made by the server, sealed for one phone, worth nothing until that has opened it. Staff only press the button.

    Of the password itself nothing is kept but its hash.
    """

    machine = TEMPORARY

    state = models.CharField(max_length=16, default=TEMPORARY.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="temporary_passwords")
    hash = models.CharField(max_length=128)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"temporary password {self.pk}"

    @property
    def standing(self) -> str:
        """The state as it is now: an open one whose time is over is over, tidied or not (R-02)."""
        over = not TEMPORARY.is_final(self.state) and self.expires <= timezone.now()
        return "over" if over else self.state

    @classmethod
    def awake(cls, user: User | None) -> TemporaryPassword | None:
        """The one that signs this person in now. Nobody has none, for the same work."""
        return _awake.first(user_id=user.pk if user else 0)

    @classmethod
    def end_all(cls, user: User) -> None:
        """A newer one, a new password or a changed factor ends what is open."""
        for row in cls.objects.filter(user=user, state__in=TEMPORARY.sources("end")):
            row.move("end")


_awake = Prepared(
    lambda user_id: TemporaryPassword.objects.filter(user_id=user_id, state="awake", expires__gt=Now()).order_by("-pk")
)

# Who wants to hear that a person has chosen a new password. The rooms above put themselves here.
password_changed: list[Callable[[User], None]] = []

# Who wants to hear that staff have given a person another username or mail address; what that was before.
details_changed: list[Callable[[User, str], None]] = []

# Who wants to hear that a sign-in has ended an older session of its person, because there were too many.
session_displaced: list[Callable[[User], None]] = []


class Tally(models.Model):
    """A counter for one limit and one subject. `limits` writes it in single statements."""

    name = models.CharField(max_length=32)
    subject = models.CharField(max_length=96)
    count = models.PositiveIntegerField(default=0)
    resets = models.DateTimeField()
    opens = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "subject"], name="one_tally_a_subject")]

    def __str__(self) -> str:
        return f"{self.name} {self.count}"
