"""What support may not do alone, waiting for a second person and for time; and permits for those who administrate."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Login, Moving, User, new_id
from twofactor import policy
from twofactor.lifecycle import PERMIT, PROPOSAL
from twofactor.models.key import PortalKey
from twofactor.models.passkey import Passkey
from twofactor.models.phone import Phone
from twofactor.protocol import activation, sealing

OPEN = ("proposed", "approved")
KEY, OTHERS, PHONE, PASSCODE = "key", "others", "phone", "passcode"


class Proposal(Moving):
    """One thing that needs two people of the staff (R-84): taking the last factor or a number away, or giving a second
    passcode in a row. What takes something away also needs 24 hours, in which its owner can cancel it.
    """

    machine = PROPOSAL

    state = models.CharField(_("state"), max_length=16, default=PROPOSAL.start, editable=False)
    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="proposals")
    what = models.CharField(
        _("what"),
        max_length=8,
        choices=[
            (KEY, _("key")),
            (OTHERS, _("passkeys and app")),
            (PHONE, _("phone number")),
            (PASSCODE, _("passcode")),
        ],
    )
    key = models.ForeignKey(PortalKey, null=True, on_delete=models.CASCADE, related_name="proposals")
    phone = models.ForeignKey(Phone, null=True, on_delete=models.CASCADE, related_name="proposals")
    login = models.ForeignKey(Login, null=True, on_delete=models.CASCADE, related_name="proposals")
    reason = models.CharField(_("reason"), max_length=policy.STORY_LONGEST)
    by = models.ForeignKey(
        User, verbose_name=_("proposed by"), null=True, on_delete=models.SET_NULL, related_name="proposed"
    )
    created = models.DateTimeField(_("proposed"), default=timezone.now)
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), null=True, on_delete=models.SET_NULL, related_name="approved"
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    # Before this moment it is not done; None: nobody has approved it.
    due = models.DateTimeField(_("due"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # How it ended: link (by its owner), alarm (by what its owner said elsewhere), staff, late, changed.
    ended = models.CharField(_("how"), max_length=8, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering: ClassVar = ["-created", "-pk"]
        default_permissions: ClassVar = ["view"]
        permissions: ClassVar = [
            ("view_desk", "Can open a client's page at the support desk"),
            ("lock_person", "Can lock an account"),
            ("unlock_person", "Can unlock an account"),
            ("cancel_login", "Can cancel a sign-in in progress"),
            ("end_sessions", "Can sign a client out everywhere"),
            ("test_key", "Can send a test notification"),
            ("send_password", "Can send a sealed temporary password"),
            ("issue_passcode", "Can issue a temporary passcode"),
            ("check_caller", "Can check a caller by words on the phone"),
            ("switch_off_key", "Can switch a key off at once"),
            ("revoke_key", "Can take a key away that is not the last factor"),
            ("propose_removal", "Can propose what needs two people"),
            ("approve_proposal", "Can approve what somebody else has proposed"),
            ("lift_refusals", "Can let a client sign in again from where they refused it"),
            ("serve_staff", "Can serve support staff as clients"),
        ]
        constraints: ClassVar = [
            # SECURITY: two that race for one factor end with one proposal, and one delay.
            models.UniqueConstraint(fields=["user", "what"], condition=Q(state__in=OPEN), name="one_open_proposal"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def title(self) -> str:
        """What would be done, in words."""
        return str(_TITLES[self.what])

    @property
    def standing(self) -> str:
        """What has become of it, in words."""
        return str(_STANDINGS[self.state])


_TITLES = {
    KEY: _("Take the key away"),
    OTHERS: _("Take passkeys and app away"),
    PHONE: _("Take the phone number away"),
    PASSCODE: _("Issue another passcode"),
}
_STANDINGS = {
    "proposed": _("Waits for a second person"),
    "approved": _("Waits until its day is over"),
    "done": _("Done"),
    "cancelled": _("Cancelled"),
    "lapsed": _("Ended undone"),
}


class Permit(Moving):
    """A code printed on the console, without which nobody who administrates activates a first key (AT-106).

    Like an activation code it is derived when it is printed, and found by a fingerprint; no row holds it.
    """

    machine = PERMIT

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=PERMIT.start, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="permits")
    salt = models.CharField(max_length=22, default=new_id, editable=False)
    failures = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = []
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="fresh"), name="one_fresh_permit"),
        ]

    def __str__(self) -> str:
        return f"permit {self.id}"

    @staticmethod
    def is_needed(user: User) -> bool:
        """Whether this person sets up a key or passkey with a code of the console only: staff without either, whatever
        else they have, and whoever comes back after a long time (P-48). Not in the demo.
        """
        if settings.PORTAL_DEMO or not (user.is_staff or user.dormant_at):
            return False
        return PortalKey.objects.binding(user) is None and not Passkey.objects.binding(user).exists()

    @classmethod
    def fresh(cls, user: User) -> Permit:
        """A new one; the one before it is worth nothing any more. The caller holds the person's lock."""
        for before in cls.objects.filter(user=user, state="fresh"):
            before.move("burn")
        return cls.objects.create(user=user, expires=timezone.now() + policy.PERMIT_LIFE)

    @property
    def code(self) -> str:
        return activation.code_from(sealing.derive(settings.PORTAL_PEPPER, "permit.code", self.id, self.salt))

    def try_once(self) -> bool:
        """Count one try before it is compared; False when none is left or its time is over."""
        rows = Permit.objects.filter(pk=self.pk, state="fresh", expires__gt=Now(), failures__lt=policy.PERMIT_TRIES)
        return bool(rows.update(failures=F("failures") + 1, version=F("version") + 1))

    def use(self) -> bool:
        return self.move("use", when=Q(expires__gt=Now()))
