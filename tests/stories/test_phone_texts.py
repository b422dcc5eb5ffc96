"""Texts as a way to sign in: on after the first number, resting beside a key, and a person's own choice after that."""

import pytest

from tests.factories import desk, finish, give_password, person
from tests.stories.carried import (
    NUMBER,
    add_key,
    ask_number,
    carry,
    change_number,
    choose,
    code_to,
    forget,
    mails,
    sent,
    switch_texts,
    text_in,
    texts,
    type_code,
    verify_number,
)
from tests.stories.ways import events, is_in, sign_in, sign_out, state, text, type_console_code
from twofactor.models import Factors, Phone, PortalKey

PAGE = "/security/phone/"


def texts_of(user):
    return Phone.objects.get(user=user, state="verified").texts


def kinds(user):
    return Factors.of(user).kinds


@pytest.fixture
def dana(handset, one_clock):
    """A client with a confirmed number and texts off, for whom the password alone is enough."""
    user, browser = person("dana"), desk()
    give_password(browser, user)
    verify_number(browser)
    switch_texts(browser, False)
    sign_out(browser)
    forget(handset, one_clock)
    return user


# --- On and off ---


def test_a_first_number_switches_texts_on(handset, mara, here):
    """B3: who has nothing else is protected by it from now on, and told so."""
    give_password(here, mara)
    ask_number(here)
    response = here.post(f"{PAGE}confirm/", {"code": code_to()}, follow=True)
    assert "From now on a code by text completes your sign-in" in text(response)
    assert texts_of(mara) == "on"
    there = desk()
    give_password(there, mara)
    finish(there)
    assert not is_in(there)


def test_beside_an_active_key_they_rest(handset, mara, pocket, here):
    """Decision 7."""
    sign_in(here, mara, pocket)
    verify_number(here)
    assert texts_of(mara) == "rests"
    assert kinds(mara) == ["key"]


def test_switched_off_the_password_is_enough_again(eli, here):
    text_in(here, eli)
    switch_texts(here, False)
    assert texts_of(eli) == "off"
    assert is_in(here)
    there = desk()
    give_password(there, eli)
    assert is_in(there)


def test_switched_on_a_code_is_asked_for(dana, here):
    give_password(here, dana)
    assert is_in(here)
    switch_texts(here, True)
    assert texts_of(dana) == "on"
    there = desk()
    give_password(there, dana)
    assert state(there) == "waiting"
    finish(there)
    assert not is_in(there)


def test_switching_texts_on_proves_nothing(one_clock, handset, here):
    """Who knows only the password does not become somebody verified by the press of a button."""
    sol = person("sol", is_staff=True, is_superuser=True)
    give_password(here, sol)
    type_console_code(here, sol)
    verify_number(here)
    switch_texts(here, False)
    sign_out(here)
    forget(handset, one_clock)
    thief = desk()
    give_password(thief, sol)
    type_console_code(thief, sol)
    switch_texts(thief, True)
    assert not is_in(thief)
    assert thief.get("/admin/").status_code == 302
    switch_texts(thief, False)
    assert texts_of(sol) == "on"


def test_whoever_switches_is_told_by_mail(dana, here):
    give_password(here, dana)
    switch_texts(here, True)
    text_in(here, dana)
    switch_texts(here, False)
    carry()
    told = mails(dana.email)
    assert "switched on as a way to sign in" in told[-2]
    assert "switched off, so the password alone signs you in" in told[-1]
    assert events("texts.on") == [("ok", "")]
    assert events("texts.off")[-1] == ("ok", "")


def test_every_other_session_ends_with_the_switch(eli, here):
    other = desk()
    text_in(other, eli)
    text_in(here, eli)
    switch_texts(here, False)
    assert is_in(here)
    assert not is_in(other)


def test_a_switch_that_stands_already_changes_nothing(eli, here):
    text_in(here, eli)
    epoch = type(eli).objects.get().auth_epoch
    switch_texts(here, True)
    assert type(eli).objects.get().auth_epoch == epoch
    assert events("texts.on") == []


def test_nothing_but_on_switches_them_on(dana, here):
    give_password(here, dana)
    for fields in ({}, {"texts": ""}, {"texts": "no"}, {"texts": "ON"}, {"texts": "1"}, {"on": "on"}):
        here.post(f"{PAGE}texts/", fields)
    assert texts_of(dana) == "off"


