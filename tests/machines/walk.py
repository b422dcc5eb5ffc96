"""Everything that two people can do at three desks and with two phones, a rule each; `watched` says what must hold."""

from __future__ import annotations

import contextlib
import copy
import time

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.lifecycle import LOGIN
from accounts.models import Login, User
from tests.factories import PIN
from tests.machines.watched import NAMES, PASSWORDS, Watched, who
from tests.pocket import Problem
from tests.stories.ways import WRONG_PIN, code_at, move_code, new_code, respond, send_again
from twofactor.models import Challenge, PortalKey

desks = st.sampled_from((0, 1, 2))
names = st.sampled_from(NAMES)
phones = st.sampled_from(range(len(NAMES)))
some = st.sampled_from((0, 0, 0, 1, 2, 5))
mostly = st.sampled_from((True, True, True, False))


class Walk(Watched):
    """Every rule does one thing that somebody could do; what the portal answers is judged by the model."""

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
        for number in range(len(self.pockets)):
            self.look(number)

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
        name = who(self.desks[desk])
        old = next((at for at in self.pockets if name and self.model.key.get(name) in at.keys), None)
        new_code(self.desks[desk])
        with contextlib.suppress(Problem, ValueError):
            # Beside a key its phone approves, where it is asked and still can.
            if old is not None and who(self.desks[desk]):
                move_code(self.desks[desk], old)
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
            # Where nothing else would protect its person, a disowned key is locked.
            self.look_for_locks(ends=False)

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
            found = [challenge for challenge in found if challenge["purpose"] == "sign-in"]
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
