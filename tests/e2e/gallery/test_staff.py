"""The pages of those who run the portal."""

import pytest

from tests.factories import desk as client
from tests.factories import give_password, person, with_key
from tests.stories.carried import OTHER, carry, given_number, text_in
from tests.stories.desks import officer, press, root
from tests.stories.desks import page as desk_page
from tests.stories.recovering import sheet_of
from tests.stories.ways import sign_in, sign_out

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = pytest.mark.long

LISTS = (
    "accounts/user", "accounts/auditevent", "twofactor/portalkey", "twofactor/passkey", "twofactor/totp",
    "twofactor/phone", "twofactor/proposal", "twofactor/delivery", "twofactor/closedprefix", "twofactor/filtercontact",
    "twofactor/receipt",
)  # fmt: skip


@pytest.fixture
def busy(mara, eli):
    """Clients who have done this and that."""
    here = client()
    here.pocket = with_key(mara, browser=here)
    given_number(mara, OTHER)
    sheet_of(here)
    sign_out(here)
    sign_in(here, mara, here.pocket)
    give_password(client(), mara, "not her password")
    give_password(client(), mara)
    text_in(client(), eli)
    person("a-name-that-is-as-long-as-names-may-be-in-this-portal", name="Maximiliane-Alexandra van der Westerhuizen")
    return mara


def test_the_administration(busy, window, stop):
    here = root()
    press(here, busy, "propose-key")
    carry()
    page = window(here, "/admin/")
    stop("admin/index", page)
    for path in LISTS:
        page.goto(f"/admin/{path}/")
        stop(f"admin/{path.partition('/')[2]}-list", page)
    for path in ("traffic", "service"):
        page.goto(f"/admin/{path}/")
        stop(f"admin/{path}", page)
    page.goto("/admin/accounts/user/?q=nobody-has-this-name")
    stop("admin/nobody-found", page)


def test_one_person(busy, window, stop):
    page = window(officer(), f"/admin/accounts/user/{busy.pk}/change/")
    stop("admin/person", page)
    page.goto("/admin/accounts/auditevent/")
    page.locator("th a[href*=change]").first.click()
    page.wait_for_load_state()
    stop("admin/event", page)


def test_the_support_desk(busy, window, stop):
    here = root()
    page = window(here, desk_page(busy))
    stop("admin/desk", page)
    for deed in ("check", "lock", "passcode", "sealed", "propose-key", "propose-phone"):
        answer = page.goto(desk_page(busy, deed))
        assert answer
        if answer.ok:
            stop(f"admin/desk-{deed}", page)
    press(here, busy, "propose-key")
    page.goto(desk_page(busy))
    stop("admin/desk-with-a-proposal", page)
