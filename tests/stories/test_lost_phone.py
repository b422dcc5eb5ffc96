""" "I can't use my phone": the ways that a person has, and the number that rests."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import desk, finish, give_password
from tests.stories.carried import (
    NUMBER,
    OTHER,
    change_number,
    code_to,
    codes_to,
    given_number,
    switch_texts,
    type_code,
)
from tests.stories.recovering import sheet_of
from tests.stories.ways import approve, events, is_in, sign_in, sign_out, state, text
from twofactor.models import Phone
from twofactor.models.phone import OFF, ON, RESTS

LOST = "/sign-in/verify/lost/"


@pytest.fixture
def resting(mara, pocket, known, handset):
    """Mara, whose key has put the texts to her number to rest."""
    given_number(mara).touch(texts=RESTS)
    return mara


def ask_text(browser):
    return browser.post(f"{LOST}text/")


def ways(browser):
    return {name: browser.get(LOST).context[name] for name in ("sheet", "masked", "passcode")}


def test_the_waiting_page_says_that_there_are_other_ways(mara, pocket, here):
    give_password(here, mara)
    for page in ("/sign-in/verify/", "/sign-in/verify/manual/"):
        assert LOST in here.get(page).content.decode()


def test_the_page_of_a_code_says_so_too(eli, here):
    give_password(here, eli)
    assert LOST in here.get("/sign-in/verify/code/").content.decode()


def test_it_is_still_there_when_the_question_has_run_out(clock, mara, pocket, here):
    give_password(here, mara)
    clock.shift(301)
    assert LOST in here.get("/sign-in/verify/").content.decode()
    assert here.get(LOST).status_code == 200


def test_who_has_nothing_else_is_led_to_the_support_desk(mara, pocket, here):
    give_password(here, mara)
    page = text(here.get(LOST))
    assert "no recovery codes, and no codes by text" in page
    assert "Ask the support desk" in page
    assert "Use a recovery code" not in page


def test_every_way_that_a_person_has_is_offered(resting, pocket, known, here):
    sign_in(known, resting, pocket)
    sheet_of(known)
    give_password(here, resting)
    found = ways(here)
    assert found["sheet"]
    assert found["masked"].endswith("67")
    assert not found["passcode"]


def test_without_a_sign_in_there_is_no_such_page(here):
    for page in ("lost/", "recovery/", "passcode/", "desk/"):
        assert here.get(f"/sign-in/verify/{page}")["Location"] == "/sign-in/"
    assert ask_text(here)["Location"] == "/sign-in/"


def test_a_text_to_a_resting_number_opens_a_weaker_session(resting, pocket, here):
    give_password(here, resting)
    assert ask_text(here)["Location"] == "/sign-in/verify/code/"
    type_code(here, code_to())
    assert is_in(here)
    assert events("factor.weaker") == [("ok", "")]
    assert here.post("/security/password/", {"password": "x"})["Location"].startswith("/sign-in/?again=1")
    assert pocket.challenges() == []
    assert Phone.objects.get().texts == RESTS


def test_nothing_is_sent_before_it_is_asked_for(resting, here):
    give_password(here, resting)
    here.get(LOST)
    here.get("/sign-in/verify/code/")
    assert codes_to() == []


def test_the_list_box_alone_does_not_wake_a_resting_number(resting, here):
    """AT-045: what a browser sends changes nothing of what a person may use."""
    give_password(here, resting)
    here.post("/sign-in/verify/choose/", {"kind": "text"})
    here.post("/sign-in/verify/code/again/")
    assert codes_to() == []


@pytest.mark.parametrize("why", ["off by choice", "held", "forbidden beside a key", "forbidden to recover"])
def test_a_number_that_may_not_recover_gets_nothing(resting, here, settings, why):
    number = Phone.objects.get()
    if why == "off by choice":
        number.touch(texts=OFF)
    elif why == "held":
        number.touch(held_until=timezone.now() + timedelta(hours=1))
    elif why == "forbidden beside a key":
        settings.PORTAL_TEXTS_WITH_KEY = False
    else:
        settings.PORTAL_TEXTS_RECOVER = False
    give_password(here, resting)
    assert ways(here)["masked"] == ""
    assert ask_text(here)["Location"] == LOST
    assert codes_to() == []
    assert events("factor.downgrade") == [("refused", "resting")]


def test_a_code_that_is_out_dies_with_the_switch(resting, here, settings):
    """R-04: judged at the claim, not at the sending."""
    give_password(here, resting)
    ask_text(here)
    code = code_to()
    Phone.objects.get().touch(texts=OFF)
    type_code(here, code)
    assert not is_in(here)


def test_texts_beside_the_key_are_offered_like_before(eli, pocket_of_eli, here):
    give_password(here, eli)
    assert ways(here)["masked"].endswith("67")


def test_a_number_that_was_changed_lately_does_not_recover(resting, pocket, known, here):
    """P-47: 24 hours before the new number can serve recovery."""
    sign_in(known, resting, pocket)
    change_number(known, OTHER)
    sign_out(known)
    give_password(here, resting)
    assert Phone.objects.verified(resting).is_held
    assert ways(here)["masked"] == ""
    ask_text(here)
    assert codes_to(OTHER)[1:] == []


def test_the_key_may_still_answer(resting, pocket, here):
    """The phone is found while the text is on its way: whichever comes first decides."""
    give_password(here, resting)
    ask_text(here)
    approve(here, pocket)
    finish(here)
    assert is_in(here)
    assert not here.session.get("weaker")


def test_a_sign_in_that_has_ended_leads_back(mara, pocket, here):
    give_password(here, mara)
    pocket.cancel(pocket.challenges()[0])
    assert here.get(LOST)["Location"] == "/sign-in/verify/"
    assert state(here) == "denied"


def test_a_resting_number_is_texted_within_the_budgets(resting, here):
    give_password(here, resting)
    ask_text(here)
    assert "next text can be sent" in text(here.post(f"{LOST}text/", follow=True))
    assert len(codes_to(NUMBER)) == 1


def test_texts_that_a_person_switched_on_stay_on(eli, pocket_of_eli, here):
    browser = desk()
    give_password(browser, eli)
    type_code(browser, code_to())
    assert is_in(browser)
    assert Phone.objects.verified(eli).texts == ON
    assert switch_texts(browser, False)["Location"].startswith("/sign-in/?again=1")
