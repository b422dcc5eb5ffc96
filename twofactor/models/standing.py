"""How things stand for the pages that wait: one word, and a version that grows with every change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from accounts.lifecycle import LOGIN
from accounts.models import Login, OpenSession
from twofactor.models.challenge import Challenge
from twofactor.models.key import Activation, PortalKey

_OPEN = ("fresh", "claimed", "confirm")
DENIALS = frozenset({"cancel", "not_me", "number"})


@dataclass(frozen=True)
class Standing:
    """How a sign-in stands for the desk that waits: one word, a reason, and a version that grows with every change."""

    state: str
    reason: str
    version: int
    challenge: Challenge | None
    ends: datetime | None
    # Nothing will change any more.
    over: bool

    @classmethod
    def of(cls, login: Login) -> Standing:
        """Read the rows as they are now. Queries: one, for the challenges of the sign-in."""
        challenges = list(login.challenges.select_related("key").order_by("turn"))
        latest = challenges[-1] if challenges else None
        state, reason = _state(login, latest)
        # A challenge that runs out changes what is shown without a row being written: it counts as a change too.
        lapsed = state == "expired"
        version = 2 * (login.version + sum(challenge.version for challenge in challenges)) + lapsed
        ends = latest.expires if latest and state == "waiting" else None
        return cls(state, reason, version, latest, ends, LOGIN.is_final(login.state))

    @classmethod
    def named(cls, login_id: str) -> Standing | None:
        login = Login.objects.filter(pk=login_id).first()
        return cls.of(login) if login else None


def _state(login: Login, latest: Challenge | None) -> tuple[str, str]:
    now = timezone.now()
    if login.state == "approved":
        return ("approved", "") if login.claim_by and login.claim_by > now else ("expired", "")
    if login.state == "consumed":
        return "approved", ""
    if login.state == "failed":
        return ("denied" if login.reason in DENIALS else "failed"), login.reason
    if login.state in ("cancelled", "expired"):
        return login.state, login.reason
    if login.state == "superseded":
        return "failed", "replaced"
    if login.expires <= now:
        return "expired", ""
    if latest is None:
        return "waiting", ""
    ended = {"pending": "waiting", "approved": "approved", "superseded": "failed"}
    return ended.get(latest.standing, latest.standing), latest.reason


@dataclass(frozen=True)
class KeyStanding:
    """How the key of a person stands for the pages about it: the code they show, the key, the test on its way."""

    state: str
    version: int
    ends: datetime | None
    test: Challenge | None
    over: bool = False

    @classmethod
    def of(cls, user_id: int, activation: Activation | None) -> KeyStanding:
        test = Challenge.objects.filter(key__user=user_id, purpose="test").order_by("-created", "-pk").first()
        state = activation.standing if activation else "none"
        rows = (
            Activation.objects.filter(user=user_id),
            PortalKey.objects.filter(user=user_id),
            Challenge.objects.filter(key__user=user_id, purpose="test"),
        )
        # Over all rows, not only the newest: a new one must make it grow, too.
        changes = sum(found.aggregate(changes=Sum("version"))["changes"] or 0 for found in rows)
        lapsed = (state == "expired") + (test is not None and test.standing == "expired")
        ends = _ends(activation) if activation and state in _OPEN else None
        return cls(state, 4 * changes + lapsed, ends, test)

    @classmethod
    def named(cls, name: str) -> KeyStanding | None:
        """Read a socket's name, `person:activation:session`, from a ticket that we signed.

        SECURITY: None once that session has ended, wherever and by whom: its tickets end with it (R-57).
        """
        user_id, activation_id, session_id = name.split(":")
        if not OpenSession.objects.filter(pk=int(session_id), user=int(user_id)).exists():
            return None
        activation = Activation.objects.filter(pk=activation_id, user=int(user_id)).first() if activation_id else None
        return cls.of(int(user_id), activation)


def _ends(activation: Activation) -> datetime | None:
    return activation.confirm_by if activation.state == "confirm" else activation.expires
