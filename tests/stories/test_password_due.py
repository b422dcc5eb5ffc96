"""R-56, R-61: after an alarm or a stop link the password is chosen by whoever cannot be the one who caused it."""

import pytest
from django.utils import timezone

from accounts.models import User
from tests.doors.addresses import CLOSED
from tests.factories import PASSWORD, give_password, person
from tests.stories.carried import add_key, carry, code_to, forget, press, stop_links, text_in, type_code
from tests.stories.forgetting import new_password
from tests.stories.lost import (
    DUE,
    MOVE,
    NEW,
    PASSWORD_PAGE,
    at,
    by_sim,
    choose_password,
    has,
    is_led_on,
    moved_to,
    with_phone,
)
from tests.stories.recovering import issued, recovered, sheet_of, type_passcode, type_recovery
from tests.stories.sealing import opened, send
from tests.stories.ways import code_at, is_in, sign_in, sign_out, text
from twofactor.models import PortalKey

OWNER, THIEF, AGAIN = "192.0.2.7", "203.0.113.9", "203.0.113.77"


@pytest.fixture
def owner(eli, handset, one_clock):
    """Eli's browser: he has a key, a number at which texts rest for it, and recovery codes. All of it for a day."""
    browser = at(OWNER)
    text_in(browser, eli)
    browser.pocket = add_key(browser)
    sign_out(browser)
    sign_in(browser, eli, browser.pocket)
    browser.codes = sheet_of(browser)
    sign_out(browser)
    forget(handset, one_clock)
    return browser


def stopped(eli):
    """A thief with password and SIM has moved the key, and the owner has pressed the link in the mail."""
    thief = at(THIEF)
    by_sim(thief, eli)
    moved_to(thief, "Thief")
    carry()
    assert press(stop_links(eli.email)[-1]).status_code == 302


# --- What is not enough ---


def test_after_a_stop_link_password_and_sim_move_no_key_and_choose_no_password(eli, owner):
    stopped(eli)
    thief = at(AGAIN)
    by_sim(thief, eli)
    assert is_led_on(thief)
    assert code_at(thief) == ""
    choose_password(thief)
    assert has(eli, PASSWORD)
    assert not PortalKey.objects.filter(state="active").exists()


def test_after_not_me_on_the_phone_they_do_neither(eli, owner):
    give_password(at(THIEF), eli)
    owner.pocket.not_me(owner.pocket.challenges()[0])
    thief = at(AGAIN)
    by_sim(thief, eli)
    assert is_led_on(thief)
    choose_password(thief)
    assert has(eli, PASSWORD)
    owner.pocket.inbox()


def test_every_door_leads_to_one_page(eli, owner):
    """Every address, whatever is asked for; only the way out is open besides."""
    stopped(eli)
    give_password(owner, eli)
    type_recovery(owner, owner.codes[2])
    passed = set()
    for name, path in CLOSED:
        for method in ("get", "post"):
            if name not in ("sign-out", "password-due"):
                answer = getattr(owner, method)(path)
                if answer.status_code != 302 or answer["Location"] != DUE:
                    passed.add((name, method, answer.status_code))
    assert passed == set()
    page = owner.get(DUE)
    assert page.status_code == 200
    for words in ("A new password comes first", "Send me a link", "support desk", "Sign out"):
        assert words in text(page)


def test_recovery_codes_that_a_thief_has_had_for_long_are_not_enough(eli, owner):
    """A stop link takes back what was made within a day, and no more."""
    stopped(eli)
    thief = at(AGAIN)
    give_password(thief, eli)
    type_recovery(thief, owner.codes[3])
    assert is_led_on(thief)


def test_a_key_that_is_younger_than_the_alarm_is_not_enough(eli, owner):
    stopped(eli)
    staff = person("sol", is_staff=True)
    caller = at(OWNER)
    type_passcode(caller, issued(caller, eli, staff))
    young = moved_to(caller)
    sign_out(caller)
    User.objects.filter(pk=eli.pk).update(held_until=None)
    with_phone(caller, eli, young)
    assert is_led_on(caller)


def test_a_thief_who_has_moved_the_key_raises_no_alarm_to_choose_the_password(eli, owner):
    """SECURITY: their key is older than their own alarm; but it came without the one before it."""
    thief = at(THIEF)
    by_sim(thief, eli)
    theirs = moved_to(thief, "Thief")
    give_password(at(AGAIN), eli)
    theirs.not_me(theirs.challenges()[0])
    again = at("198.51.100.4")
    with_phone(again, eli, theirs)
    assert is_led_on(again)


