"""The four roads on which an application waits for what a person's phone says, each with the same steps.

A browser that is sent to us (OpenID Connect), a program without one (RFC 8628), a question to a phone (CIBA), and an
action that is to be approved.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import User
from applications import policy
from applications.models import Application
from examples.verify_receipt import verify
from tests.applications.asked.asker import Asker
from tests.applications.rp import Party, registered, said, went
from tests.factories import PASSWORD, PIN, desk, finish
from tests.pocket import Pocket
from tests.stories.ways import is_in, number_at, sign_in
from twofactor import policy as factor_policy


class Road:
    """Begun when it is made. `life`: after so many seconds nothing of it is good any more."""

    life: float

    def __init__(self, bank: Asker, mara: User, pocket: Pocket, browser: Client) -> None:
        self.bank, self.mara, self.pocket, self.browser = bank, mara, pocket, browser
        # What is nobody's but the application's.
        self.secrets: list[str] = []
        before = {each["id"] for each in pocket.challenges()}
        self.begin()
        (self.question,) = [each for each in pocket.challenges() if each["id"] not in before]
        self.number = self.read_number()

    def begin(self) -> None:
        raise NotImplementedError

    def approve(self, pin: str = PIN) -> dict[str, Any]:
        return self.pocket.approve(self.question, pin, number=self.number or None)

    def read_number(self) -> str:
        """What the person reads off a page and types on the phone, if it is asked for."""
        return ""

    def given(self) -> list[str]:
        """Whose approval the application has got, in the end: as it would find out itself."""
        self.enter()
        return self.fetch()

    def enter(self) -> None:
        """What is still to be done at the desk."""

    def fetch(self) -> list[str]:
        raise NotImplementedError

    def give_up(self) -> None:
        """Whoever began it no longer wants it."""
        raise NotImplementedError

    def pretend(self) -> None:
        """Say by every field that there is to fill that it is approved."""
        raise NotImplementedError


class Browser(Road):
    """Somebody who is signed out comes from the application, gives the password and waits for their phone."""

    life = policy.ARRIVAL_LIFE.total_seconds() + factor_policy.CHALLENGE_LIFE.total_seconds()

    def begin(self) -> None:
        if "login" in self.browser.session or is_in(self.browser):
            # It waits for another one already, or has had its answer.
            self.browser = desk()
        self.party = Party(registered())
        self.next = said(went(self.browser.get(self.party.address())))["next"]
        given = {"username": self.mara.username, "password": PASSWORD, "next": self.next}
        self.browser.post("/sign-in/", given)

    def read_number(self) -> str:
        return number_at(self.browser)

    def enter(self) -> None:
        finish(self.browser)
        answer = self.browser.get(self.next)
        self.back = went(answer) if answer.status_code in (200, 302) else ""

    def fetch(self) -> list[str]:
        if "code=" not in self.back:
            return []
        tokens = self.party.tokens(self.back)
        self.secrets += [said(self.back)["code"], self.party.application.secret, *_secrets(tokens)]
        return [self.party.told(tokens)["sub"]]

    def give_up(self) -> None:
        self.browser.post("/sign-in/cancel/")

    def pretend(self) -> None:
        claims = {"approved": "true", "state": "approved", "factor": "key", "method": "none", "user": self.mara.pk}
        self.browser.post("/sign-in/finish/", claims)
        self.browser.post(self.next, {"allow": "yes", **claims})
        self.browser.get(self.party.address() + "&approved=true&user=1&visit=1")


class Signed(Road):
    """Mara is signed in at a browser of hers; what comes of the road is another thing."""

    def __init__(self, bank: Asker, mara: User, pocket: Pocket, browser: Client) -> None:
        if not is_in(browser):
            sign_in(browser, mara, pocket)
        super().__init__(bank, mara, pocket, browser)

    def subject(self, asker: Asker, answer: Any) -> list[str]:
        if answer.status_code != 200:
            assert answer.status_code == 400, answer.text
            return []
        self.secrets += _secrets(answer.json())
        return [str(asker.claims(answer.json())["sub"])]


class Device(Signed):
    life = policy.DEVICE_LIFE.total_seconds()

    def begin(self) -> None:
        self.program = Asker(registered("Trading Platform", signs_in=False, signs_in_devices=True))
        self.begun = self.program.web.post("/oauth/device/", data={"scope": "openid"}).json()
        self.page = str(self.browser.post("/device/", {"code": self.begun["user_code"]})["Location"])
        self.browser.post(self.page, {"act": "go"})
        self.secrets += [self.begun["device_code"], self.begun["user_code"], self.program.application.secret]

    def fetch(self, **more: Any) -> list[str]:
        given = {"grant_type": Application.GRANT_DEVICE_CODE, "device_code": self.begun["device_code"], **more}
        return self.subject(self.program, self.program.web.post("/oauth/token/", data=given))

    def give_up(self) -> None:
        self.browser.post(self.page, {"act": "deny"})

    def pretend(self) -> None:
        claims = {"approved": "true", "state": "approved", "factor": "key", "user": str(self.mara.pk)}
        for act in ("approve", "allow", "yes"):
            self.browser.post(self.page, {"act": act, **claims})
        assert self.fetch(**claims) == []


class Phone(Signed):
    life = policy.BACKCHANNEL_LIFE.total_seconds()

    def begin(self) -> None:
        self.name = self.bank.begin()
        self.secrets += [self.name, self.bank.application.secret]

    def fetch(self, **more: Any) -> list[str]:
        return self.subject(self.bank, self.bank.poll(self.name, **more))

    def pretend(self) -> None:
        claims = {"approved": "true", "state": "approved", "user": str(self.mara.pk), "login_hint": "mara"}
        assert self.fetch(**claims) == []


class Approval(Signed):
    life = policy.ACTION_LIFE.total_seconds()

    def begin(self) -> None:
        self.asked = self.bank.action()

    def fetch(self) -> list[str]:
        told = self.bank.look(self.asked)
        if "receipt" not in told:
            assert told["state"] != "approved"
            return []
        keys = self.bank.anybody.get("/oauth/keys/").json()
        self.secrets += [told["receipt"], self.bank.application.secret]
        claims = verify(told["receipt"], keys, self.bank.application.client_id, settings.PORTAL_BASE_URL)
        return [each["sub"] for each in claims["approvals"]]

    def give_up(self) -> None:
        assert self.bank.web.delete(f"/api/actions/{self.asked}/").status_code == 200

    def pretend(self) -> None:
        claims = {"approved": "1", "state": "approved", "by": "online", "response": ""}
        self.browser.post(f"/actions/{self.asked}/", claims)
        for path in (f"/api/actions/{self.asked}/", "/api/actions/"):
            assert self.bank.web.post(path, json={**self.bank.wants(), **claims}).status_code in (400, 405)


def _secrets(tokens: dict[str, Any]) -> list[str]:
    return [str(tokens[name]) for name in ("access_token", "refresh_token", "id_token") if name in tokens]


ROADS = {"browser": Browser, "device": Device, "phone": Phone, "action": Approval}
