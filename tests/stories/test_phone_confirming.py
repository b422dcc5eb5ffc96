"""The confirmation number of a telephone: what is one, how often it may be wrong, how long it lives."""

import pytest

from tests.factories import give_password
from tests.stories.carried import (
    ask_number,
    code_to,
    codes_to,
    confirm,
    wrong_code,
)
from tests.stories.ways import events, text
from twofactor import policy
from twofactor.models import Phone

PAGE = "/security/phone/"


@pytest.fixture
def home(handset, mara, here):
    """Mara's browser, signed in a moment ago."""
    give_password(here, mara)
    return here


def number_of(user):
    return [(phone.ending, phone.state) for phone in Phone.objects.filter(user=user).order_by("pk")]


# --- The code ---


def test_without_a_right_code_nothing_is_confirmed(home, mara):
    ask_number(home)
    right = code_to()
    for typed in ("", "12345", "1234567", right[:-1], f"{right}0", "٠١٢٣٤٥", "abcdef", "1e5", "9" * 10_240):
        assert confirm(home, typed).status_code == 200, typed
    assert number_of(mara) == [("67", "unverified")]
    assert home.get(PAGE).context["tries_left"] == policy.CODE_TRIES
    assert confirm(home, wrong_code()).status_code == 200
    assert home.get(PAGE).context["tries_left"] == policy.CODE_TRIES - 1
    assert number_of(mara) == [("67", "unverified")]


def test_it_does_not_matter_how_the_digits_are_grouped(home, mara):
    ask_number(home)
    code = code_to()
    confirm(home, f" {code[:3]}\u00a0{code[3:]} ")
    assert number_of(mara) == [("67", "verified")]


def test_five_wrong_codes_end_it_and_a_right_one_after_them_is_worth_nothing(home, mara):
    ask_number(home)
    right, wrong = code_to(), wrong_code()
    for left in (4, 3, 2, 1):
        assert f"{left} more tr" in text(confirm(home, wrong))
    assert "wrong too often" in text(confirm(home, wrong))
    confirm(home, right)
    assert number_of(mara) == [("67", "unverified")]
    assert events("phone.verify") == []
    assert events("code.check") == [("refused", "wrong")] * 5


def test_after_five_wrong_ones_no_further_code_is_sent_for_it(one_clock, home, mara):
    ask_number(home)
    for _ in range(5):
        confirm(home, wrong_code())
    one_clock.shift(301)
    for way in ("again", "call"):
        home.post(f"{PAGE}{way}/")
    assert len(codes_to()) == 1
    page = home.get(PAGE)
    assert not page.context["can_send"]
    assert not page.context["can_call"]


def test_a_code_lives_five_minutes(one_clock, home, mara):
    ask_number(home)
    code = code_to()
    one_clock.shift(policy.CODE_LIFE.total_seconds())
    page = confirm(home, code)
    assert not page.context["live"]
    assert "over" in text(page)
    assert number_of(mara) == [("67", "unverified")]


def test_until_then_it_is_good(one_clock, home, mara):
    ask_number(home)
    one_clock.shift(policy.CODE_LIFE.total_seconds() - 1)
    confirm(home, code_to())
    assert number_of(mara) == [("67", "verified")]


def test_a_code_confirms_once(home, mara):
    ask_number(home)
    code = code_to()
    assert confirm(home, code).status_code == 302
    assert confirm(home, code).status_code == 302
    assert events("phone.verify") == [("ok", "")]
