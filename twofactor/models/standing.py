"""How things stand for the pages that wait: one word, and a version that grows with every change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Subquery, Sum
from django.utils import timezone

from accounts.lifecycle import LOGIN
from accounts.models import Login, OpenSession, User
from accounts.prepared import Prepared, PreparedMany
from twofactor import policy
from twofactor.models.challenge import Challenge
from twofactor.models.delivery import Delivery
from twofactor.models.key import Activation, PortalKey
from twofactor.models.phone import Code, Phone
from twofactor.models.subscription import Subscription

_OPEN = ("fresh", "claimed", "confirm")

_LOGIN = Prepared(lambda pk: Login.objects.filter(pk=pk))
_ASKED = Prepared(lambda login: Challenge.objects.filter(login=login).select_related("key").order_by("turn"))
_CODES = Prepared(
    lambda login: Code.objects.filter(login=login).select_related("phone", "user").order_by("created", "pk")
)
# The same of many, with no more of a question than says how it stands.
_SEEN = ("login", "turn", "state", "reason", "version", "expires", "notified_at", "accepted_at", "received_at")
_LOGINS = PreparedMany(
    lambda names: (
        Login.objects.filter(pk__in=names)
        .annotate(has_codes=Exists(Code.objects.filter(login=OuterRef("pk"))))
        .only("state", "reason", "version", "expires", "claim_by")
    )
)
_ALL_ASKED = PreparedMany(
    lambda names: Challenge.objects.filter(login__pk__in=names).order_by("turn").only(*_SEEN, "shown_at", "opened_at")
)
_ALL_CODES = PreparedMany(lambda names: Code.objects.filter(login__pk__in=names).order_by("created", "pk"))
_ALL_SENT = PreparedMany(
    lambda names: (
        Delivery.objects.filter(code__login__pk__in=names).annotate(login_id=F("code__login")).order_by("created", "pk")
    )
)
_TEST = Prepared(
    lambda user: Challenge.objects.filter(key__user=user, purpose="test", silent=False).order_by("-created", "-pk")
)
_ACTION = Prepared(
    lambda user: Challenge.objects.filter(key__user=user, purpose="action", asker="").order_by("-created", "-pk")
)
_CODE = Prepared(lambda user: Code.objects.filter(user=user, login=None).order_by("-created"))
# Only the last one is looked at.
_LATEST_SENT = Prepared(
    lambda user: Delivery.objects.filter(user=user, way__in=("text", "call"), code__login=None).order_by("-created")[:1]
)
DENIALS = frozenset({"cancel", "not_me", "number"})


@dataclass(frozen=True)
class Standing:
    """How a sign-in stands for the desk that waits: one word, a reason, and a version that grows with every change."""

    state: str
    reason: str
    version: int
    challenge: Challenge | None
    code: Code | None
    deliveries: list[Delivery]
    # When what is waited for runs out.
    ends: datetime | None
    # When to look again without being told: time passing is a change too.
    look_at: datetime | None
    # Nothing will change any more.
    over: bool
    # The version of the sign-in's own row.
    row: int

    @classmethod
    def of(cls, login: Login) -> Standing:
        """Read the rows as they are now. Queries: three, for challenges, codes and deliveries of the sign-in."""
        challenges = _ASKED.all(login=login.pk)
        for each in challenges:
            each.login = login
            if Login.user.is_cached(login):
                each.key.user = login.user
        codes = _CODES.all(login=login.pk)
        sent = list(Delivery.objects.of_login(login.pk)) if codes else []
        return cls._read(login, challenges, codes, sent)

    @classmethod
    def of_all(cls, names: Sequence[str]) -> list[Standing | None]:
        """The same of many sign-ins at once, None for each without a row, and with less of each than a page shows.

        Queries: two, and two more where somebody among them has a code by text.
        """
        if not names:
            return []
        logins: list[Any] = _LOGINS.all(names)
        challenges = _by_login(_ALL_ASKED.all(names))
        coded = [login.pk for login in logins if login.has_codes]
        codes = _by_login(_ALL_CODES.all(coded) if coded else [])
        sent = _by_login(_ALL_SENT.all(list(codes)) if codes else [])
        found = {
            login.pk: cls._read(login, challenges.get(login.pk, []), codes.get(login.pk, []), sent.get(login.pk, []))
            for login in logins
        }
        return [found.get(name) for name in names]

    @classmethod
    def _read(cls, login: Login, challenges: list[Challenge], codes: list[Code], sent: list[Delivery]) -> Standing:
        latest = challenges[-1] if challenges else None
        code = codes[-1] if codes else None
        state, reason = _state(login, latest, code)
        changes = login.version + sum(row.version for row in (*challenges, *codes, *sent))
        # What runs out changes what is shown without a row being written: it counts as a change too.
        lapsed = (state == "expired") + sum(each.standing == "expired" for each in codes)
        stages, stage_at = _stages(sent)
        if latest is not None and latest.standing == "pending":
            stages, stage_at = _push_stages(latest)
        lives = [latest.expires] if latest and latest.standing == "pending" else []
        lives += [code.expires] if code and code.standing == "live" else []
        ends = max(lives) if lives and state == "waiting" else None
        looks = [moment for moment in (*lives, stage_at) if moment]
        version = 16 * changes + 4 * stages + lapsed
        over = LOGIN.is_final(login.state)
        return cls(state, reason, version, latest, code, sent, ends, min(looks, default=None), over, login.version)

    @classmethod
    def named(cls, login_id: str) -> Standing | None:
        login = _LOGIN.first(pk=login_id)
        return cls.of(login) if login else None


def _by_login(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found = defaultdict[str, list[Any]](list)
    for row in rows:
        found[row.login_id].append(row)
    return found


def _stages(sent: Iterable[Delivery]) -> tuple[int, datetime | None]:
    """How many waits for these deliveries have grown long, and when the next one does. Never more than three at once.

    A text that is slow is no change of a row, and still the moment to offer something else (FI-08).
    """
    now, stages, coming = timezone.now(), 0, []
    for each in list(sent)[-1:]:
        for moment in (each.created + policy.SLOW, each.created + 2 * policy.SLOW, each.created + 4 * policy.SLOW):
            if moment <= now:
                stages += 1
            else:
                coming.append(moment)
    return stages, min(coming, default=None)


def _push_stages(challenge: Challenge) -> tuple[int, datetime | None]:
    """The same for a question on its way to the phone: how long it has been at the hop where it is."""
    if challenge.notified_at is None or challenge.opened_at:
        return 0, None
    since, now = challenge.hop_at or challenge.notified_at, timezone.now()
    coming = [since + stage for stage in policy.PUSH_STAGES if since + stage > now]
    return len(policy.PUSH_STAGES) - len(coming), min(coming, default=None)


def _state(login: Login, latest: Challenge | None, code: Code | None) -> tuple[str, str]:
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
    if latest is None or (code is not None and code.standing == "live"):
        return "waiting", ""
    ended = {"pending": "waiting", "approved": "approved", "superseded": "failed"}
    return ended.get(latest.standing, latest.standing), latest.reason


def _sum(rows: Any, whose: str = "user") -> Any:
    return Subquery(rows.order_by().values(whose).annotate(changes=Sum("version")).values("changes"))


def _changes(user: Any) -> Any:
    """What grows with every change. Over all rows, not only the newest: a new one must make it grow, too."""
    of_key = {"key__user": user}
    return User.objects.filter(pk=user).values_list(
        _sum(Activation.objects.filter(user=user)),
        _sum(PortalKey.objects.filter(user=user)),
        _sum(Challenge.objects.filter(**of_key, purpose="test", silent=False), "key__user"),
        _sum(Challenge.objects.filter(**of_key, purpose="action", asker=""), "key__user"),
        _sum(Subscription.objects.filter(**of_key), "key__user"),
        _sum(Phone.objects.filter(user=user)),
        _sum(Code.objects.filter(user=user, login=None)),
        # Pushes come and go; what became of one stands on its question.
        _sum(Delivery.objects.filter(user=user, code__login=None).exclude(way="push")),
    )


_CHANGES = Prepared(_changes)


@dataclass(frozen=True)
class KeyStanding:
    """How the key of a person stands for the pages about it: the code they show, the key, the test on its way."""

    state: str
    version: int
    ends: datetime | None
    look_at: datetime | None
    test: Challenge | None
    over: bool = False

    @classmethod
    def of(cls, user_id: int, activation: Activation | None) -> KeyStanding:
        test, action = _TEST.first(user=user_id), _ACTION.first(user=user_id)
        state = activation.standing if activation else "none"
        changes = sum(each or 0 for row in _CHANGES.rows(user=user_id) for each in row)
        code = _CODE.first(user=user_id)
        lapsed = (state == "expired") + (test is not None and test.standing == "expired")
        lapsed += code is not None and code.standing == "expired"
        lapsed += action is not None and action.standing == "expired"
        stages, stage_at = _stages(_LATEST_SENT.all(user=user_id))
        ends = _ends(activation) if activation and state in _OPEN else None
        lives = [each.expires for each in (action,) if each is not None and each.standing == "pending"]
        lives += [code.expires] if code and code.standing == "live" else []
        looks = [moment for moment in (ends, stage_at, *lives) if moment]
        return cls(state, 32 * changes + 8 * stages + lapsed, ends, min(looks, default=None), test)

    @classmethod
    def named(cls, name: str) -> KeyStanding | None:
        """Read a socket's name, `person:activation:session`, from a ticket that we signed.

        SECURITY: None once that session has ended, wherever and by whom: its tickets end with it (R-57).
        """
        user_id, activation_id, session_id = name.split(":")
        if not OpenSession.objects.alive().filter(pk=int(session_id), user=int(user_id)).exists():
            return None
        activation = Activation.objects.filter(pk=activation_id, user=int(user_id)).first() if activation_id else None
        return cls.of(int(user_id), activation)


def _ends(activation: Activation) -> datetime | None:
    return activation.confirm_by if activation.state == "confirm" else activation.expires
