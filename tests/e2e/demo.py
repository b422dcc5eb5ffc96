"""The demo as people run it: a desk in front of it, and the virtual phone, from which alone codes come."""

import re
import sqlite3
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.screens import Desk
from tests.factories import PIN, SALT
from tests.pocket import Pocket, by_http
from tests.running.portal import PASSWORD, Browser, Portal

TEXT_HOPS, CALL_HOPS = "How far the text has come", "How far the call has come"


class Demo:
    """`python -m portal.demo`, on rows that can go back to its first morning, or grow older."""

    def __init__(self, folder: Path) -> None:
        self.portal = Portal(folder)
        self.address = self.portal.address
        self._rows, self._first = folder / "portal.sqlite3", folder / "first.sqlite3"
        _copy(self._rows, self._first)

    def begin_again(self) -> None:
        """The rows are those of the start, and the virtual phone is empty."""
        _copy(self._first, self._rows)
        phone = Browser(self.address)
        phone.get("/demo/phone/")
        phone.post("/demo/phone/clear/")
        phone.http.close()

    def later(self, seconds: int) -> None:
        """So much time passes: the process has no clock that could be moved, so everything it remembers grows older."""
        with sqlite3.connect(self._rows, timeout=20) as rows:
            for (table,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                times = [
                    name for _, name, kind, *_ in rows.execute(f"PRAGMA table_info({table})") if kind == "datetime"
                ]
                moved = [f"{name} = strftime('%Y-%m-%d %H:%M:%f', {name}, '-{seconds} seconds')" for name in times]
                if moved:
                    rows.execute(f"UPDATE {table} SET {', '.join(moved)}")
        rows.close()

    def key_of(self, desk: "DemoDesk") -> Pocket:
        """A key on a phone of its own for whoever has just signed in at this desk without one."""
        pocket = Pocket(self.address, by_http(self.address), salt=SALT)
        desk.page.goto("/security/key/")
        pocket.claim(desk.activation_code())
        pocket.activate(PIN, label="Pixel 9", platform="android")
        # The page moves on by itself; whoever goes elsewhere meanwhile would be held up by it.
        expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
        return pocket


def _copy(source: Path, target: Path) -> None:
    opened, into = sqlite3.connect(source), sqlite3.connect(target, timeout=20)
    opened.backup(into)
    opened.close()
    into.close()


class DemoDesk(Desk):
    """A desk in front of the demo, where everybody has the same password."""

    password = PASSWORD

    def give_password(self, username: str, password: str = PASSWORD) -> None:
        super().give_password(username, password)

    @property
    def code(self) -> Locator:
        return self.page.get_by_label("Security code")

    @property
    def confirmation(self) -> Locator:
        return self.page.get_by_label("Confirmation number")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()

    def give_code(self, code: str) -> None:
        self.code.fill(code)
        self.press("Continue")

    def confirm(self, code: str) -> None:
        self.confirmation.fill(code)
        self.press("Confirm")

    def paste(self, field: Locator, text: str) -> None:
        self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        field.press("Control+v")

    def sign_in_by_text(self, username: str, phone: "VirtualPhone") -> None:
        self.give_password(username)
        self.give_code(phone.code())
        self.expect_signed_in()

    def give_number(self, number: str, country: str | None = None) -> None:
        """Ask for a confirmation number on the page of the phone number."""
        if country:
            self.page.get_by_label("Country").select_option(country)
        self.page.get_by_label("Mobile number").fill(number)
        self.press("Send confirmation number")

    def hops(self, name: str = TEXT_HOPS) -> Locator:
        """Each stage that a text or a call has come to, or not yet."""
        return self.page.get_by_role("list", name=name).get_by_role("listitem")

    def expect_wrong(self, field: str, words: str | re.Pattern[str]) -> None:
        """What was typed is refused beside its field, and leads there from the top of the form."""
        place = self.page.get_by_label(field)
        expect(place).to_have_attribute("aria-invalid", "true")
        expect(place).to_have_accessible_description(words if isinstance(words, re.Pattern) else re.compile(words))
        expect(self.page.get_by_role("alert").get_by_role("link")).to_be_visible()


class VirtualPhone:
    """The page /demo/phone/ in a browser of its own, open all the time: nothing here loads it again."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._seen: list[str] = []
        page.goto("/demo/phone/")
        self.put_aside()

    def put_aside(self) -> None:
        """From now on only what arrives later counts."""
        self._seen = self._messages("").evaluate_all("(items) => items.map(({ id }) => id)")

    @property
    def received(self) -> Locator:
        """What has arrived since, newest first."""
        return self._messages("".join(f":not([id='{each}'])" for each in self._seen))

    def _messages(self, which: str) -> Locator:
        return self.page.get_by_role("list", name="Messages, newest first").locator(f"> li{which}")

    def message(self, words: str | re.Pattern[str]) -> Locator:
        return self.received.filter(has_text=words)

    def code(self) -> str:
        """Wait for a text with a code, read it, and put aside whatever has arrived."""
        text = self.received.filter(has_text=re.compile(r"@localhost #\d{6}")).first
        expect(text).to_be_visible()
        found = re.search(r"@localhost #(\d{6})", text.inner_text())
        assert found
        self.put_aside()
        return found[1]

    def follow(self, words: str) -> DemoDesk:
        """Open the link of a notice that came by text, here in the browser of the phone."""
        notice = self.message(words).filter(has_text="Text").first
        notice.get_by_role("link").last.click()
        return DemoDesk(self.page)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def spoken(self) -> Locator:
        """The digits that the voice of a call has said."""
        return self.page.get_by_role("group", name="Code", exact=True)

    def take_call(self) -> None:
        """Answer what rings; the voice asks for a key."""
        expect(self.page.get_by_role("heading", name="Client Portal is calling")).to_be_visible()
        self.button("Answer").click()
        expect(self.page.get_by_text("Press any key to hear it.")).to_be_visible()

    def press_key(self, key: str = "5") -> str:
        """Press a key of the keypad, and listen to the code."""
        self.page.get_by_role("group", name="Keypad").get_by_role("button", name=key, exact=True).click()
        expect(self.spoken.first).to_have_text(re.compile(r"^\s*(\d\s*){6}$"))
        return re.sub(r"\s", "", self.spoken.first.inner_text())

    def set_reception(self, on: bool) -> None:
        self.button(f"Switch reception {'on' if on else 'off'}").click()
        expect(self.button(f"Switch reception {'off' if on else 'on'}")).to_be_visible()

    def refuse(self, what: str, why: str = "number") -> None:
        """Let the carrier refuse it, for one of gateways.REASONS; "nothing": it takes everything."""
        self.page.get_by_label("The carrier refuses").select_option(what)
        self.page.get_by_label("Because").select_option(why)
        self.button("Set").click()
        words = "The carrier takes every message" if what == "nothing" else r"Every [\w-]+ is refused"
        expect(self.page.get_by_text(re.compile(rf"^\s*{words}\."))).to_be_visible()


def broken_rules(page: Page, *only: str) -> list[str]:
    """What axe finds wrong with what is shown now: every rule, or `only` some of them."""
    # A colour that is fading into another one is neither of the two.
    page.evaluate(
        """() => Promise.allSettled(
            document.getAnimations().filter((each) => each instanceof CSSTransition).map(({ finished }) => finished)
        ).then(() => true)"""
    )
    # Half a megabyte that need not be sent twice to one page.
    axe = Axe("0") if page.evaluate("'axe' in window") else Axe()
    options = {
        "resultTypes": ["violations", "incomplete"],
        # Of WCAG 2.2, and so not asked for by itself.
        **({"runOnly": list(only)} if only else {"rules": {"target-size": {"enabled": True}}}),
    }
    found = axe.run(page, options=options).response
    # Words in the colour of their ground are a violation to everybody but axe, which only doubts.
    doubted = [
        {**each, "nodes": [node for node in each["nodes"] if _is_invisible(node)]} for each in found["incomplete"]
    ]
    return [f"{each['id']}: {node['html']}" for each in [*found["violations"], *doubted] for node in each["nodes"]]


def _is_invisible(node: dict[str, Any]) -> bool:
    said = [check["data"] for check in node["any"] if isinstance(check["data"], dict)]
    return any(data.get("messageKey") == "equalRatio" for data in said)


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than its window (WCAG 1.4.10)."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
