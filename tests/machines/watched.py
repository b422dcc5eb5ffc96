"""What is true of a walk at every step, whoever did what before it.

A desk has a session only if a right password and a right, own, unused proof in time were given at that very desk since
anything ended the older ones; no sign-in is claimed twice; no row leaves the moves of its table; no count is exceeded.
"""

from __future__ import annotations

import copy
import time
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device
from hypothesis.stateful import RuleBasedStateMachine, invariant

from accounts import policy as accounts_policy
from accounts.keeping import SessionStore
from accounts.lifecycle import LOGIN, Machine
from accounts.models import AuditEvent, Login, Tally, User
from tests.factories import FIREFOX, host
from tests.given import LONG
from tests.machines.line import Line
from tests.machines.model import Model
from tests.pocket import Pocket
from twofactor import policy
from twofactor.lifecycle import ACTIVATION, CHALLENGE, CODE, DELIVERY, KEY, PHONE
from twofactor.models import Activation, Challenge, Code, Delivery, Factors, Phone, PortalKey

# The long walk has a third person with a third phone; the short one meets more often with two.
NAMES = ("mara", "dana", "eli") if LONG else ("mara", "dana")
# Whatever is asked for, in whatever order: no count ever stands above its limit (P-05, P-07, P-22, P-24).
COUNTED = (
    *accounts_policy.STARTS,
    *accounts_policy.FACTOR_PERSON,
    *accounts_policy.FACTOR_ADDRESS,
    *policy.NOTIFICATIONS,
)
PASSWORDS = ("correct horse battery staple", "four entirely different words", "a third one that is long enough")
TABLES: tuple[tuple[Any, Machine], ...] = (
    (Login, LOGIN),
    (Challenge, CHALLENGE),
    (Activation, ACTIVATION),
    (PortalKey, KEY),
    (Phone, PHONE),
    (Code, CODE),
    (Delivery, DELIVERY),
)


def reachable(machine: Machine) -> dict[str, set[str]]:
    """From each state, where any number of moves may lead."""
    steps = {state: {state} for state in machine.states}
    for _ in machine.states:
        for targets in steps.values():
            targets |= {machine.target(event) for event in machine.moves if machine.sources(event) & targets}
    return steps


REACHABLE = {model: reachable(machine) for model, machine in TABLES}


def who(browser: Client) -> str | None:
    """Who is signed in at this browser, read from its session as the doors read it."""
    cookie = browser.cookies.get("session")
    session = SessionStore.of(cookie.value if cookie else "")
    user = User.objects.filter(pk=session.get(SESSION_KEY), is_active=True).first()
    if user is None or session.get(HASH_SESSION_KEY) != user.get_session_auth_hash():
        return None
    device = Device.from_persistent_id(session.get(DEVICE_ID_SESSION_KEY, ""))
    verified = device is not None and device.user_id == user.pk and device.confirmed
    return str(user.username) if verified or not Factors.of(user) else None