def test_a_passcode_of_before_the_alarm_is_not_enough(eli, owner):
    caller = at(OWNER)
    type_passcode(caller, issued(caller, eli, person("sol", is_staff=True)))
    assert is_in(caller)
    User.objects.filter(pk=eli.pk).update(password_change_required=True, disowned_at=timezone.now())
    assert is_led_on(caller)


def test_codes_by_text_alone_are_not_enough_either(eli, one_clock):
    """There is no key, so texts are the strongest; but whoever was disowned may read them."""
    User.objects.filter(pk=eli.pk).update(password_change_required=True, disowned_at=timezone.now())
    browser = at(OWNER)
    give_password(browser, eli)
    type_code(browser, code_to())
    assert is_led_on(browser)


# --- What is ---


def test_by_mail_it_is_chosen_and_then_a_recovery_code_moves_as_ever(one_clock, eli, owner):
    stopped(eli)
    new_password(one_clock, eli, NEW)
    assert give_password(at(AGAIN), eli).status_code == 200
    give_password(owner, eli, NEW)
    type_recovery(owner, owner.codes[4])
    assert is_in(owner)
    own = moved_to(owner)
    sign_out(owner)
    with_phone(owner, eli, own, NEW)
    assert is_in(owner)


def test_a_key_that_was_there_before_the_alarm_chooses_it(eli, owner):
    give_password(at(THIEF), eli)
    owner.pocket.not_me(owner.pocket.challenges()[0])
    with_phone(owner, eli, owner.pocket)
    assert owner.get("/")["Location"] == PASSWORD_PAGE
    assert owner.get(DUE)["Location"] == "/"
    assert choose_password(owner)["Location"] == "/"
    assert has(eli, NEW)
    assert is_in(owner)


def test_a_passcode_that_was_issued_since_chooses_it_while_the_sign_in_is_fresh(one_clock, eli, owner):
    stopped(eli)
    caller = at(OWNER)
    code = issued(caller, eli, person("sol", is_staff=True))
    type_passcode(caller, code)
    assert caller.get("/")["Location"] == PASSWORD_PAGE
    assert caller.get(MOVE).status_code == 200
    one_clock.shift(301)
    assert choose_password(caller)["Location"].startswith("/sign-in/?again=1")
    assert has(eli, PASSWORD)
    give_password(caller, eli)
    type_passcode(caller, code)
    assert choose_password(caller)["Location"] == "/"
    assert has(eli, NEW)


def test_such_a_session_chooses_it_also_when_it_has_moved_the_key(eli, owner):
    stopped(eli)
    caller = at(OWNER)
    type_passcode(caller, issued(caller, eli, person("sol", is_staff=True)))
    own = moved_to(caller)
    assert choose_password(caller)["Location"] == "/"
    assert has(eli, NEW)
    sign_out(caller)
    with_phone(caller, eli, own, NEW)
    assert is_in(caller)


def test_a_temporary_password_chooses_it_whatever_the_second_factor_was(eli, owner):
    give_password(at(THIEF), eli)
    owner.pocket.not_me(owner.pocket.challenges()[0])
    send(eli)
    by_sim(owner, eli, opened(owner.pocket))
    assert owner.get("/")["Location"] == PASSWORD_PAGE
    assert choose_password(owner)["Location"] == "/"
    assert has(eli, NEW)


def test_without_mail_the_page_offers_no_link(eli, owner):
    stopped(eli)
    User.objects.filter(pk=eli.pk).update(email="")
    give_password(owner, eli)
    type_recovery(owner, owner.codes[2])
    page = text(owner.get(DUE))
    assert "Send me a link" not in page
    assert "support desk" in page


# --- During the hold ---


def test_during_the_hold_the_password_stays_as_it_is(one_clock, eli, owner):
    """R-61: who came in without the phone does not take the password, too, before its owner has read the notice."""
    thief = at(THIEF)
    by_sim(thief, eli)
    theirs = moved_to(thief, "Thief")
    sign_out(thief)
    with_phone(thief, eli, theirs)
    refused = choose_password(thief)
    assert refused.status_code == 403
    assert "This cannot be changed yet" in text(refused)
    assert thief.get(PASSWORD_PAGE).status_code == 403
    assert has(eli, PASSWORD)


def test_the_link_by_mail_stays_open_and_the_day_passes(one_clock, eli, owner):
    recovered(owner, eli, owner.codes[5])
    own = moved_to(owner)
    new_password(one_clock, eli, "seven quiet geese by the river")
    one_clock.shift(86_401)
    sign_out(owner)
    with_phone(owner, eli, own, "seven quiet geese by the river")
    assert choose_password(owner)["Location"] == "/"
    assert has(eli, NEW)
