"""A joint account: two people with a phone each, from the question to the receipt; and how an action ends otherwise."""

import os
import re

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from applications.models import Action, JointAccount
from examples.verify_receipt import verify
from tests.applications.asked.asker import Asker
from tests.applications.rp import registered
from tests.e2e.demo import broken_rules, too_wide
from tests.e2e.people import at_a_desk
from tests.e2e.screens import Phone
from tests.factories import person
from tests.given import PIN
from twofactor.models import Challenge

TITLE = "Harbour Bank asks: Transfer 5,000 HKD to Wong Tai?"


@pytest.fixture
def bank(transactional_db) -> Asker:
    return Asker(registered("Harbour Bank", asks_actions=True))


@pytest.fixture
def dana(transactional_db):
    return person("dana")


@pytest.fixture
def phone_of_dana(dana, contexts) -> Phone:
    """Another person with a phone of her own."""
    phone = Phone(contexts(**Phone.SHAPE).new_page())
    with at_a_desk(dana) as code:
        phone.bring(code)
        phone.create_pin("Dana Chan")
    return phone


@pytest.fixture
def account(active, dana) -> JointAccount:
    made = JointAccount.objects.create(name="lee-chan", title="Lee & Chan Ltd")
    made.holders.set([active, dana])
    return made


def shot(page, name):
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/{name}.png", full_page=True)


def answer(phone: Phone) -> None:
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(TITLE)
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    expect(phone.page.get_by_text("The application has been told.")).to_be_visible()


def test_two_people_approve_on_two_phones_and_the_receipt_says_both(
    inside, account, mara, dana, phone, phone_of_dana, bank
):
    """RC-19: each phone says who has approved already, and the page of it follows."""
    asked = bank.action(person="account:lee-chan")
    inside.page.goto(str(bank.look(asked)["url"]))
    expect(inside.page.get_by_text("Two different holders of the account must approve it.")).to_be_visible()
    expect(phone.page.get_by_text("Two people must approve this. Nobody has yet.")).to_be_visible()
    expect(phone_of_dana.page.get_by_text("Two people must approve this. Nobody has yet.")).to_be_visible()
    expect(phone_of_dana.page.get_by_role("definition").filter(has_text="Lee & Chan Ltd")).to_be_visible()
    shot(phone.page, "two-first")
    answer(phone)
    expect(inside.page.get_by_role("status")).to_contain_text("You have approved it.")
    expect(inside.page.get_by_text("One more holder of the account must approve it.")).to_be_visible()
    shot(inside.page, "two-page-second")
    # What Dana's phone showed is no longer true: it shows the question in other words.
    expect(phone_of_dana.page.get_by_text("Mara Lee has approved this. With your approval it is done.")).to_be_visible()
    shot(phone_of_dana.page, "two-second")
    assert broken_rules(phone_of_dana.page) == []
    assert not too_wide(phone_of_dana.page)
    answer(phone_of_dana)
    shot(phone_of_dana.page, "two-done")
    expect(inside.page.get_by_role("status")).to_contain_text("Approved.")
    expect(inside.page.get_by_text(re.compile("Dana Chan approved it at"))).to_be_visible()
    shot(inside.page, "two-page-done")
    assert broken_rules(inside.page) == []
    keys = bank.anybody.get("/oauth/keys/").json()
    receipt = bank.look(asked)["receipt"]
    claims = verify(receipt, keys, bank.application.client_id, settings.PORTAL_BASE_URL)
    assert [each["sub"] for each in claims["approvals"]] == [str(mara.pk), str(dana.pk)]


@pytest.mark.long
def test_one_who_declines_ends_it_at_the_other_ones_phone_too(inside, account, phone, phone_of_dana, bank):
    asked = bank.action(person="account:lee-chan")
    inside.page.goto(str(bank.look(asked)["url"]))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(TITLE)
    phone_of_dana.button("Decline").click()
    shot(phone_of_dana.page, "declined-why")
    phone_of_dana.button("I did, but decline").click()
    expect(phone_of_dana.page.get_by_text("Nothing was approved.")).to_be_visible()
    shot(phone_of_dana.page, "declined-phone")
    expect(inside.page.get_by_role("status")).to_contain_text("Declined. Nothing was approved.")
    shot(inside.page, "declined-page")
    expect(inside.page.get_by_text("must approve it")).to_have_count(0)
    expect(
        phone.page.get_by_text("Whoever asked no longer waits for this answer. You have approved nothing.")
    ).to_be_visible()
    shot(phone.page, "declined-other-phone")
    assert broken_rules(inside.page) == []
    assert bank.look(asked)["state"] == "declined"


def test_what_runs_out_says_so_on_the_page_and_on_the_phone(inside, phone, bank):
    """And whoever presses a moment too late reads that nothing was approved."""
    asked = bank.action()
    inside.page.goto(str(bank.look(asked)["url"]))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(TITLE)
    now = timezone.now()
    Challenge.objects.filter(about=asked).update(expires=now)
    Action.objects.filter(pk=asked).update(expires=now)
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    expect(phone.page.get_by_role("heading", name="Too late")).to_be_visible()
    expect(phone.page.get_by_text("This question has ended, and nothing was approved.")).to_be_visible()
    shot(phone.page, "expired-phone")
    inside.page.reload()
    expect(inside.page.get_by_role("status")).to_contain_text("No answer came in time. Nothing was approved.")
    shot(inside.page, "expired-page")
    expect(inside.page.get_by_role("button", name="Approve")).to_have_count(0)
    assert broken_rules(inside.page) == []
    assert broken_rules(phone.page) == []
    assert bank.look(asked)["state"] == "expired"
