"""A long walk of two people, three desks and two phones through everything they can do (AT-131).

However they go: a desk has a session only if a right password and a right, own, unused proof in time were given at that
very desk since anything ended the older ones; no sign-in is claimed twice; no row leaves the moves of its table.
PORTAL_LONG=1 walks far, and differently every time.
"""

from __future__ import annotations

import copy
import os
import time
from typing import Any

import pytest
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts import policy as accounts_policy
from accounts.lifecycle import LOGIN, Machine
from accounts.models import AuditEvent, Login, User
from tests.factories import FIREFOX, PIN, desk, host, person, phone
from tests.machines.model import Model
from tests.pocket import Pocket, Problem
from tests.stories.ways import WRONG_PIN, activated, code_at, new_code, respond, send_again
from twofactor import policy
from twofactor.lifecycle import ACTIVATION, CHALLENGE, KEY
from twofactor.models import Activation, Challenge, PortalKey

LONG = bool(os.environ.get("PORTAL_LONG"))
NAMES = ("mara", "dana")
PASSWORDS = ("correct horse battery staple", "four entirely different words", "a third one that is long enough")
TABLES: tuple[tuple[Any, Machine], ...] = (
    (Login, LOGIN),
    (Challenge, CHALLENGE),
    (Activation, ACTIVATION),
    (PortalKey, KEY),
)

desks = st.sampled_from((0, 1, 2))
names = st.sampled_from(NAMES)
phones = st.sampled_from((0, 1))
some = st.sampled_from((0, 0, 0, 1, 2, 5))
mostly = st.sampled_from((True, True, True, False))


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
    session = SessionStore(session_key=cookie.value) if cookie and cookie.value else SessionStore()
    user = User.objects.filter(pk=session.get(SESSION_KEY), is_active=True).first()
    if user is None or session.get(HASH_SESSION_KEY) != user.get_session_auth_hash():
        return None
    binding = PortalKey.objects.filter(user=user, state__in=("active", "locked"))
    verified = session.get(DEVICE_ID_SESSION_KEY, "").rpartition("/")[2]
    if binding.exists() and not PortalKey.objects.filter(pk=verified or 0, user=user).exists():
        return None
    return str(user.username)


