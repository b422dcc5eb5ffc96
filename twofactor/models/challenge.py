"""A question put to a key, and how the sign-in that it belongs to stands."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import NEXT_VERSION, NOT_EXPIRED, Login, Moving, User, new_id
from accounts.prepared import Prepared, PreparedUpdate, insert, insert_new, update
from accounts.rows import new
from twofactor import policy
from twofactor.lifecycle import CHALLENGE
from twofactor.models.key import PortalKey
from twofactor.protocol import statements

HOPS = ("received", "shown", "opened")
# In `Challenge.about`: a caller is checked by the words that belong to what follows.
CALLER = "c:"


class Unwanted(Exception):
    """Whoever had asked for an answer does not take it any more. Raised by those in `settled`.

    `then`: what they do about it once nothing of the answer is left.
    """

    def __init__(self, then: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.then = then


class AskedQuestion(models.Model):
    """A question this key has had. It rests for 30 days, so that no response ever fits twice (protocol section 1)."""

    key = models.ForeignKey(PortalKey, on_delete=models.CASCADE, related_name="asked")
    question = models.CharField(max_length=6)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "question"], name="one_rest_a_question")]

    def __str__(self) -> str:
        return f"asked {self.at:%Y-%m-%d}"

    @classmethod
    def draw(cls, key: PortalKey) -> str:
        """Six digits, uniform, never one this key had within the rest. The unique row settles races."""
        while True:
            question = f"{secrets.randbelow(10**6):06d}"
            if not insert_new(new(cls, key=key, question=question)):
                now = timezone.now()
                rested = cls.objects.filter(key=key, question=question, at__lt=now - policy.QUESTION_REST)
                if not rested.update(at=now):
                    continue
            return question


class Challenges(models.Manager["Challenge"]):
    def open(self) -> models.QuerySet[Challenge]:
        """Those that may still be answered, by the database's clock, and whose sign-in has not ended otherwise."""
        waited_for = Q(login=None) | Q(login__state="pending")
        return self.filter(waited_for, state="pending", expires__gt=Now())

    def inbox(self, keys: Iterable[PortalKey]) -> list[Challenge]:
        """What the authenticator with these keys should show: open, and sent to it. Newest first."""
        found = [challenge for key in keys for challenge in _INBOX.all(key=key.pk)]
        return sorted(found, key=lambda challenge: challenge.created, reverse=True)


