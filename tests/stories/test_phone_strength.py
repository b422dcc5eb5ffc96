"""AT-047, R-61: what a session must have proved, and how lately, before it changes how its person signs in."""

import pytest

from accounts import policy
from tests.factories import desk, finish, give_password, person
from tests.stories.carried import (
    NUMBER,
    OTHER,
    add_key,
    ask_number,
    by_key,
    by_text,
    carry,
    code_to,
    confirm,
    switch_texts,
    text_in,
    texts,
    verify_number,
)
from tests.stories.ways import dump, is_in, sign_out
from twofactor.models import Activation, Phone, PortalKey

STALE = policy.FRESH.total_seconds()
# Every door through which a factor is changed, and what is sent there.
CHANGES = {
    "/security/phone/": {"country": "HK", "number": OTHER},
    "/security/phone/texts/": {"texts": "off"},
    "/security/phone/remove/": {},
    "/security/key/deactivate/": {},
}


def asks_for_another_sign_in(response):
    return response.status_code == 302 and response["Location"].startswith("/sign-in/?again=1")


def factors(user):
    """What stands between a password and a session, and what waits to stand there."""
    return (
        list(Phone.objects.filter(user=user).values_list("ending", "state", "texts").order_by("pk")),
        list(PortalKey.objects.filter(user=user).values_list("kid", "state")),
        list(Activation.objects.filter(user=user, state="fresh").values_list("pk", flat=True)),
    )


@pytest.fixture
def both(eli, here):
    """Eli has a key as well, and switched texts on again beside it; gives the phone that holds it."""
    text_in(here, eli)
    pocket = add_key(here)
    switch_texts(here, True)
    carry()
    sign_out(here)
    return pocket


# --- How lately ---


def refused_everywhere(browser, user):
    """Whether this session is sent to sign in again by every one of these doors, and nothing comes of knocking."""
    before = factors(user)
    for path, fields in CHANGES.items():
        assert asks_for_another_sign_in(browser.post(path, fields)), path
        assert factors(user) == before, path
    carry()
    return texts(OTHER) == []


def test_a_session_older_than_five_minutes_changes_nothing(one_clock, eli, both, here):
    by_key(here, eli, both)
    carry()
    one_clock.shift(STALE)
    assert refused_everywhere(here, eli)


def test_one_second_earlier_it_does(one_clock, eli, both, here):
    by_key(here, eli, both)
    one_clock.shift(STALE - 1)
    before = factors(eli)
    assert here.post("/security/phone/texts/", {"texts": "off"})["Location"] == "/security/phone/"
    assert factors(eli) != before


def test_ending_other_sessions_asks_for_a_fresh_sign_in_too(one_clock, eli, here):
    text_in(here, eli)
    other = desk()
    one_clock.shift(61)
    text_in(other, eli)
    one_clock.shift(STALE - 60)
    assert asks_for_another_sign_in(here.post("/security/sessions/end/"))
    assert is_in(other)


def test_the_way_back_leads_to_the_page_where_it_was_asked(one_clock, eli, here):
    text_in(here, eli)
    one_clock.shift(STALE)
    response = here.post("/security/phone/", CHANGES["/security/phone/"])
    assert response["Location"] == "/sign-in/?again=1&next=%2Fsecurity%2Fphone%2F"
    assert is_in(here)


# --- How strongly ---


def test_a_session_that_a_text_opened_changes_nothing_of_a_person_with_a_key(eli, both, here):
    """Who can read the texts of a person and knows the password does not take the key away as well."""
    by_text(here, eli)
    assert refused_everywhere(here, eli)


@pytest.mark.parametrize("path", CHANGES)
def test_a_session_that_the_key_opened_may(eli, both, here, path):
    by_key(here, eli, both)
    before = factors(eli)
    assert not asks_for_another_sign_in(here.post(path, CHANGES[path]))
    assert factors(eli) != before


def test_with_texts_alone_a_session_that_a_text_opened_may(eli, here):
    text_in(here, eli)
    before = factors(eli)
    assert ask_number(here, OTHER).status_code == 302
    assert factors(eli) != before


def test_a_session_that_only_a_password_opened_is_worth_nothing_once_texts_are_on(handset, here):
    """It was opened before they were; wherever it goes, it is over."""
    user, there = person("dana"), [desk() for _ in CHANGES]
    for browser in there:
        give_password(browser, user)
    give_password(here, user)
    verify_number(here)
    before = factors(user)
    for browser, (path, fields) in zip(there, CHANGES.items(), strict=True):
        assert browser.post(path, fields)["Location"].startswith("/sign-in/")
        assert not is_in(browser)
    assert factors(user) == before


def test_a_password_alone_does_not_finish_a_sign_in_once_texts_are_on(eli, here):
    give_password(here, eli)
    finish(here)
    assert not is_in(here)
    for path in ("/", "/security/", "/security/phone/", "/security/key/", "/admin/"):
        assert here.get(path)["Location"].startswith("/sign-in/")


# --- Confirming what was asked ---


def test_what_was_asked_in_time_may_be_confirmed_in_the_time_of_its_code(one_clock, eli, here):
    """The number was chosen within the fresh five minutes; its code has five minutes of its own."""
    text_in(here, eli)
    one_clock.shift(STALE - 10)
    ask_number(here, OTHER)
    one_clock.shift(299)
    confirm(here, code_to(OTHER))
    assert Phone.objects.get(state="verified").ending == "68"


def test_confirming_makes_no_session_younger(one_clock, eli, here):
    text_in(here, eli)
    one_clock.shift(STALE - 10)
    ask_number(here, OTHER)
    confirm(here, code_to(OTHER))
    one_clock.shift(10)
    assert asks_for_another_sign_in(switch_texts(here, False))
    assert asks_for_another_sign_in(ask_number(here, NUMBER))


def test_nothing_of_this_is_for_strangers(eli, both):
    nobody = desk()
    before = dump()
    for path, fields in CHANGES.items():
        assert nobody.post(path, fields)["Location"].startswith("/sign-in/")
    assert dump() == before


def test_a_waiting_sign_in_changes_nothing(eli, both, here):
    """AT-016: what the right password opened is no session."""
    give_password(here, eli)
    before = factors(eli)
    for path, fields in CHANGES.items():
        assert here.post(path, fields)["Location"].startswith("/sign-in/")
    assert factors(eli) == before
