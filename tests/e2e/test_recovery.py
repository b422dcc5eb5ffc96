"""The phone is gone: a sheet made, proved and printed, a code used, a passcode that appears by itself."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Login
from tests.e2e.screens import Desk, activate
from tests.factories import person
from twofactor import recovery

SIXTEEN = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")


@pytest.fixture
def inside(mara, desk: Desk, phone) -> Desk:
    """Mara at a desk where her key was activated a moment ago."""
    activate(desk, phone, "mara", "Mara Lee")
    return desk


def codes_of(desk: Desk) -> list[str]:
    """The ten codes, made and written down."""
    desk.page.goto("/security/recovery-codes/")
    desk.page.get_by_role("button", name="Make recovery codes").click()
    shown = desk.page.get_by_role("list", name="Your new codes").get_by_role("listitem")
    expect(shown).to_have_count(10)
    return shown.all_inner_texts()


def prove(desk: Desk, code: str) -> None:
    desk.page.get_by_label("Recovery code").fill(code)
    desk.page.get_by_role("button", name="I have kept them").click()
    expect(desk.page.get_by_role("heading", name="10 codes left")).to_be_visible()


def test_a_sheet_is_made_printed_saved_and_proved(inside):
    page = inside.page
    page.goto("/security/recovery-codes/")
    codes = codes_of(inside)
    page.emulate_media(media="print")
    expect(page.get_by_text(codes[0])).to_be_visible()
    expect(page.get_by_text("When your phone is lost")).to_be_visible()
    expect(page.get_by_label("Recovery code")).to_be_hidden()
    page.emulate_media(media="screen")
    expect(page.get_by_text("When your phone is lost")).to_be_hidden()
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.get_by_role("button", name="Print the sheet").click()
    expect(page).to_have_title("printed")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a text file").click()
    assert codes[9] in saved.value.path().read_text("utf-8")
    prove(inside, codes[4].lower())


def test_a_lost_phone_and_a_code_lead_in_from_the_waiting_page(inside):
    page = inside.page
    codes = codes_of(inside)
    prove(inside, codes[0])
    inside.sign_out()
    inside.give_password("mara")
    page.get_by_role("link", name="I can't use my phone").click()
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill("ABCD-EFGH-JKMN-PQRS")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Recovery code")).to_have_accessible_description(re.compile("does not fit"))
    page.get_by_label("Recovery code").fill(codes[1])
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("You signed in with a recovery code. 9 are left on your sheet.")).to_be_visible()


def test_a_passcode_appears_by_itself_where_the_caller_waits(inside):
    page = inside.page
    inside.sign_out()
    inside.give_password("mara")
    page.get_by_role("link", name="I can't use my phone").click()
    page.get_by_role("link", name="Ask the support desk").click()
    expect(page.get_by_text("Your two words")).to_be_visible()
    login = Login.objects.get(state="pending")
    recovery.issue_passcode(login, staff=person("sol", is_staff=True), reason="lost")
    expect(page.get_by_role("heading", name="Write this passcode down")).to_be_visible()
    found = SIXTEEN.search(page.get_by_role("group", name="Your passcode").inner_text())
    assert found
    page.get_by_label("Temporary passcode").fill(found[0])
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("You signed in with a temporary passcode. It opens")).to_be_visible()