class Walk(RuleBasedStateMachine):
    """Every rule does one thing that somebody could do; what the portal answers is judged by the model."""

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
        self.model = Model(age=dict.fromkeys(NAMES, 0), key=dict(keys))
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

    # --- At the desks ---

    @rule(desk=desks, name=names, right=mostly)
    def password(self, desk: int, name: str, right: bool) -> None:
        before = who(self.desks[desk])
        sent = {"username": name, "password": self.passwords[name] if right else "not the password"}
        response = self.desks[desk].post("/sign-in/", sent)
        if response.status_code != 302:
            assert who(self.desks[desk]) == before
            return
        assert right
        login = Login.objects.filter(user__username=name).latest("created")
        self.model.password(desk, name, login.pk)
        self.seat(desk)
        self.look(0)
        self.look(1)

    @rule(desk=desks, name=names, hand=st.booleans())
    def whole_road(self, desk: int, name: str, hand: bool) -> None:
        """Password, proof and claim, one after the other: what people do most."""
        self.password(desk, name, right=True)
        begun = self.model.begun.get(desk)
        if begun is None or begun.used or begun.user != name:
            return
        holder = next((at for at, pocket in enumerate(self.pockets) if self.model.key.get(name) in pocket.keys), 0)
        if hand:
            self.by_hand(desk, holder, name, pin=True)
        else:
            self.approve(0, holder, pin=True, right=True, own=True)
            self.claim(desk)

    @precondition(lambda self: self.model.begun)
    @rule(desk=desks)
    def claim(self, desk: int) -> None:
        may = self.model.may_sit(desk)
        before = who(self.desks[desk])
        self.desks[desk].post("/sign-in/finish/")
        self.seat(desk, before)
        if may and User.objects.get(username=self.model.begun[desk].user).is_active:
            assert self.model.begun[desk].used, "everything was given, and nobody was let in"

    @rule(desk=desks)
    def cancel(self, desk: int) -> None:
        """Ends what is in progress at this desk; somebody who is in stays in."""
        self.desks[desk].post("/sign-in/cancel/")
        if who(self.desks[desk]) is None:
            self.model.leave(desk)
            self.model.begun.pop(desk, None)

    @precondition(lambda self: self.model.begun)
    @rule(desk=desks, then=st.sampled_from(("verify", "verify-manual")))
    def again(self, desk: int, then: str) -> None:
        send_again(self.desks[desk], then=then)

    @precondition(lambda self: self.model.begun)
    @rule(desk=desks, number=phones, name=names, pin=mostly)
    def by_hand(self, desk: int, number: int, name: str, pin: bool) -> None:
        """Somebody types what some phone answers to the question of this desk."""
        begun, before = self.model.begun.get(desk), who(self.desks[desk])
        asked = Challenge.objects.filter(login_id=begun.login if begun else "").order_by("-created").first()
        pocket = self.pockets[number]
        kid = next((kid for kid, key in pocket.keys.items() if key.account["name"].casefold() == name), None)
        response = pocket.respond(asked.question, PIN if pin else WRONG_PIN, kid=kid) if asked and kid else "00000000"
        respond(self.desks[desk], response)
        if asked and begun and not begun.used and before is None and who(self.desks[desk]):
            assert pin
            assert kid
            self.model.prove(begun.login, kid)
        self.seat(desk, before)
        self.look_for_locks()

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks)
    def sign_out(self, desk: int) -> None:
        if who(self.desks[desk]):
            self.desks[desk].post("/sign-out/")
            self.model.leave(desk)
            assert who(self.desks[desk]) is None

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks)
    def end_others(self, desk: int) -> None:
        name = who(self.desks[desk])
        response = self.desks[desk].post("/security/sessions/end/")
        if name and response["Location"] == "/security/":
            self.model.end_all(name, keep=desk)

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks, password=st.sampled_from(PASSWORDS))
    def change_password(self, desk: int, password: str) -> None:
        name = who(self.desks[desk])
        self.desks[desk].post("/security/password/", {"password": password, "again": password})
        changed = [one for one in NAMES if not User.objects.get(username=one).check_password(self.passwords[one])]
        assert changed in ([], [name])
        for one in changed:
            self.passwords[one] = password
            self.model.end_all(one, keep=desk)

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks, number=phones, not_me=st.sampled_from((False, False, True)))
    def new_key(self, desk: int, number: int, not_me: bool) -> None:
        """A code at this desk, taken by a phone: a first key, or one that takes the place of another."""
        new_code(self.desks[desk])
        name = who(self.desks[desk])
        code = code_at(self.desks[desk]) if name else ""
        pocket = self.pockets[number]
        try:
            pocket.claim(code)
            kid = pocket.activate(PIN, label="Pixel")
        except Problem:
            kid = ""
        self.settle(keep=desk)
        if kid:
            assert name
            assert self.model.key[name] == kid
        if kid and not_me:
            self.desks[desk].post("/security/key/not-me/")
            self.settle(keep=desk)

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks)
    def deactivate(self, desk: int) -> None:
        self.desks[desk].post("/security/key/deactivate/")
        self.settle(keep=desk)

    # --- On the phones ---

    @rule(number=phones)
    def look(self, number: int) -> None:
        """What is in the inbox belongs to this phone's keys; it is remembered, to be answered now or much later."""
        for kid, key in list(self.pockets[number].keys.items()):
            alone = copy.copy(self.pockets[number])
            alone.keys = {kid: key}
            try:
                found = alone.challenges()
            except Problem:
                assert not PortalKey.objects.filter(kid=kid, state="active", user__is_active=True).exists()
                continue
            assert {challenge["kid"] for challenge in found} <= {kid}
            known = {challenge["id"] for challenge in self.asked}
            self.asked += [challenge for challenge in found if challenge["id"] not in known]

    @precondition(lambda self: self.asked)
    @rule(which=some, number=phones, pin=mostly, right=mostly, own=mostly)
    def approve(self, which: int, number: int, pin: bool, right: bool, own: bool) -> None:
        """Approve something that was asked, be it long ago; with the wrong number, PIN or key now and then."""
        if not self.asked:
            return
        asked = self.asked[-1 - which % len(self.asked)]
        pocket = self.pockets[number]
        kids = [kid for kid in pocket.keys if (kid == asked["kid"]) is own]
        if not kids:
            return
        row = Challenge.objects.get(pk=asked["id"])
        digits = row.question if right else f"{(int(row.question) + 1) % 10**6:06d}"
        try:
            pocket.approve({**asked, "kid": kids[0]}, PIN if pin else WRONG_PIN, number=digits)
        except Problem:
            self.look_for_locks()
            return
        assert pin
        assert right
        assert own
        assert row.state == "pending"
        assert row.expires.timestamp() >= time.time()
        self.tick()
        self.model.prove(row.login_id, kids[0])

    @precondition(lambda self: self.asked)
    @rule(which=some, verdict=st.sampled_from(("cancel", "cancel", "not_me")))
    def refuse(self, which: int, verdict: str) -> None:
        asked = self.asked[-1 - which % len(self.asked)]
        for pocket in self.pockets:
            if asked["kid"] in pocket.keys:
                try:
                    pocket.answer(asked, verdict)
                except Problem:
                    return
                assert LOGIN.is_final(Challenge.objects.get(pk=asked["id"]).login.state)

    @rule(number=phones, which=some, really=st.sampled_from((False, False, False, True)))
    def revoke(self, number: int, which: int, really: bool) -> None:
        kids = list(self.pockets[number].keys)
        if kids and really:
            try:
                self.pockets[number].revoke(kids[which % len(kids)])
            except Problem:
                return
            # The sessions go on, verified by a key that now answers nothing; and it still stands in the way.
            self.look_for_locks(ends=False)

    @rule(name=names)
    def nearly_locked(self, name: str) -> None:
        """As if nine wrong PINs had been given before."""
        PortalKey.objects.filter(user__username=name, state="active").update(pin_failures=9, wait_until=None)

    # --- Time and staff ---

    @rule(seconds=st.sampled_from((1, 29, 31, 59, 61, 299, 301, 599, 601, 3601, 90_000)))
    def wait(self, seconds: int) -> None:
        self.clock.shift(seconds)

    @rule(name=names, active=st.sampled_from((True, True, True, True, False)))
    def switch(self, name: str, active: bool) -> None:
        """Staff switch somebody off, and on again."""
        User.objects.filter(username=name).update(is_active=active)

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
        most = Challenge.objects.all()
        assert not most.filter(response_tries__gt=policy.RESPONSES_A_CHALLENGE).exists()
        assert not most.filter(number_tries__gt=policy.NUMBERS_A_CHALLENGE).exists()
        assert not PortalKey.objects.filter(state="active", pin_failures__gte=policy.PIN_LOCKS).exists()
        asked: dict[str, int] = {}
        for login in most.exclude(login=None).values_list("login_id", flat=True):
            asked[login] = asked.get(login, 0) + 1
        assert all(count <= policy.CHALLENGES_A_LOGIN for count in asked.values())


@pytest.mark.timeout(0 if LONG else 180)
def test_nobody_gets_in_without_a_password_and_a_proof(one_clock) -> None:
    pockets, keys = [phone(), phone()], {}
    for pocket, name in zip(pockets, NAMES, strict=True):
        # The names are their own, so that a phone's keys can be told apart by them.
        activated(desk(), person(name, name=name), pocket)
        keys[name] = next(iter(pocket.keys))
    Walk.start, Walk.clock, Walk.begins = (pockets, keys), one_clock, time.time()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=500 if LONG else 20,
            stateful_step_count=80 if LONG else 50,
            derandomize=not LONG,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