class Challenge(Moving):
    """One question of six digits to one key. Tap, number and manual answer the same question (decision 2)."""

    machine = CHALLENGE

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    state = models.CharField(max_length=16, default=CHALLENGE.start, editable=False)
    key = models.ForeignKey(PortalKey, on_delete=models.CASCADE, related_name="challenges")
    login = models.ForeignKey(Login, null=True, on_delete=models.CASCADE, related_name="challenges")
    # Which question of its sign-in this is: their order is not left to clocks, and two cannot be asked at once.
    turn = models.PositiveSmallIntegerField(default=1)
    purpose = models.CharField(max_length=10, default="sign-in")
    # What an action is about, named by whoever asks; and the browser and address that it was asked from.
    about = models.CharField(max_length=24, blank=True, default="", db_default="")
    browser_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    address = models.GenericIPAddressField(null=True)
    # The application that asks, by its number; then `about` is its request. Empty: the portal itself.
    asker = models.CharField(max_length=20, blank=True, default="", db_default="")
    mode = models.CharField(max_length=8)
    question = models.CharField(max_length=6)
    nonce = models.CharField(max_length=43)
    display = models.JSONField()
    reason = models.CharField(max_length=24, blank=True)
    by = models.CharField(max_length=10, blank=True)
    number_tries = models.PositiveSmallIntegerField(default=0)
    response_tries = models.PositiveSmallIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    # A push that only shows that pushes arrive; it is in no inbox.
    silent = models.BooleanField(default=False, db_default=False)
    # What became of its push: "" (none: no subscription, or not set up), queued, accepted, failed; why; and when the
    # push service took it.
    push = models.CharField(max_length=8, blank=True, default="", db_default="")
    push_reason = models.CharField(max_length=16, blank=True, default="", db_default="")
    accepted_at = models.DateTimeField(null=True)
    # None: not sent, because the budget was used up. Such a challenge is in no inbox; its response works by hand.
    notified_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)

    objects = Challenges()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "-created"], name="challenges_of_key"),
            # The few among all that a key was ever asked: those of its inbox, and those that were refused.
            models.Index(fields=["key"], condition=Q(state="pending"), name="challenges_open"),
            models.Index(fields=["key", "decided_at"], condition=Q(state="denied"), name="challenges_denied"),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["login", "turn"], name="one_question_a_turn")]

    def __str__(self) -> str:
        return f"challenge {self.id}"

    @classmethod
    def fresh(
        cls,
        key: PortalKey,
        *,
        mode: str,
        display: dict[str, Any],
        purpose: str = "sign-in",
        login: Login | None = None,
        life: timedelta = policy.CHALLENGE_LIFE,
        **more: Any,
    ) -> Challenge:
        expires = timezone.now() + life
        challenge = new(
            cls,
            key=key,
            login=login,
            turn=len(_TURNS.rows(login=login.pk)) + 1 if login else 1,
            purpose=purpose,
            mode=mode,
            question=AskedQuestion.draw(key),
            nonce=statements.b64url(secrets.token_bytes(policy.NONCE_BYTES)),
            display=display,
            expires=min(expires, login.expires) if login else expires,
            **more,
        )
        insert(challenge)
        return challenge

    @property
    def standing(self) -> str:
        """The state as it is now: a pending one whose time is over has expired, tidied or not (R-02)."""
        return "expired" if self.state == "pending" and self.expires <= timezone.now() else self.state

    @property
    def hop_at(self) -> datetime | None:
        """When it came to the hop where it is now."""
        return self.opened_at or self.shown_at or self.received_at or self.accepted_at or self.notified_at

    @property
    def trouble(self) -> str:
        """What may be wrong with its notification, by the hop at which it stays; "" while nothing seems to be (N5).

        `off`: this phone is not pushed to; `gone`: its subscription has ended; `setup`, `service`: the push service
        does not take it; `queued`: nobody has carried it yet; `phone`: taken, and not at the phone; `hidden`: at the
        phone, and not shown; `overlooked`: shown, and nobody has touched it.
        """
        if self.notified_at is None or self.opened_at:
            return ""
        long = (self.hop_at or self.notified_at) + policy.PUSH_STAGES[0] <= timezone.now()
        if self.received_at or self.shown_at:
            return ("overlooked" if self.shown_at else "hidden") if long else ""
        if self.push == "failed":
            return {"gone": "gone", "setup": "setup"}.get(self.push_reason, "service")
        if self.push_reason == "unreachable" or self.push_reason == "busy":
            return "service"
        if not long:
            return ""
        return {"": "off", "accepted": "phone"}.get(self.push, "queued")

    def move(self, event: str, *, when: Q | None = None, **changes: Any) -> bool:
        """As every move; an application's request moves with its question, or neither does."""
        if not self.asker:
            return super().move(event, when=when, **changes)
        before = self.state
        try:
            with transaction.atomic():
                if not super().move(event, when=when, **changes):
                    return False
                for hear in settled:
                    hear(self)
        except Unwanted as unwanted:
            self.state = before
            if unwanted.then is not None:
                transaction.on_commit(unwanted.then, robust=True)
            return False
        return True

    def decide(self, event: str, *, by: str = "", reason: str = "") -> bool:
        """The first terminal state wins; a challenge that has expired by the database's clock can only lapse."""
        return self.move(event, when=NOT_EXPIRED, by=by, reason=reason, decided_at=timezone.now())

    def try_once(self, field: str, most: int) -> int | None:
        """Count one try in `field` before it is compared. Returns how many are left after it, None if none was."""
        written = _TRY[field].rows(pk=self.pk, most=most)
        if not written:
            return None
        ((self.number_tries, self.response_tries, self.push, self.version),) = written
        return most - int(getattr(self, field))

    def reread(self) -> None:
        """What the row says now. The key and the sign-in stay those that are known."""
        now = _NAMED.get(pk=self.pk)
        for name in _COLUMNS:
            setattr(self, name, getattr(now, name))

    def give_back(self, field: str) -> None:
        """Undo one `try_once` that was not a guess: it was right, or it was not compared after all."""
        _GIVE_BACK[field].run(pk=self.pk)

    @property
    def application(self) -> str:
        """Which application asks, by the name that the person reads; empty: none does."""
        return str(self.display.get("application", "")) if self.asker else ""

    @property
    def what_for(self) -> str:
        """What the record says that it was for."""
        return "caller" if self.is_of_a_caller else "application" if self.asker else self.purpose

    @property
    def is_of_a_caller(self) -> bool:
        """Whether the support desk asks, with words for the telephone: nobody is signed in for it."""
        return self.about.startswith(CALLER)

    def as_asked(self) -> dict[str, Any]:
        """The challenge as the authenticator sees it (protocol section 5)."""
        asked: dict[str, Any] = {
            "id": self.pk,
            "kid": self.key.kid,
            "purpose": self.purpose,
            "mode": self.mode,
            "question": self.question,
            "nonce": self.nonce,
            "display": self.display,
            "created": int(self.created.timestamp()),
            "expires": int(self.expires.timestamp()),
        }
        if self.mode == "number":
            # SECURITY: in this mode the person carries the digits; the portal never sends them to the phone.
            del asked["question"]
        if self.is_of_a_caller:
            asked["about"] = "caller"
        elif self.asker:
            asked["about"] = "application"
        return asked

    def saw(self, hop: str) -> bool:
        """Write when the phone first reached this hop. Later reports of the same hop change nothing."""
        field = f"{hop}_at"
        first = Q(pk=self.pk, **{field: None})
        return bool(update(Challenge, first, **{field: timezone.now(), "version": NEXT_VERSION}))


