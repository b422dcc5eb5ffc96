"""What is added, moved and taken away behind the security overview, step by step."""

import pytest
from django.utils import timezone

from accounts.models import User
from tests.factories import PIN, give_password, phone, shown_code, with_key
from tests.factories import desk as client
from tests.stories import app_codes
from tests.stories.carried import (
    NUMBER,
    carry,
    change_number,
    stop_links,
    text_in,
    wrong_code,
)
from tests.stories.desks import officer, press, proposed, staff
from tests.stories.lost import activate_at
from tests.stories.recovering import new_sheet, recovered, sheet_of
from tests.stories.ways import ask_old, sign_in, sign_out
from twofactor.models import Delivery

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = pytest.mark.long

KEY, PHONE = "/security/key/", "/security/phone/"


@pytest.fixture
def here(mara):
    """A browser in which Mara has just signed in, with a password and nothing else."""
    browser = client()
    give_password(browser, mara)
    return browser


@pytest.fixture
def keyed(mara, here):
    """The same, with a key."""
    here.pocket = with_key(mara, browser=here)
    return here


def leave(page):
    """A page follows what happens by itself, and would hold up whoever goes to another one meanwhile."""
    page.goto("about:blank")


def test_an_activation_at_the_desk(here, window, stop, settings):
    page = window(here, KEY)
    stop("key/code", page)
    leave(page)
    pocket = phone()
    pocket.claim(shown_code(here))
    page.goto(KEY)
    stop("key/a-phone-has-taken-it", page)
    page.locator("main form[action$=not-me\\/] button").click()
    page.goto(KEY)
    stop("key/stopped", page)
    settings.PORTAL_ACTIVATION_CONFIRM = True
    here.post(f"{KEY}new-code/")
    pocket.claim(shown_code(here))
    pocket.activate(PIN, label="Mara's Pixel", platform="android")
    page.goto(KEY)
    stop("key/number-of-the-phone", page)


def test_a_key_that_is_new(keyed, window, stop):
    page = window(keyed, KEY)
    stop("key/active", page)
    keyed.post(f"{KEY}test/")
    page.goto(KEY)
    stop("key/test", page)
    leave(page)
    keyed.pocket.approve(keyed.pocket.challenges()[0], PIN)
    page.goto(KEY)
    stop("key/test-approved", page)


def test_a_move_to_a_new_phone(mara, keyed, window, stop):
    sign_out(keyed)
    sign_in(keyed, mara, keyed.pocket)
    page = window(keyed, f"{KEY}move/")
    stop("move/ask", page)
    leave(page)
    ask_old(keyed)
    page.goto(f"{KEY}move/")
    stop("move/asked", page)
    leave(page)
    (question,) = [each for each in keyed.pocket.challenges() if each["purpose"] == "action"]
    keyed.pocket.approve(question, PIN)
    # It goes on to the code by itself.
    page.goto(f"{KEY}move/")
    page.locator("svg.qr").wait_for()
    stop("move/code", page)
    leave(page)
    activate_at(keyed)
    page.goto(f"{KEY}move/")
    stop("move/done", page)


def test_a_number_is_added(eli, here, window, stop):
    page = window(here, PHONE)
    stop("phone/add", page)
    page.locator("[name=number]").fill("2123 4567")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()
    stop("phone/landline", page)
    page.locator("[name=number]").fill("9876 5432")
    page.keyboard.press("Enter")
    page.locator("[name=code]").wait_for()
    carry()
    page.goto(PHONE)
    stop("phone/to-confirm", page)
    page.locator("[name=code]").fill(wrong_code("+85298765432"))
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()
    stop("phone/confirm-wrong", page)
    Delivery.objects.update(state="failed", reason="number", failed_at=timezone.now())
    page.goto(PHONE)
    stop("phone/text-refused", page)


def test_a_number_is_changed_and_the_change_is_stopped(eli, window, stop):
    here = client()
    text_in(here, eli)
    page = window(here, PHONE)
    stop("phone/texts-sign-in", page)
    change_number(here)
    page.goto(PHONE)
    stop("phone/changed", page)
    page.goto(stop_links(NUMBER)[-1])
    stop("stop/a-change", page)
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    stop("stop/undone", page)
    page.goto(stop_links(NUMBER)[-1])
    stop("stop/nothing-left", page)


def test_an_app_is_set_up(here, window, stop):
    here.post(f"{app_codes.PAGE}make/")
    page = window(here, app_codes.PAGE)
    stop("app/new", page)
    page.locator("[name=code]").fill("000000")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()
    stop("app/new-wrong", page)


def test_recovery_codes_are_made(keyed, window, stop):
    new_sheet(keyed)
    page = window(keyed, "/security/recovery-codes/")
    stop("recovery-codes/new", page)
    page.locator("[name=code]").fill("ABCD-EFGH-JKMN-PQRS")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()
    stop("recovery-codes/not-kept", page)


def test_after_a_recovery_code(mara, keyed, window, stop):
    codes = sheet_of(keyed)
    sign_out(keyed)
    recovered(keyed, mara, codes[1])
    page = window(keyed, "/")
    stop("home/recovered", page)
    page.goto(f"{KEY}move/")
    stop("move/recovered", page)


def test_a_password_is_changed(keyed, window, stop):
    page = window(keyed, "/security/password/")
    stop("password/change", page)
    for field in page.locator("main input[type=password]").all():
        field.fill("password")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()
    stop("password/change-wrong", page)
    User.objects.update(password_change_required=True)
    page.goto("/")
    stop("password/due", page)


def test_what_happened_is_looked_at(mara, keyed, window, stop):
    sign_out(keyed)
    sign_in(keyed, mara, keyed.pocket)
    page = window(keyed, "/security/activity/")
    page.get_by_role("link", name="What you approved").first.click()
    page.locator("receipt-check").wait_for()
    stop("activity/receipt", page)
    # As the portal has written it: not a word may be another.
    page.reload()
    page.locator("receipt-check button").first.click()
    page.wait_for_load_state("networkidle")
    stop("activity/receipt-checked", page)
    give_password(client(), mara, "not her password")
    page.goto("/security/activity/")
    page.locator("main a[href$='not-me/']").first.click()
    page.wait_for_load_state()
    stop("activity/not-me", page)


def test_a_change_by_staff_is_coming(mara, keyed, window, stop):
    press(staff(), mara, "propose-key")
    press(officer(), mara, "approve", proposed(mara).pk)
    page = window(keyed, "/")
    stop("home/a-change-is-coming", page)
    page.get_by_role("link", name="Cancel it").click()
    page.wait_for_load_state()
    stop("stop/a-proposal", page)
