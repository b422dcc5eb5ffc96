"""A new password in the browser: judged in words while it is typed, and chosen by the link of a mail (R-60)."""

import re

import pytest
from playwright.sync_api import expect

from accounts.passwords import judge, own_words, place_words
from accounts.policy import PASSWORD_SHORTEST, PASSWORD_STRONG, PASSWORD_VARIED
from tests.factories import PASSWORD
from tests.unit.test_passwords import JUDGED, MARA

NEW = "four entirely different words"


def test_the_browser_judges_as_the_server_does_but_for_the_list_of_common_ones(phone):
    phone.open("/sign-in/")
    run = """async ([passwords, words]) => {
        const { judge } = await import("/static/js/lib/strength.js");
        return passwords.map((each) => judge(each, words));
    }"""
    words = {
        "shortest": PASSWORD_SHORTEST,
        "long": PASSWORD_STRONG,
        "varied": PASSWORD_VARIED,
        "ownWords": " ".join(own_words(MARA)),
        "placeWords": " ".join(place_words()),
    }
    passwords = [each for verdict in JUDGED if verdict != "common" for each in JUDGED[verdict]]
    assert phone.page.evaluate(run, [passwords, words]) == [judge(each, MARA) for each in passwords]


@pytest.fixture
def fields(mara, desk):
    """Mara is at the page of a new password."""
    desk.give_password("mara")
    desk.expect_signed_in()
    desk.page.goto("/security/password/")
    return desk.page.get_by_label("New password", exact=True), desk.page.get_by_label("Repeat the new password")


def test_the_page_says_how_a_password_would_do_and_shows_it_on_request(desk, fields):
    first, second = fields
    strength = desk.page.get_by_text("Strength:")
    for typed, words in (
        ("eleven sign", "Too short"),
        ("mara lee 2026", "Could be guessed from your name"),
        ("correct horse", "Good"),
        (NEW, "Strong"),
    ):
        first.fill(typed)
        expect(strength).to_contain_text(words)
    second.fill(NEW)
    show = desk.page.get_by_role("button", name="Show password")
    show.click()
    expect(show).to_have_attribute("aria-pressed", "true")
    for field in fields:
        expect(field).to_have_attribute("type", "text")
    show.click()
    expect(first).to_have_attribute("type", "password")
    desk.page.get_by_role("button", name="Change the password").click()
    desk.expect_signed_in()


def test_what_the_portal_has_refused_is_not_called_good(desk, fields):
    first, _again = fields
    for field in fields:
        field.fill(PASSWORD)
    desk.page.get_by_role("button", name="Change the password").click()
    strength = desk.page.get_by_text("Strength:")
    expect(strength).to_contain_text("Not accepted, see above")
    first.fill(NEW)
    expect(strength).to_contain_text("Strong")


def test_a_forgotten_password_is_replaced_by_the_link_of_a_mail(at_desk, virtual):
    """AT-110, as a newcomer tries it in the demo."""
    at_desk.page.goto("/sign-in/")
    at_desk.page.get_by_role("link", name="Forgotten password?").click()
    at_desk.page.get_by_label("Username").fill("mara")
    at_desk.press("Send the link")
    expect(at_desk.page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    link = virtual.message("somebody asked for a new password").get_by_role("link").last.get_attribute("href")
    at_desk.page.goto(link)
    at_desk.page.get_by_label("New password", exact=True).fill(NEW)
    at_desk.page.get_by_label("Repeat the new password").fill(NEW)
    at_desk.press("Change the password")
    expect(at_desk.page).to_have_url(re.compile(r"/sign-in/\?again=1$"))
    expect(at_desk.page.get_by_text("Now sign in with it.")).to_be_visible()
    at_desk.give_password("mara", PASSWORD)
    expect(at_desk.page.get_by_role("alert")).to_contain_text("is not right")
    at_desk.give_password("mara", NEW)
    at_desk.expect_signed_in()
