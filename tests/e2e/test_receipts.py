"""A receipt is checked in the browser: it holds, and once anything on the page is another, it says what does not."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

HOLDS = "The receipt holds: this very text was approved with this key."
BROKEN = "The receipt does not hold."


@pytest.fixture
def receipt(known, desk, phone) -> Page:
    """The page of a sign-in that Mara has approved on her phone."""
    desk.give_password("mara")
    phone.approve()
    desk.expect_signed_in()
    desk.page.get_by_role("link", name="Everything that happened").click()
    desk.page.get_by_role("link", name="What you approved").first.click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("You approved a sign-in on your phone.")
    return desk.page


def test_a_receipt_holds_until_something_on_the_page_is_another(receipt):
    """N3."""
    button = receipt.get_by_role("button", name="Check this receipt")
    button.click()
    expect(receipt.get_by_text(HOLDS)).to_be_visible()
    expect(receipt.get_by_text("The signature is right")).to_be_visible()

    part = receipt.locator("receipt-check")
    true = part.get_attribute("data-receipt")
    for name, value, words in (
        ("kid", "A" * 43, "The key is another one"),
        ("statement", _turned(json.loads(true)["statement"]), "The signature is wrong"),
        ("challenge", "A" * 22, "It was meant for another portal or another question"),
        ("portal", "https://elsewhere.example", "It was meant for another portal or another question"),
        ("at", "2026-01-01T00:00:00+00:00", "It was not signed at the time above."),
        ("display", {**json.loads(true)["display"], "lang": "fr"}, "is not the one that was approved on the phone"),
        ("statement", "nonsense", "The signature is wrong"),
    ):
        said = json.dumps({**json.loads(true), name: value})
        part.evaluate("(part, said) => (part.dataset.receipt = said)", said)
        button.click()
        expect(receipt.get_by_text(BROKEN)).to_be_visible()
        expect(receipt.get_by_text(words)).to_be_visible()
        part.evaluate("(part, said) => (part.dataset.receipt = said)", true)
        button.click()
        expect(receipt.get_by_text(HOLDS)).to_be_visible()

    receipt.locator("[data-shown]").first.evaluate("(part) => (part.textContent = 'Sign in to another portal?')")
    button.click()
    expect(receipt.get_by_text("The text above is not the one")).to_be_visible()
    expect(receipt.get_by_text("The signature is right")).to_be_visible()


def _turned(statement: str) -> str:
    """The same statement with one sign of its signature turned."""
    head, claims, signature = statement.split(".")
    return ".".join([head, claims, re.sub(r"^.", lambda first: "A" if first[0] != "A" else "B", signature)])
