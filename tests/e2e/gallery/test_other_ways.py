"""Signing in with a code by text or call, an app, a passkey; and without the phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import desk as client
from tests.factories import give_password, with_key
from tests.stories import app_codes
from tests.stories.carried import add_key, carry, carry_at_once, mails, switch_texts, text_in, type_code, wrong_code
from tests.stories.recovering import issued, sheet_of
from tests.stories.sealing import staff
from tests.stories.ways import sign_out
from tests.stories.webauthn import add_passkey
from twofactor.models import Code, Delivery

# `make scenes` and `make gallery` have them all; of those in every run see the others beside this one.
pytestmark = pytest.mark.long

CODE, LOST = "/sign-in/verify/code/", "/sign-in/verify/lost/"


def older(seconds: int) -> None:
    """A code and its texts as they are so much later."""
    ago = timedelta(seconds=seconds)
    for model, names in ((Code, ("created", "expires")), (Delivery, ("created",))):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(**{name: getattr(row, name) - ago for name in names})


@pytest.fixture
def texted(eli):
    """Eli's password was right, and the text is on his phone."""
    here = client()
    give_password(here, eli)
    carry()
    return here


@pytest.fixture
def sheet(mara):
    """Mara has a key and a sheet of codes, and has given her password at a browser."""
    here = client()
    with_key(mara, browser=here)
    here.sheet = sheet_of(here)
    sign_out(here)
    give_password(here, mara)
    return here


def test_a_code_by_text(texted, window, stop):
    page = window(texted, CODE)
    stop("code/sent", page)
    page.locator("[name=code]").fill(wrong_code())
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").wait_for()
    stop("code/wrong", page)
    Delivery.objects.update(state="delivered", delivered_at=timezone.now())
    older(61)
    page.goto(CODE)
    stop("code/arrived", page)
    older(301)
    page.goto(CODE)
    stop("code/over", page)


def test_a_code_that_does_not_come(texted, window, stop):
    Delivery.objects.update(state="failed", reason="blocked", failed_at=timezone.now())
    page = window(texted, CODE)
    stop("code/refused-by-a-filter", page)
    Delivery.objects.update(state="handed", reason="", failed_at=None)
    older(90)
    page.goto(CODE)
    stop("code/slow", page)


def test_a_code_that_was_wrong_too_often(texted, window, stop):
    for _ in range(5):
        type_code(texted, wrong_code())
    page = window(texted, CODE)
    stop("ended/wrong-code-too-often", page)


def test_a_choice_of_ways(eli, window, stop):
    here = client()
    text_in(here, eli)
    add_key(here)
    switch_texts(here, True)
    sign_out(here)
    give_password(here, eli)
    carry()
    page = window(here, "/sign-in/verify/")
    stop("waiting/with-a-choice", page)


def test_an_app_and_a_passkey(mara, window, stop):
    here = client()
    give_password(here, mara)
    app_codes.set_up(here)
    sign_out(here)
    give_password(here, mara)
    page = window(here, app_codes.VERIFY)
    stop("app-code/empty", page)
    page.locator("[name=code]").fill("000000")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").wait_for()
    stop("app-code/wrong", page)


def test_a_passkey(mara, window, stop):
    here = client()
    give_password(here, mara)
    add_passkey(here)
    sign_out(here)
    give_password(here, mara)
    stop("passkey/asked", window(here, "/sign-in/verify/passkey/"))


def test_without_the_phone(sheet, window, stop):
    page = window(sheet, LOST)
    stop("lost/ways", page)
    page.goto("/sign-in/verify/recovery/")
    stop("lost/recovery-code", page)
    page.locator("[name=code]").fill("ABCD-EFGH-JKMN-PQRS")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").wait_for()
    stop("lost/recovery-code-wrong", page)
    page.goto("/sign-in/verify/desk/")
    stop("lost/two-words", page)


def test_a_passcode_that_staff_have_issued(mara, sheet, window, stop):
    issued(sheet, mara, staff())
    page = window(sheet, "/sign-in/verify/desk/")
    stop("lost/passcode-issued", page)
    page.goto("/sign-in/verify/passcode/")
    stop("lost/passcode", page)


def test_a_password_that_is_forgotten(mara, window, stop, settings):
    page = window(None, "/password/forgotten/")
    stop("password/no-mail-is-sent", page)
    settings.PORTAL_CARRIERS = ["demo"]
    page.goto("/password/forgotten/")
    stop("password/forgotten", page)
    page.locator("[name=username]").fill("mara")
    page.keyboard.press("Enter")
    page.locator("ul.tips").wait_for()
    stop("password/link-asked-for", page)
    carry_at_once()
    (link,) = re.findall(r"https?://[^/\s]+(/password/new/\S+/)", mails("mara@client.example")[-1])
    page.goto(link)
    stop("password/new", page)
    page.locator("[name=password]").fill("password")
    page.locator("[name=again]").fill("passwort")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()
    stop("password/new-wrong", page)
    page.goto("/password/new/1/nothing-signed/")
    stop("password/link-over", page)
