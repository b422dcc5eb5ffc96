"""The walk, with telephones: numbers are added, changed, removed and restored, and codes are typed, right and wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import Tally, User
from tests.factories import desk as another_desk
from tests.machines.walk import Walk, desks, mostly, names, some
from tests.machines.watched import NAMES, who
from tests.stories.carried import NUMBER, OTHER, ask_number, carry, choose, confirm, messages, stop_links, type_code
from twofactor import policy
from twofactor.models import Delivery, Phone

NUMBERS = (NUMBER, OTHER, "+85291234569")
numbers = st.sampled_from(NUMBERS)
afterwards = st.sampled_from(("remove", "change", "stop", ""))


@dataclass
class Text:
    """A code that came to a number: for whom and for which sign-in ("": it confirms the number)."""

    code: str
    to: str
    user: str
    login: str
    at: float
    used: bool = False


def verified_phone(name: str) -> Phone | None:
    return Phone.objects.filter(user__username=name, state="verified").first()


class Texting(Walk):
    handset: Any

    def __init__(self) -> None:
        super().__init__()
        self.handset.__init__()
        self.texts: dict[str, Text] = {}
        # The newest last.
        self.links: dict[str, None] = {}

    def tick(self) -> None:
        """Whether texts are on, off or at rest is a person's choice or a key's doing; which number serves is not."""
        super().tick()
        for name, line in self.model.lines.items():
            phone = verified_phone(name)
            line.texts = phone.texts if phone else "off"

    def everything_holds(self) -> None:
        super().everything_holds()
        for name, line in self.model.lines.items():
            phone = verified_phone(name)
            assert (phone.number if phone else "") == line.number, f"the number of {name}"

    # --- What arrives ---

    def receive(self) -> None:
        """Let everything be carried, and read it; a code to sign in comes only to the number that serves."""
        self.tick()
        carry()
        for message in messages(way="text"):
            found = re.search(r"#(\d{6})$", message.text)
            if message.id in self.texts or not found:
                continue
            row = Delivery.objects.select_related("user", "code").get(pk=message.id)
            name, login = row.user.username, row.code.login_id or ""
            assert not login or self.model.serving(name) == message.to, "a code went to a number that does not serve"
            self.texts[message.id] = Text(found[1], message.to, name, login, row.code.created.timestamp())
        for number in NUMBERS:
            self.links |= dict.fromkeys(stop_links(number))

    def newest(self, which: int, **fields: str) -> Text | None:
        """One of the texts, the newest first; those that fit `fields` before all others."""
        found = sorted(self.texts.values(), key=lambda text: all(getattr(text, k) == v for k, v in fields.items()))
        return found[-1 - which % len(found)] if found else None

    # --- At the desks ---

    @rule(desk=desks, name=names, number=numbers, alone=st.booleans(), there=desks)
    def come_to_texts(self, desk: int, name: str, number: str, alone: bool, there: int) -> None:
        """Sign in, have a number, switch texts on, perhaps give the key up; and use the texts at some desk."""
        self.make_room()
        self.key_road(desk, name)
        self.new_number(desk, number, 0, right=True)
        self.switch_texts(desk, on=True)
        if alone:
            self.deactivate(desk)
        self.text_road(there, name)

    @rule(desk=desks, name=names)
    def key_road(self, desk: int, name: str) -> None:
        """Password, key and claim, also where texts come first."""
        self.password(desk, name, right=True)
        begun = self.model.begun.get(desk)
        if begun is None or begun.used or begun.user != name:
            return
        choose(self.desks[desk], "key")
        self.look(0)
        self.look(1)
        holder = next((at for at, pocket in enumerate(self.pockets) if self.model.key.get(name) in pocket.keys), 0)
        self.approve(0, holder, pin=True, right=True, own=True)
        self.claim(desk)

    def make_room(self) -> None:
        """What is counted is another promise; here it would end most walks early."""
        Tally.objects.all().delete()

    @rule(desk=desks, name=names, right=mostly)
    def text_road(self, desk: int, name: str, right: bool = True) -> None:
        """Password, text and code, one after the other."""
        self.password(desk, name, right=True)
        if self.model.begun.get(desk):
            if not right:
                choose(self.desks[desk], "text")
                self.guess(desk)
            self.by_text(desk, 0, "text")

    @rule(
        desk=desks,
        name=names,
        number=numbers,
        text=st.booleans(),
        then=st.sampled_from(("remove", "change", "stop", "")),
    )
    def thief(self, desk: int, name: str, number: str, text: bool, then: str) -> None:
        """Somebody with a session of the moment changes the number, perhaps twice; stop links go to its owner."""
        if not self.model.serving(name):
            self.come_to_texts(desk, name, NUMBERS[NUMBERS.index(number) - 2], alone=text, there=desk)
        self.make_room()
        if text:
            self.text_road(desk, name)
        else:
            self.key_road(desk, name)
        self.new_number(desk, number, 0, right=True)
        if then == "remove":
            self.remove_number(desk, really=True)
        if then == "stop" and self.links:
            self.stop(-1)
        elif then:
            self.new_number(desk, NUMBERS[NUMBERS.index(number) - 1], 0, right=True)
        self.text_road(desk, name)

    @rule(desk=desks, which=some, asked=st.sampled_from(("text", "text", "again", "call", "key", "nothing")))
    @precondition(lambda self: self.model.begun)
    def by_text(self, desk: int, which: int, asked: str) -> None:
        """Ask for a code, and type one: the newest of this sign-in mostly, else any that ever came."""
        begun, browser = self.model.begun.get(desk), self.desks[desk]
        before = who(browser)
        if asked in ("text", "key"):
            choose(browser, asked)
        elif asked != "nothing":
            browser.post(f"/sign-in/verify/code/{asked}/")
        self.receive()
        text = self.newest(which, login=begun.login) if begun else None
        waits = "login" in browser.session
        answer = type_code(browser, text.code if text else "000000")
        self.tick()
        if answer.get("Location") == "/" and waits:
            assert begun
            assert who(browser) == begun.user, "the right code, and nobody was let in"
        if text and begun and not begun.used and before is None and who(browser):
            assert text.login == begun.login, "a code of another sign-in"
            assert not text.used, "a code was good twice"
            assert self.model.now - text.at < policy.CODE_LIFE.total_seconds(), "a code that was over"
            text.used = True
            self.model.prove_by_text(begun.login, text.to)
        self.seat(desk, before)

    @precondition(lambda self: self.model.begun)
    @rule(desk=desks)
    def guess(self, desk: int) -> None:
        before = who(self.desks[desk])
        known = {text.code for text in self.texts.values()}
        type_code(self.desks[desk], next(code for code in ("000000", "111111", "222222") if code not in known))
        assert before or who(self.desks[desk]) is None, "let in with a code that never came"

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks, number=numbers, which=some, right=mostly)
    def new_number(self, desk: int, number: str, which: int, right: bool) -> None:
        """Somebody types a number, and a code that came to it, or to another one."""
        name, browser = who(self.desks[desk]), self.desks[desk]
        ask_number(browser, number)
        self.receive()
        text = self.newest(which, login="", user=name or "", **({"to": number} if right else {}))
        before = {one: verified_phone(one) for one in NAMES}
        confirm(browser, text.code if text else "000000")
        self.tick()
        for one in NAMES:
            phone = verified_phone(one)
            if phone is None or phone == before[one]:
                continue
            assert text is not None
            assert name == one == text.user, "bound by somebody else"
            assert (phone.number, text.login, text.used) == (text.to, "", False), "bound by a code for something else"
            text.used = True
            self.model.lines[one].bind(phone.number, self.model.now)
            self.model.end_all(one, keep=desk)
        self.tick()

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks, on=mostly)
    def switch_texts(self, desk: int, on: bool) -> None:
        browser, name = self.desks[desk], who(self.desks[desk])
        ages = {one: User.objects.get(username=one).auth_epoch for one in NAMES}
        verified = bool(name) and "otp_device_id" in browser.session
        browser.post("/security/phone/texts/", {"texts": "on" if on else "off"})
        for one in NAMES:
            if User.objects.get(username=one).auth_epoch != ages[one]:
                assert one == name, "switched by somebody else"
                # Who has proved nothing but the password goes on only where that is still enough.
                self.model.end_all(one, keep=desk if verified or not on else None)
        self.tick()
        if name and not verified and on and self.model.serving(name):
            assert who(browser) is None, "verified by pressing a button"

    @precondition(lambda self: self.model.seat)
    @rule(desk=desks, really=st.sampled_from((False, True)))
    def remove_number(self, desk: int, really: bool) -> None:
        name = who(self.desks[desk])
        if not really or not name:
            return
        self.desks[desk].post("/security/phone/remove/")
        self.tick()
        line = self.model.lines[name]
        if line.number and verified_phone(name) is None:
            line.remove(self.model.now)
            self.model.end_all(name, keep=desk)
        self.receive()

    @precondition(lambda self: self.links)
    @rule(which=some)
    def stop(self, which: int) -> None:
        """Whoever has one of the links presses its button."""
        self.receive()
        link = list(self.links)[which % len(self.links)]
        page = another_desk().get(link)
        what = page.context["what"]
        ages = {one: User.objects.get(username=one).auth_epoch for one in NAMES}
        assert another_desk().post(link).status_code == (410 if what == "over" else 302)
        self.tick()
        for one in NAMES:
            user = User.objects.get(username=one)
            if user.auth_epoch == ages[one]:
                continue
            assert what != "over"
            if what != "asked":
                self.model.lines[one].stop()
            assert user.password_change_required
            self.model.end_all(one)
        self.tick()