class Watched(RuleBasedStateMachine):
    """Two people, three desks and two phones beside a model of them; a subclass lets them do something."""

    start: tuple[list[Pocket], dict[str, str]]
    clock: Any
    begins: float

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        cache.clear()
        self.clock.move_to(self.begins)
        pockets, keys = self.start
        self.pockets = [copy.copy(pocket) for pocket in pockets]
        for pocket in self.pockets:
            pocket.keys = {kid: copy.copy(key) for kid, key in pocket.keys.items()}
        agent = {"host": host(), "user-agent": FIREFOX}
        self.desks = [Client(headers=agent, REMOTE_ADDR=f"203.0.113.{number}") for number in range(3)]
        lines = {name: Line() for name in NAMES}
        self.model = Model(age=dict.fromkeys(NAMES, 0), key=dict(keys), lines=lines, now=self.begins)
        self.passwords = dict.fromkeys(NAMES, PASSWORDS[0])
        self.asked: list[dict[str, Any]] = []
        self.states: dict[tuple[Any, Any], str] = {}

    def teardown(self) -> None:
        try:
            for browser in self.desks:
                if browser.get("/security/key/").status_code == 200:
                    assert who(browser)
        finally:
            transaction.savepoint_rollback(self.savepoint)

    # --- The model's eyes ---

    def tick(self) -> None:
        self.model.now = time.time()

    def seat(self, desk: int, before: str | None = None) -> None:
        """Somebody may have sat down at this desk: then everything must have been given there."""
        self.tick()
        sits = who(self.desks[desk])
        begun = self.model.begun.get(desk)
        if sits and sits != before and begun and not begun.used:
            assert self.model.may_sit(desk), "let in without everything that it takes"
            assert sits == begun.user
            self.model.sit(desk)

    def settle(self, keep: int | None = None) -> None:
        """Keys have changed hands: what is active now, and what that ended."""
        for name in NAMES:
            active = PortalKey.objects.filter(user__username=name, state="active").values_list("kid", flat=True)
            assert len(active) <= 1
            now = active[0] if active else ""
            if now != self.model.key.get(name, ""):
                self.model.end_all(name, keep=keep)
                self.model.locked.discard(name)
                self.model.key.pop(name, None)
                if now:
                    self.model.key[name] = now
            if name in self.model.locked and not PortalKey.objects.filter(user__username=name, state="locked").exists():
                self.model.locked.discard(name)

    def look_for_locks(self, *, ends: bool = True) -> None:
        for name in NAMES:
            if name not in self.model.locked and PortalKey.objects.filter(user__username=name, state="locked").exists():
                self.model.locked.add(name)
                self.model.key.pop(name, None)
                if ends:
                    self.model.end_all(name)

    # --- What always holds ---

    @invariant()
    def everything_holds(self) -> None:
        self.nobody_sits_where_nothing_was_given()
        self.no_sign_in_is_claimed_twice()
        self.rows_move_along_their_tables()
        self.no_count_is_exceeded()

    def nobody_sits_where_nothing_was_given(self) -> None:
        for number, browser in enumerate(self.desks):
            name = who(browser)
            assert name is None or self.model.is_seated(number, name), f"desk {number} is signed in as {name}"

    def no_sign_in_is_claimed_twice(self) -> None:
        claims = AuditEvent.objects.filter(kind="login.claim", outcome="ok")
        logins = list(claims.values_list("login_id", flat=True))
        assert len(logins) == len(set(logins))
        assert set(logins) <= set(Login.objects.filter(state="consumed").values_list("pk", flat=True))

    def rows_move_along_their_tables(self) -> None:
        for model, _machine in TABLES:
            for pk, state in model.objects.values_list("pk", "state"):
                before = self.states.get((model, pk), state)
                assert state in REACHABLE[model][before], f"{model.__name__} from {before} to {state}"
                self.states[model, pk] = state

    def no_count_is_exceeded(self) -> None:
        for name in NAMES:
            for known in (True, False):
                waiting = Login.objects.filter(user__username=name, state="pending", known_browser=known)
                assert waiting.count() <= accounts_policy.LOGINS_AT_ONCE
            assert PortalKey.objects.filter(user__username=name, state="active").count() <= 1
        for limit in COUNTED:
            assert not Tally.objects.filter(name=limit.name, count__gt=limit.count).exists()
        most = Challenge.objects.all()
        assert not most.filter(response_tries__gt=policy.RESPONSES_A_CHALLENGE).exists()
        assert not most.filter(number_tries__gt=policy.NUMBERS_A_CHALLENGE).exists()
        assert not PortalKey.objects.filter(state="active", pin_failures__gte=policy.PIN_LOCKS).exists()
        assert not Code.objects.filter(failures__gt=policy.CODE_TRIES).exists()
        assert not Code.objects.filter(state="live", failures=policy.CODE_TRIES).exists()
        assert not Delivery.objects.filter(state="handed", handed_at__gt=F("deadline")).exists()
        asked: dict[str, int] = {}
        for login in most.exclude(login=None).values_list("login_id", flat=True):
            asked[login] = asked.get(login, 0) + 1
        assert all(count <= policy.CHALLENGES_A_LOGIN for count in asked.values())
