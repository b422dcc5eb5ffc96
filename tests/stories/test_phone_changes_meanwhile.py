"""A number is changed while codes are out, texts rest, or nothing can be carried."""

import pytest

from accounts.models import AuditEvent
from tests.factories import desk, give_password
from tests.stories.carried import (
    DAY,
    NUMBER,
    OTHER,
    add_key,
    ask_number,
    change_number,
    code_to,
    states,
    text_in,
    type_code,
)
from tests.stories.ways import is_in, sign_out
from twofactor.models import Phone

PAGE = "/security/phone/"


# --- A change and what is under way ---


def test_a_code_that_is_out_when_the_number_changes_dies(one_clock, eli, here):
    """AT-049. Its sign-in ends with every other."""
    text_in(here, eli)
    thief = desk()
    one_clock.shift(1)
    give_password(thief, eli)
    code = code_to(NUMBER)
    change_number(here)
    type_code(thief, code)
    assert not is_in(thief)


def test_every_other_session_ends(one_clock, eli, here):
    other = desk()
    text_in(other, eli)
    text_in(here, eli)
    change_number(here)
    assert is_in(here)
    assert not is_in(other)


def test_a_code_that_went_to_the_old_number_at_the_end_of_the_hold_is_no_dead_end(one_clock, eli, here):
    text_in(here, eli)
    change_number(here)
    sign_out(here)
    one_clock.shift(DAY - 70)
    give_password(here, eli)
    assert code_to(NUMBER)
    one_clock.shift(80)
    here.post("/sign-in/verify/code/again/")
    type_code(here, code_to(OTHER))
    assert is_in(here)


def test_after_the_hold_a_code_of_the_old_number_opens_nothing(one_clock, eli, here):
    text_in(here, eli)
    change_number(here)
    sign_out(here)
    one_clock.shift(DAY - 70)
    give_password(here, eli)
    code = code_to(NUMBER)
    one_clock.shift(80)
    type_code(here, code)
    assert not is_in(here)


def test_a_password_is_not_enough_from_the_moment_that_the_hold_ends(one_clock, eli, here):
    """A session that it opened just before is worth nothing then."""
    text_in(here, eli)
    here.post(f"{PAGE}remove/")
    change_number(here, OTHER)
    sign_out(here)
    one_clock.shift(DAY - 300)
    give_password(here, eli)
    assert is_in(here)
    one_clock.shift(301)
    assert not is_in(here)


def test_with_a_key_the_texts_of_the_new_number_rest_as_those_of_the_old_one_did(eli, here):
    text_in(here, eli)
    add_key(here)
    change_number(here)
    assert Phone.objects.get(state="verified").texts == "rests"


def test_the_record_tells_of_every_step(eli, here):
    text_in(here, eli)
    change_number(here)
    asked = AuditEvent.objects.filter(kind="phone.ask").order_by("-id").first()
    assert asked.facts == {"country": "HK", "ending": "68"}
    assert AuditEvent.objects.filter(kind="phone.verify", facts__ending="68").exists()


@pytest.mark.parametrize("carriers", [[], ["mail"]])
def test_without_a_carrier_for_texts_no_number_is_changed(settings, eli, here, carriers):
    text_in(here, eli)
    settings.PORTAL_CARRIERS = carriers
    settings.PORTAL_MAIL_FROM = "portal@portal.example"
    assert ask_number(here, OTHER).status_code == 503
    assert states() == [("67", "verified")]