def test_without_a_number_there_is_nothing_to_switch(handset, mara, here):
    give_password(here, mara)
    switch_texts(here, True)
    ask_number(here)
    switch_texts(here, True)
    assert kinds(mara) == []


def test_once_a_second_factor_is_due_a_number_is_one(settings, handset, mara, here):
    """Decision 12: after the grace period only setting one up is left, and a number with texts is enough."""
    settings.PORTAL_REQUIRE_SECOND_FACTOR = 0
    give_password(here, mara)
    assert not is_in(here)
    verify_number(here)
    assert is_in(here)
    sign_out(here)
    text_in(here, mara)


# --- Beside a key (decision 7) ---


def test_activating_a_key_puts_them_to_rest(eli, here):
    text_in(here, eli)
    add_key(here)
    assert texts_of(eli) == "rests"
    assert kinds(eli) == ["key"]
    carry()
    assert "takes the place of codes by text" in mails(eli.email)[-1]


def test_what_rests_is_no_way_in(eli, here):
    text_in(here, eli)
    pocket = add_key(here)
    carry()
    before = len(texts(NUMBER))
    there = desk()
    give_password(there, eli)
    assert len(pocket.challenges()) == 1
    carry()
    assert len(texts(NUMBER)) == before
    assert there.get("/sign-in/verify/code/")["Location"] == "/sign-in/verify/"


def test_the_end_of_the_key_wakes_them(eli, here):
    text_in(here, eli)
    add_key(here)
    response = here.post("/security/key/deactivate/", follow=True)
    assert "A code by text completes your sign-in" in text(response)
    assert texts_of(eli) == "on"
    there = desk()
    give_password(there, eli)
    assert state(there) == "waiting"
    type_code(there, code_to())
    assert is_in(there)


def test_texts_that_were_off_do_not_wake_up(dana, here):
    give_password(here, dana)
    add_key(here)
    here.post("/security/key/deactivate/")
    assert texts_of(dana) == "off"


def test_the_session_that_ended_the_key_goes_on(eli, here):
    text_in(here, eli)
    add_key(here)
    here.post("/security/key/deactivate/")
    assert is_in(here)


def test_also_where_the_number_was_changed_a_moment_before(eli, here):
    text_in(here, eli)
    add_key(here)
    change_number(here)
    here.post("/security/key/deactivate/")
    assert is_in(here)


def test_they_may_be_switched_on_again_beside_the_key(eli, here):
    text_in(here, eli)
    add_key(here)
    switch_texts(here, True)
    assert texts_of(eli) == "on"
    assert kinds(eli) == ["key", "text"]


def test_a_new_key_puts_them_to_rest_again(eli, here):
    text_in(here, eli)
    old = add_key(here)
    switch_texts(here, True)
    add_key(here, old)
    assert kinds(eli) == ["key"]


def test_a_surrendered_key_does_not_wake_them(eli, here):
    """Whoever has the phone, without its PIN, does not choose the weaker way by giving the key up."""
    text_in(here, eli)
    pocket = add_key(here)
    pocket.revoke()
    assert PortalKey.objects.get().state == "locked"
    assert texts_of(eli) == "rests"
    assert kinds(eli) == []
    there = desk()
    give_password(there, eli)
    finish(there)
    assert not is_in(there)


# --- Where the operator forbids them beside a key ---


def test_the_operator_may_forbid_them_beside_a_key(settings, eli, here):
    settings.PORTAL_TEXTS_WITH_KEY = False
    text_in(here, eli)
    add_key(here)
    switch_texts(here, True)
    page = here.get(PAGE)
    assert "does not allow codes by text beside an active key" in text(page)
    assert not page.context["texts_allowed"]
    assert texts_of(eli) == "rests"


def test_what_was_on_before_the_operator_forbade_it_is_no_way_in_any_more(settings, eli, here):
    text_in(here, eli)
    add_key(here)
    switch_texts(here, True)
    settings.PORTAL_TEXTS_WITH_KEY = False
    assert kinds(eli) == ["key"]
    there = desk()
    give_password(there, eli)
    choose(there, "text")
    carry()
    assert not sent(kind="sign-in", state="queued")
    assert there.get("/sign-in/verify/code/")["Location"] == "/sign-in/verify/"


def test_without_a_key_they_serve_whatever_the_operator_says_of_keys(settings, eli, here):
    settings.PORTAL_TEXTS_WITH_KEY = False
    text_in(here, eli)
