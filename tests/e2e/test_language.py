"""Both pages speak two languages, and choosing one is a form like any other."""

from playwright.sync_api import expect


def test_the_desk_changes_its_language_and_stays_where_it_is(desk, transactional_db):
    desk.page.goto("/sign-in/")
    desk.page.get_by_role("button", name="繁體中文").click()
    expect(desk.page.locator("html")).to_have_attribute("lang", "zh-hant")
    expect(desk.page.get_by_role("button", name="Log in")).to_have_count(0)
    assert desk.page.url.endswith("/sign-in/")


def test_the_phone_changes_its_language_and_stays_the_authenticator(phone):
    phone.open()
    phone.button("Settings").click()
    phone.button("繁體中文").click()
    expect(phone.page.locator("html")).to_have_attribute("lang", "zh-hant")
    assert phone.page.url.endswith("/authenticator/")
