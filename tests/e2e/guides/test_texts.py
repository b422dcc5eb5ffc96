"""Codes by text and by call, beside a key that was there before them."""

from datetime import timedelta

import pytest

from tests.factories import with_key
from tests.stories.carried import NUMBER, code_by_call, code_to, given_number
from twofactor import policy
from twofactor.models import Phone
from twofactor.models.phone import OFF


@pytest.fixture
def pocket(monkeypatch, mara, handset):
    """A phone with Mara's key; her number is confirmed, and gets no codes. Nobody waits before a call."""
    monkeypatch.setattr(policy, "CALL_WAIT", timedelta(0))
    pocket = with_key(mara)
    given_number(mara)
    Phone.objects.filter(user=mara).update(texts=OFF)
    return pocket


def test_codes_come_by_text_and_by_call(walk, pocket, desk):
    article = walk("text-codes")
    desk.sign_in("mara", pocket)
    with article.step("number", desk.page) as step:
        step.press("Security")
        step.see("Phone number")
        step.picture("Manage number")
        desk.follow("Manage number")
    with article.step("switch", desk.page) as step:
        step.see("Codes by text")
        step.picture("Switch texts on")
        step.press("Switch texts on")
    desk.sign_out()
    by_text(article, desk)
    desk.sign_out()
    by_call(article, desk)


def by_text(article, desk):
    with article.step("password", desk.page) as step:
        desk.page.goto("/sign-in/")
        step.picture("Log in", around=step.heading)
        desk.give_password("mara")
    with article.step("choose", desk.page) as step:
        step.field("Select second factor device").select_option("text")
        step.picture("Select second factor device", "Use this device")
        with desk.page.expect_navigation():
            step.press("Use this device")
    with article.step("wait", desk.page) as step:
        code = code_to(NUMBER)
        # How far the text has come is told as it happens, and this is no picture of that.
        desk.page.reload()
        step.picture(around=step.heading)
    with article.step("type", desk.page) as step:
        step.fill("Security code", code)
        step.picture("Security code")
    with article.step("continue", desk.page) as step:
        step.picture("Continue")
        step.press("Continue")
        desk.expect_signed_in()


def by_call(article, desk):
    desk.give_password("mara")
    if "/code/" not in desk.page.url:
        desk.field("Select second factor device").select_option("text")
        desk.press("Use this device")
    with article.step("call", desk.page) as step:
        step.picture("Call me instead")
        with desk.page.expect_navigation():
            step.press("Call me instead")
    with article.step("say", desk.page) as step:
        code = code_by_call(NUMBER)
        desk.page.reload()
        step.fill("Security code", code)
        step.picture("Security code", "Continue")
        step.press("Continue")
        desk.expect_signed_in()
