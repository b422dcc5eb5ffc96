"""Passkeys in a browser with a virtual authenticator: added, used, and none where there is none."""

import pytest
from playwright.sync_api import expect

from tests.factories import person
from twofactor.models import Passkey


@pytest.fixture
def lock(desk):
    """A device at the desk that holds passkeys, and has just recognised its person."""
    session = desk.page.context.new_cdp_session(desk.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def test_a_passkey_is_added_and_signs_in(desk, lock):
    """The whole road in a real browser: the options that it gets, and the answers that it gives."""
    person("mara")
    page = desk.page
    desk.give_password("mara")
    desk.expect_signed_in()
    page.goto("/security/passkeys/")
    page.get_by_label("Name of this passkey").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey “My laptop” is added.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    desk.give_password("mara")
    page.get_by_role("button", name="Continue with a passkey").click()
    desk.expect_signed_in()
    assert Passkey.objects.get().last_used_at
    page.goto("/security/app/")
    page.get_by_role("button", name="Show a QR code").click()
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()


def test_one_that_is_removed_here_leaves_the_device_too(desk, lock):
    """The browser is told which still stand; all others are worth nothing to whoever holds the device."""
    person("mara")
    page, (session, which) = desk.page, lock
    page.add_init_script("""
        const tell = PublicKeyCredential.signalAllAcceptedCredentials.bind(PublicKeyCredential);
        PublicKeyCredential.signalAllAcceptedCredentials = async (standing) => {
            await tell(standing);
            document.documentElement.dataset.told = standing.allAcceptedCredentialIds.length;
        };
    """)
    desk.give_password("mara")
    desk.expect_signed_in()
    page.goto("/security/passkeys/")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("html")).to_have_attribute("data-told", "1")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("html")).to_have_attribute("data-told", "0")
    assert not session.send("WebAuthn.getCredentials", {"authenticatorId": which})["credentials"]


def test_whoever_cancels_reads_so_and_goes_on(desk, lock):
    person("mara")
    page, (session, which) = desk.page, lock
    desk.give_password("mara")
    desk.expect_signed_in()
    page.goto("/security/passkeys/")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("is added")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    desk.give_password("mara")
    session.send("WebAuthn.clearCredentials", {"authenticatorId": which})
    page.get_by_role("button", name="Continue with a passkey").click()
    expect(page.locator("pass-key").get_by_role("status")).to_contain_text("No passkey was used")
    page.get_by_role("link", name="I can't use any of these").click()
    expect(page.get_by_role("heading", name="Sign in another way")).to_be_visible()
