"""The authenticator on a host of its own (R-75): people notice nothing, and the keys lie where no desk's script is."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

# One road is walked at its full price (tests/e2e/rounds.py).
ALL_ROUNDS = True
# What lies in this browser for the origin of a page: databases, and workers.
KEPT = """async () => [
  (await indexedDB.databases()).length,
  (await navigator.serviceWorker.getRegistrations()).length,
]"""


@pytest.fixture
def apart(settings, portal):
    """The origin of the keys; any name below localhost is this machine (RFC 6761, section 6.3)."""
    settings.PORTAL_AUTHENTICATOR_URL = f"http://keys.localhost:{urlsplit(portal).port}"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "keys.localhost"]
    return settings.PORTAL_AUTHENTICATOR_URL


def test_the_whole_road_through_both(apart, mara, desk, phone):
    """From the square at the desk to an approval: page, socket, worker and keys are at the other host."""
    desk.give_password("mara")
    desk.expect_signed_in()
    phone.scan(desk.scanned())
    assert phone.page.url.startswith(apart)
    phone.create_pin("Mara Lee")
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    desk.sign_out()
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    expect(phone.page.locator("[data-connection]")).to_have_text("Connected")
    desk.give_password("mara")
    phone.approve(number=desk.number())
    desk.expect_signed_in()
    # Nothing of the phone is at the desk's host, not even for a script that runs there.
    assert phone.page.evaluate(KEPT) == [1, 1]
    other = phone.page.context.new_page()
    other.goto("/sign-in/")
    assert other.evaluate(KEPT) == [0, 0]
    assert not [cookie for cookie in phone.page.context.cookies(apart) if re.search("session|csrf", cookie["name"])]
    other.goto("/authenticator/")
    assert other.url.startswith(apart)
