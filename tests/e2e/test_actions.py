"""An application asks somebody to approve exactly this: on the phone and on its page, also without a network."""

import io
import os
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from applications.models import Application
from tests.applications.asked.asker import Asker
from tests.applications.rp import registered
from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.screens import Desk, Phone
from tests.given import PIN

FACTS = [
    ["Amount", "5,000.00 HKD"],
    ["To", "Wong Tai Man, Hang Seng Bank, 024-123456-789"],
    ["Reference", "Rent of December, flat 12B, and the deposit that was agreed on in October with the agency"],
]


@pytest.fixture
def bank(transactional_db) -> Asker:
    return Asker(registered("Harbour Bank", asks_phones=True, asks_actions=True))


def page_of(bank: Asker, pk: str) -> str:
    return str(bank.look(pk)["url"])


def test_what_is_asked_stands_on_the_phone_and_on_the_page_and_one_answer_ends_both(inside, phone, bank):
    asked = bank.action(facts=FACTS)
    inside.page.goto(page_of(bank, asked))
    expect(inside.page.get_by_role("status")).to_contain_text("Waiting for your answer")
    expect(inside.page.get_by_text("024-123456-789")).to_be_visible()
    heading = phone.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Harbour Bank asks: Transfer 5,000 HKD to Wong Tai?")
    for _label, value in FACTS:
        expect(phone.page.get_by_role("definition").filter(has_text=value)).to_be_visible()
    assert broken_rules(phone.page) == []
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    expect(phone.page.get_by_text("The application has been told.")).to_be_visible()
    expect(inside.page.get_by_role("status")).to_contain_text("Approved.")
    assert bank.look(asked)["state"] == "approved"
    assert broken_rules(inside.page) == []


def test_a_phone_without_a_network_approves_it_by_hand(inside, phone, bank):
    phone.page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")
    phone.lose_network()
    asked = bank.action(facts=FACTS)
    inside.page.goto(page_of(bank, asked))
    inside.page.get_by_text("Approve it without a network").click()
    response = phone.respond(inside.number("Challenge code"))
    inside.page.get_by_label("Response string").fill(response)
    assert broken_rules(inside.page) == []
    inside.page.get_by_role("button", name="Approve").click()
    expect(inside.page.get_by_role("status")).to_contain_text("Approved.")
    assert bank.look(asked)["state"] == "approved"


def test_what_nobody_expected_is_refused_without_punishing_anybody(inside, phone, bank):
    asked = bank.action(facts=FACTS)
    phone.button("Decline").click()
    expect(phone.button("I did not expect this")).to_have_accessible_description(
        "Choose this if you did not expect it: then this application cannot ask you again for 24 hours. Nothing else "
        "changes for you."
    )
    phone.button("I did not expect this").click()
    expect(phone.page.get_by_text("Nothing was approved. This application cannot ask you again")).to_be_visible()
    assert bank.look(asked)["state"] == "declined"
    inside.page.goto(page_of(bank, asked))
    expect(inside.page.get_by_role("status")).to_contain_text("Declined.")


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("language", ["en-GB", "zh-HK"])
def test_a_long_question_is_read_to_its_end_on_a_small_phone(active, phone, bank, width, language):
    phone.page.set_viewport_size({"width": width, "height": 568})
    bank.action(title="Pay the salaries of November to the eight people of the branch in Mong Kok", facts=[
        *FACTS, *[["To", f"Employee {at}, 024-{at}23456-789, 18,250.00 HKD"] for at in range(8)]
    ])  # fmt: skip
    last = phone.page.get_by_text("Employee 7")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    assert not too_wide(phone.page)
    assert Application.objects.count() == 1
    if shots := os.environ.get("SHOTS"):
        phone.page.screenshot(path=f"{shots}/phone-{width}-{language}.png")


def square(desk: Desk) -> str:
    """What a camera reads off the picture beside the challenge code."""
    picture = desk.page.get_by_role("img", name="The question as a QR code")
    expect(picture).to_be_visible()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())))
    return str(found.text)


@pytest.fixture
def offline(inside, phone, bank) -> tuple[str, str]:
    """A phone that has lost its network, and a desk that shows a square: its link, and the action."""
    phone.page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")
    phone.lose_network()
    asked = bank.action(facts=FACTS)
    inside.page.goto(page_of(bank, asked))
    inside.page.get_by_text("Approve it without a network").click()
    return square(inside), asked


def bring(phone: Phone, link: str) -> None:
    phone.page.evaluate("link => { location.hash = new URL(link).hash; }", link)


def test_a_phone_without_a_network_says_what_it_approves(inside, phone, bank, offline):
    """N4."""
    link, asked = offline
    bring(phone, link)
    heading = phone.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Harbour Bank asks: Transfer 5,000 HKD to Wong Tai?")
    for _label, value in FACTS:
        expect(phone.page.get_by_role("definition").filter(has_text=value)).to_be_visible()
    expect(phone.field("Challenge")).to_be_hidden()
    assert broken_rules(phone.page) == []
    assert not too_wide(phone.page)
    if shots := os.environ.get("SHOTS"):
        phone.page.screenshot(path=f"{shots}/phone-square.png")
        inside.page.screenshot(path=f"{shots}/desk-square.png", full_page=True)
    phone.field("PIN").fill(PIN)
    phone.button("Generate response").click()
    response = phone.field("Response string")
    expect(response).to_have_text(re.compile(r"^\s*\d{4}\s\d{4}\s*$"))
    inside.page.get_by_label("Response string").fill(response.inner_text())
    inside.page.get_by_role("button", name="Approve").click()
    expect(inside.page.get_by_role("status")).to_contain_text("Approved.")
    assert bank.look(asked)["state"] == "approved"


def test_a_square_that_somebody_has_changed_is_refused(phone, offline):
    link, _asked = offline
    address, _dot, signature = link.rpartition(".")
    turned = "A" if signature[9] != "A" else "B"
    bring(phone, f"{address}.{signature[:9]}{turned}{signature[10:]}")
    expect(phone.page.get_by_text("This square was not made by the portal that this phone knows")).to_be_visible()
    expect(phone.page.get_by_text("Wong Tai")).to_have_count(0)
    expect(phone.button("Generate response")).to_be_disabled()
