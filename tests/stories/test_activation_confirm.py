"""Where the operator asks for it, the desk confirms a new phone by the six digits that the phone shows (decision 6)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.factories import PIN, desk, finish, give_password, phone
from tests.pocket import Problem
from tests.stories.ways import (
    activated,
    approve,
    code_at,
    code_state,
    events,
    is_in,
    move_code,
    sign_in,
    sign_out,
    state,
    text,
)
from twofactor import policy
from twofactor.models import Activation, PortalKey


@pytest.fixture(autouse=True)
def asked_for(settings):
    settings.PORTAL_ACTIVATION_CONFIRM = True


@pytest.fixture
def unconfirmed(mara, here):
    """A phone that has done its part, and Mara's page that waits for its number."""
    return activated(here, mara)


def number_of(pocket):
    (key,) = [key for key in pocket.keys.values() if key.confirm_code]
    return key.confirm_code


def confirm(browser, code):
    return browser.post("/security/key/confirm/", {"code": code})


def wrong(pocket):
    return f"{(int(number_of(pocket)) + 1) % 10**6:06d}"


def test_the_phone_shows_six_digits_and_is_not_active_yet(unconfirmed, here):
    (key,) = unconfirmed.keys.values()
    assert key.state == "confirm"
    assert len(key.confirm_code) == 6
    assert key.confirm_code.isdigit()
    assert code_state(here) == "confirm"
    assert PortalKey.objects.get().state == "pending"


def test_an_unconfirmed_phone_can_do_nothing(unconfirmed, here):
    with pytest.raises(Problem) as refusal:
        unconfirmed.inbox()
    assert refusal.value.code == "key-inactive"
    assert here.get("/security/key/deactivate/").status_code == 302


def test_until_then_the_password_alone_signs_in(mara, unconfirmed):
    browser = desk()
    give_password(browser, mara)
    assert is_in(browser)


def test_the_number_is_never_on_the_desks_page(unconfirmed, here):
    number = number_of(unconfirmed)
    for page in ("/", "/security/", "/security/key/", "/security/key/status/"):
        shown = here.get(page).content.decode()
        assert number not in shown
        assert f"{number[:3]} {number[3:]}" not in shown


def test_the_right_number_makes_the_key_active_and_the_session_goes_on(mara, unconfirmed, here):
    other = desk()
    confirm(here, number_of(unconfirmed))
    assert code_state(here) == "used"
    assert is_in(here)
    assert here.get("/security/key/deactivate/").status_code == 200
    assert events("key.activate") == [("ok", "")]
    sign_out(here)
    sign_in(other, mara, unconfirmed)


@pytest.mark.parametrize("spelling", [lambda n: f"{n[:3]} {n[3:]}", lambda n: f" {n[:3]}-{n[3:]} "])
def test_the_number_may_be_typed_in_groups(unconfirmed, here, spelling):
    confirm(here, spelling(number_of(unconfirmed)))
    assert code_state(here) == "used"


def test_the_third_try_may_be_the_right_one(unconfirmed, here):
    for _ in range(2):
        confirm(here, wrong(unconfirmed))
        assert code_state(here) == "confirm"
    confirm(here, number_of(unconfirmed))
    assert code_state(here) == "used"


def test_three_wrong_numbers_end_the_activation(unconfirmed, here):
    for _ in range(3):
        page = confirm(here, wrong(unconfirmed))
        assert page["Location"] == "/security/key/"
    assert code_state(here) == "burned"
    assert "The number did not match" in text(here.get("/security/key/"))
    confirm(here, number_of(unconfirmed))
    assert code_state(here) == "burned"
    assert PortalKey.objects.get().state == "revoked"
    assert events("activation.confirm")[:3] == [("refused", "wrong")] * 3


def test_the_right_number_too_late_is_nothing(unconfirmed, here):
    row = Activation.objects.get()
    assert abs(row.confirm_by - timezone.now() - policy.CONFIRM_LIFE) < timedelta(seconds=20)
    assert timedelta(minutes=2) == policy.CONFIRM_LIFE
    Activation.objects.update(confirm_by=timezone.now() - timedelta(seconds=1))
    assert code_state(here) == "expired"
    confirm(here, number_of(unconfirmed))
    assert code_state(here) == "expired"
    assert not PortalKey.objects.filter(state="active").exists()
    assert is_in(here)


def test_two_minutes_by_the_databases_clock_too(unconfirmed, here):
    """R-02: also when the process's own clock runs behind."""
    Activation.objects.update(confirm_by=timezone.now() - timedelta(seconds=1))
    with time_machine.travel(timezone.now() - timedelta(seconds=60), tick=False):
        confirm(here, number_of(unconfirmed))
    assert not PortalKey.objects.filter(state="active").exists()


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\0", "x" * 1000])
def test_something_else_than_six_digits_makes_nothing_active(unconfirmed, here, typed):
    assert confirm(here, typed).status_code == 302
    assert not PortalKey.objects.filter(state="active").exists()


def test_another_browser_of_the_same_person_cannot_confirm(mara, unconfirmed, here):
    """The number is typed where the code was shown. (Signing in there ends the code.)"""
    other = desk()
    give_password(other, mara)
    confirm(other, number_of(unconfirmed))
    assert not PortalKey.objects.filter(state="active").exists()


def test_this_was_not_me_ends_it(unconfirmed, here):
    here.post("/security/key/not-me/")
    assert code_state(here) == "burned"
    confirm(here, number_of(unconfirmed))
    assert PortalKey.objects.get().state == "revoked"


def test_the_old_phone_works_until_the_new_one_is_confirmed(mara, here, settings):
    settings.PORTAL_ACTIVATION_CONFIRM = False
    old = activated(here, mara)
    settings.PORTAL_ACTIVATION_CONFIRM = True
    move_code(here, old)
    new = phone()
    new.claim(code_at(here))
    new.activate(PIN)
    other = desk()
    sign_in(other, mara, old)
    waiting = desk()
    give_password(waiting, mara)
    approve(waiting, old)
    confirm(here, number_of(new))
    assert code_state(here) == "used"
    assert not is_in(other)
    finish(waiting)
    assert state(waiting) == "failed"
    assert not is_in(waiting)
    sign_out(here)
    sign_in(here, mara, new)


def test_with_a_confirmation_a_code_that_was_claimed_dies_with_its_session(mara, unconfirmed, here):
    sign_out(here)
    assert not PortalKey.objects.filter(state="active").exists()
    give_password(here, mara)
    confirm(here, number_of(unconfirmed))
    assert not PortalKey.objects.filter(state="active").exists()
