"""A number is removed; and a text to see that texts arrive."""

import pytest

from tests.factories import desk, give_password, person
from tests.stories.carried import (
    NUMBER,
    OTHER,
    ask_number,
    carry,
    code_to,
    confirm,
    forget,
    messages,
    switch_texts,
    text_in,
    texts,
    type_code,
    verify_number,
)
from tests.stories.ways import events, is_in, sign_out
from twofactor.models import Factors, Phone

PAGE = "/security/phone/"


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


# --- Removing ---


def test_a_removed_number_gets_nothing_more(eli, here):
    text_in(here, eli)
    page = here.get(f"{PAGE}remove/")
    assert page.context["only_factor"]
    here.post(f"{PAGE}remove/")
    assert kinds(eli) == []
    carry()
    assert "your number was removed" in texts(NUMBER)[-1]
    before = len(messages(NUMBER))
    there = desk()
    give_password(there, eli)
    there.post(f"{PAGE}test/")
    carry()
    assert is_in(there)
    assert len(messages(NUMBER)) == before


def test_looking_at_that_page_removes_nothing(eli, here):
    text_in(here, eli)
    for _ in range(3):
        here.get(f"{PAGE}remove/")
    assert kinds(eli) == ["text"]


def test_removing_ends_the_other_sessions_and_what_was_asked_for(eli, here):
    other, waiting = desk(), desk()
    text_in(other, eli)
    text_in(here, eli)
    give_password(waiting, eli)
    code = code_to()
    ask_number(here, OTHER)
    new = code_to(OTHER)
    here.post(f"{PAGE}remove/")
    assert not is_in(other)
    type_code(waiting, code)
    assert not is_in(waiting)
    confirm(here, new)
    assert not Phone.objects.filter(state__in=("verified", "unverified")).exists()
    assert is_in(here)


def test_removing_what_is_not_there_does_nothing(handset, mara, here):
    give_password(here, mara)
    assert here.post(f"{PAGE}remove/")["Location"] == PAGE
    assert events("phone.remove") == []


# --- The test text ---


def test_a_test_text_asks_for_nothing_and_comes_once_a_minute(one_clock, eli, here):
    text_in(here, eli)
    before = len(texts(NUMBER))
    for _ in range(3):
        here.post(f"{PAGE}test/")
    carry()
    assert len(texts(NUMBER)) == before + 1
    assert "There is nothing to do" in texts(NUMBER)[-1]
    one_clock.shift(61)
    here.post(f"{PAGE}test/")
    carry()
    assert len(texts(NUMBER)) == before + 2
