"""Hands on a keyboard, and nothing else: Tab, Shift+Tab, Enter and Space, with the eye on where the focus is."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

# The outer of the two rings, as the browser computes it (static/css/base.css).
RING = "0px 0px 0px 4px"
# Nobody presses Tab more often than this to get through a page of ours.
MOST = 70

# Where the focus is: whether on `wanted`, whether the eye sees it, and what it is called in a failure.
LOOK = f"""(wanted) => {{
    const at = document.activeElement;
    if (at === document.body) return {{ outside: true }};
    const box = at.getBoundingClientRect();
    const isSeen = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
    const style = getComputedStyle(at);
    const isRinged = style.boxShadow.includes("{RING}") && style.outlineStyle === "solid";
    const isPlace = at.getAttribute("tabindex") === "-1"; // to read from, as a heading: there is nothing to press
    return {{
        arrived: at === wanted,
        visible: isSeen && (isRinged || isPlace),
        name: `${{at.localName}} ${{at.id || at.name || at.textContent.trim().slice(0, 40)}}`,
    }};
}}"""
# All that Tab should come to, in the order in which it is read: of several choices the one that is taken.
STOPS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((each) => each.type !== "radio" || each.checked)
    .filter((each) => !each.disabled && each.type !== "hidden" && each.checkVisibility({ visibilityProperty: true }))
    .map((each) => `${each.localName} ${each.id || each.name || each.textContent.trim().slice(0, 40)}`)"""


# Each time a live region changes what it says, as a reader of the screen would hear it.
HEAR = """addEventListener("DOMContentLoaded", () => {
    window.heard = [];
    const words = (region) => region.innerText.replace(/\\s+/g, " ").trim();
    for (const region of document.querySelectorAll("[role=status]")) {
        new MutationObserver(() => heard.push(words(region))).observe(region, {
            childList: true, characterData: true, subtree: true,
        });
    }
});"""


class Keyboard:
    """Whatever is done on a page by keys alone. Wherever the focus goes, it has to be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, place: Locator, key: str = "Tab") -> None:
        """Press Tab until the focus is there, on the way from where it was."""
        expect(place).to_be_visible()
        wanted = place.element_handle()
        for _each in range(MOST):
            found = self._look(wanted)
            if found.get("arrived"):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{place} is not reached with {key}")

    def press(self, place: Locator, key: str = "Enter") -> None:
        self.go(place)
        self.page.keyboard.press(key)

    def type(self, place: Locator, text: str) -> None:
        """Go to a field and type into it, as fast as keys come."""
        self.go(place)
        self.page.keyboard.insert_text(text)

    def walk(self) -> list[str]:
        """Through the whole page: each stop once, in the order of reading, and out at the end."""
        self.page.wait_for_load_state()  # the first half of a page that is still coming ends too soon
        self.page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
        self.page.evaluate(
            "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"
        )
        passed: list[str] = []
        while True:
            self.page.keyboard.press("Tab")
            found = self._look(None)
            if found.get("outside") or (passed and found["name"] == passed[0] and len(passed) > 1):
                break
            passed.append(found["name"])
            assert len(passed) < MOST, f"the focus is caught: {passed[-5:]}"
        assert passed == self.page.evaluate(STOPS)
        return passed

    def _look(self, wanted: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(LOOK, wanted)
        assert found.get("outside") or found["visible"], f"nobody sees the focus on: {found['name']}"
        return found


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def field(page: Page, name: str) -> Locator:
    return page.get_by_label(name, exact=True)
