"""Both pages speak two languages, and choosing one is a form like any other."""

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import too_wide
from tests.factories import person
from tests.given import PASSWORD
from tests.languages.third import CODE, FORGOTTEN, longer, spoken


def test_the_desk_changes_its_language_and_stays_where_it_is(desk, transactional_db):
    desk.page.goto("/sign-in/")
    desk.page.get_by_role("button", name="繁體中文").click()
    expect(desk.page.locator("html")).to_have_attribute("lang", "zh-hant")
    expect(desk.page.get_by_role("button", name="Log in")).to_have_count(0)
    assert desk.page.url.endswith("/sign-in/")


def test_what_was_typed_is_there_in_the_other_language(desk, transactional_db):
    """And the password is not: it is kept nowhere."""
    page = desk.page
    page.goto("/sign-in/?next=/security/")
    page.get_by_label("Username").fill("mara")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="繁體中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hant")
    expect(page.locator("#id_username")).to_have_value("mara")
    expect(page.locator("#id_password")).to_have_value("")
    assert page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})") == "{}"
    page.reload()
    expect(page.locator("#id_username")).to_have_value("")


def test_the_phone_changes_its_language_and_stays_the_authenticator(phone):
    phone.open()
    phone.button("Settings").click()
    phone.button("繁體中文").click()
    expect(phone.page.locator("html")).to_have_attribute("lang", "zh-hant")
    assert phone.page.url.endswith("/authenticator/")


_CHOOSE = """async () => {
  const cache = await caches.open("choice");
  await cache.put("language", new Response("zh-hant"));
  document.cookie = "authenticator-language=zh-hant; Path=/; SameSite=Strict";
}"""


def test_a_language_that_is_chosen_while_another_is_being_kept_is_not_lost(phone):
    """The worker has kept the first language only, because the choice came while it was about it."""
    phone.open()
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    phone.page.evaluate(_CHOOSE)
    phone.lose_network()
    phone.page.reload()
    expect(phone.page.locator("html")).to_have_attribute("lang", "en")  # rather than nothing
    phone.find_network()
    phone.page.reload()
    expect(phone.page.locator("html")).to_have_attribute("lang", "zh-hant")


@pytest.fixture
def narrow(settings, tmp_path, contexts):
    """A page on a small phone, read in a language with longer words than any that we speak."""
    with spoken(settings, tmp_path):
        yield contexts(viewport={"width": 320, "height": 640}, locale=CODE).new_page()


def test_longer_words_fit_on_a_small_screen(narrow):
    person("mara")
    wide = {}
    for path in ("/sign-in/", "/password/forgotten/", "/help/", "/nowhere/", "/authenticator/"):
        narrow.goto(path)
        wide[path] = too_wide(narrow)
    narrow.goto("/sign-in/")
    narrow.get_by_label(longer("Username")).fill("mara")
    narrow.get_by_label(longer("Password"), exact=True).fill(PASSWORD)
    narrow.get_by_role("button", name=FORGOTTEN).click()
    expect(narrow.get_by_role("button", name=longer("Sign out"))).to_be_visible()
    for path in ("", "key/", "phone/", "passkeys/", "app/", "recovery-codes/", "sessions/", "activity/", "password/"):
        narrow.goto(f"/security/{path}")
        wide[path] = too_wide(narrow)
    assert {path: by for path, by in wide.items() if by > 0} == {}
