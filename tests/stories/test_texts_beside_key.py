"""Texts beside a key: each use of the weaker factor is told of, and a key that locks or comes meanwhile decides."""

import pytest

from tests.factories import desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.carried import (
    NUMBER,
    OTHER,
    add_key,
    again,
    by_key,
    by_text,
    carry,
    choose,
    chooser,
    code_to,
    codes_to,
    mails,
    sent,
    switch_texts,
    text_in,
    type_code,
    verify_number,
)
from tests.stories.ways import WRONG_PIN, approve, events, is_in, login_of, sign_out, text
from twofactor import signin
from twofactor.models import Phone, PortalKey

PAGE = "/sign-in/verify/code/"


# --- The weaker one (R-63) ---


def test_each_use_of_the_weaker_factor_is_recorded_and_told(eli, pocket_of_eli, here):
    for number in (1, 2):
        by_text(here, eli)
        carry()
        assert events("factor.weaker") == [("ok", "")] * number
        told = [mail for mail in mails(eli.email) if "instead of Portal Key" in mail]
        assert len(told) == number
        sign_out(here)
    assert "Not you?" in told[0]


def test_and_shown_at_the_desk(eli, pocket_of_eli, here):
    give_password(here, eli)
    page = here.post(PAGE, {"code": code_to()}, follow=True)
    assert "You signed in with a code by text" in text(page)


def test_with_texts_alone_there_is_nothing_stronger_to_tell_of(eli, here):
    text_in(here, eli)
    carry()
    assert events("factor.weaker") == []
    assert mails(eli.email) == []


def test_the_stronger_one_is_not_told_of(eli, pocket_of_eli, here):
    by_key(here, eli, pocket_of_eli)
    carry()
    assert events("factor.weaker") == []
    assert mails(eli.email) == []


# --- A key that is locked, or comes meanwhile ---


def lock(pocket, browser, user):
    """Ten wrong PINs in a row."""
    PortalKey.objects.filter(user=user, state="active").update(pin_failures=9)
    with pytest.raises(Problem):
        approve(browser, pocket, WRONG_PIN)
    assert PortalKey.objects.get(user=user).state == "locked"


def test_with_a_locked_key_texts_that_are_on_still_open_the_door(eli, pocket_of_eli, here):
    give_password(here, eli)
    choose(here, "key")
    lock(pocket_of_eli, here, eli)
    there = desk()
    assert give_password(there, eli)["Location"] == PAGE
    assert chooser(there) is None
    choose(there, "key")
    assert not login_of(there).challenges.exists()
    type_code(there, code_to())
    assert is_in(there)


def test_with_a_locked_key_texts_that_rest_do_not(eli, here):
    text_in(here, eli)
    pocket = add_key(here)
    there = desk()
    give_password(there, eli)
    lock(pocket, there, eli)
    last = desk()
    give_password(last, eli)
    carry()
    choose(last, "text")
    again(last)
    finish(last)
    assert sent(kind="sign-in", state="queued") == []
    assert not is_in(last)


def test_a_code_that_is_out_when_a_key_is_activated_opens_nothing(eli, here):
    """R-04, decision 7: texts rest from that moment on."""
    there = desk()
    text_in(here, eli)
    give_password(there, eli)
    code = code_to()
    add_key(here)
    type_code(there, code)
    finish(there)
    assert not is_in(there)


def test_nor_does_one_that_was_typed_a_moment_before(monkeypatch, eli, here):
    """Approved by a text, and before the claim the key came."""
    give_password(here, eli)
    finish_as_it_is = signin.finish

    def finish_late(request, login):
        Phone.objects.rest(eli)
        return finish_as_it_is(request, login)

    monkeypatch.setattr(signin, "finish", finish_late)
    type_code(here, code_to())
    assert not is_in(here)
    assert events("login.claim")[-1][0] == "refused"


def test_switching_texts_off_ends_a_sign_in_that_waits_for_one(eli, here):
    there = desk()
    text_in(here, eli)
    give_password(there, eli)
    code = code_to()
    switch_texts(here, False)
    type_code(there, code)
    assert not is_in(there)


def test_the_number_of_somebody_else_is_never_chosen(eli, pocket_of_eli, here):
    dana, there = person("dana"), desk()
    give_password(there, dana)
    verify_number(there, OTHER)
    give_password(here, eli)
    choose(here, "text")
    assert (len(codes_to(NUMBER)), len(codes_to(OTHER))) == (1, 1)