# Who hears, in the transaction of each move, of a question that an application asked. The rooms above put themselves
# here; we know none of them.
settled: list[Callable[[Challenge], None]] = []


def open_challenges(user: User) -> models.QuerySet[Challenge]:
    return Challenge.objects.open().filter(key__user=user)


_TURNS = Prepared(lambda login: Challenge.objects.filter(login=login).values_list("turn"))


def _counting(field: str) -> PreparedUpdate:
    more: dict[str, Any] = {field: F(field) + 1, "version": NEXT_VERSION}
    return PreparedUpdate(
        lambda pk, most: Challenge.objects.filter(pk=pk, state="pending", **{f"{field}__lt": most}),
        # How its push stands, too: whoever approves takes that back.
        returning=(*_TRIES, "push", "version"),
        **more,
    )


def _giving_back(field: str) -> PreparedUpdate:
    less: dict[str, Any] = {field: F(field) - 1}
    return PreparedUpdate(lambda pk: Challenge.objects.filter(pk=pk, **{f"{field}__gt": 0}), **less)


_TRIES = ("number_tries", "response_tries")
_TRY = {field: _counting(field) for field in _TRIES}
_GIVE_BACK = {field: _giving_back(field) for field in _TRIES}
_INBOX = Prepared(
    # In no order: the index that has one holds all that the key was ever asked, and would be chosen for it.
    lambda key: Challenge.objects.open().filter(key=key, notified_at__isnull=False, silent=False).select_related("key")
)
_NAMED = Prepared(lambda pk: Challenge.objects.filter(pk=pk))
_COLUMNS = tuple(field.attname for field in Challenge._meta.concrete_fields)  # noqa: SLF001
