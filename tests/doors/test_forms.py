"""Every change needs the page's own secret (R-72), and a cookie is for this site only."""

import pytest
from django.test import Client

from tests.factories import FIREFOX, PASSWORD, give_password, host, person
from tests.stories.ways import activated, dump, is_in, sign_in, state

WRITES = [
    "/sign-in/",
    "/sign-out/",
    "/language/",
    "/security/password/",
    "/security/sessions/end/",
    "/security/sessions/1/end/",
    "/password/forgotten/",
    "/sign-in/verify/manual/",
    "/sign-in/verify/again/",
    "/sign-in/verify/lost/text/",
    "/sign-in/verify/recovery/",
    "/sign-in/verify/passcode/",
    "/sign-in/cancel/",
    "/sign-in/finish/",
    "/security/key/new-code/",
    "/security/key/confirm/",
    "/security/key/not-me/",
    "/security/key/test/",
    "/security/key/rename/",
    "/security/key/deactivate/",
    "/security/recovery-codes/make/",
    "/security/recovery-codes/prove/",
    # What a person decides about applications.
    *("/oauth/authorize/x/", "/oauth/logout/confirm/", "/applications/1/revoke/", "/device/", "/device/x/"),
    *("/actions/x/", "/actions/x/again/", "/actions/x/decline/"),
]


def strict(of=None, **headers):
    """A browser whose forms are checked, with the cookies of another one."""
    browser = Client(enforce_csrf_checks=True, headers={"host": host(), "user-agent": FIREFOX, **headers})
    if of is not None:
        browser.cookies.load({name: morsel.value for name, morsel in of.cookies.items()})
    return browser


@pytest.fixture
def full(mara, pocket, here):
    sign_in(here, mara, pocket)
    return here


def test_a_post_without_the_secret_is_refused(full):
    """AT-070, AT-270: as a form, and as whatever another site can send without being asked first."""
    browser = strict(full)
    before = dump()
    for path in WRITES:
        assert browser.post(path, {"username": "mara", "password": PASSWORD}).status_code == 403, path
        for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
            assert browser.post(path, '{"username": "mara"}', content_type=kind).status_code == 403, path
    assert dump() == before
    assert is_in(browser)


def test_a_secret_of_another_session_is_refused(full):
    """AT-070."""
    other = strict()
    other.get("/sign-in/")
    thief = strict(full)
    foreign = other.cookies["csrftoken"].value
    thief.cookies["csrftoken"] = full.cookies["csrftoken"].value
    assert thief.post("/sign-out/", {"csrfmiddlewaretoken": foreign}).status_code == 403
    assert thief.post("/sign-out/", headers={"x-csrftoken": foreign}).status_code == 403
    assert is_in(thief)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost:1"]
)
def test_a_post_from_another_origin_is_refused(full, origin):
    browser = strict(full)
    secret = browser.cookies["csrftoken"].value
    response = browser.post("/sign-out/", {"csrfmiddlewaretoken": secret}, headers={"origin": origin})
    assert response.status_code == 403
    assert is_in(browser)


def test_the_pages_own_form_passes(full):
    browser = strict(full)
    browser.get("/security/")
    secret = browser.cookies["csrftoken"].value
    assert browser.post("/sign-out/", {"csrfmiddlewaretoken": secret}).status_code == 302
    assert not is_in(browser)


def test_the_sign_in_of_a_stranger_cannot_be_started_from_elsewhere(mara, pocket):
    browser = strict()
    assert give_password(browser, mara).status_code == 403
    assert state(browser) == "expired"
    assert pocket.challenges() == []


def test_the_devices_api_takes_nothing_from_a_form(mara, pocket, here):
    """It knows no cookies; and what a form can send without asking first, it does not read."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = '{"code": "0000-0000-0000"}'
        response = here.post("/authenticator/api/activations", sent, content_type=kind)
        assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_the_devices_api_sets_and_reads_no_cookie(mara, full):
    eli = person("eli")
    activated(full, eli)
    browser = strict(full)
    browser.cookies.clear()
    response = browser.post(
        "/authenticator/api/activations", '{"code": "0000-0000-0000"}', content_type="application/json"
    )
    assert response.status_code == 404
    assert not response.cookies
