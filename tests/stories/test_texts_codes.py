"""What is the code of a sign-in, and what is not: six digits, of this sign-in, once."""

import pytest

from tests.factories import desk, finish, give_password, person
from tests.stories.carried import (
    NUMBER,
    OTHER,
    ask_number,
    carry,
    code_to,
    codes_to,
    confirm,
    text_in,
    type_code,
    verify_number,
    wrong_code,
)
from tests.stories.ways import events, is_in, sign_out, text
from twofactor.models import Code, Phone
from twofactor.protocol import sealing

PAGE = "/sign-in/verify/code/"


@pytest.fixture
def waiting(eli, here):
    """Eli's password was right, and the text is on his phone."""
    assert give_password(here, eli)["Location"] == PAGE
    carry()
    return here


def nobody_is_in(*browsers):
    return not any(is_in(browser) for browser in browsers)


# --- What is no code ---


def test_what_has_not_six_digits_is_not_compared_and_does_not_count(waiting):
    scripts = ("٠١٢٣٤٥", "۰۱۲۳۴۵", "०१२३४५")
    for typed in ("", " ", "12345", "1234567", *scripts, "12345a", "1e5", "+12345", "0x1234", "½12345", "9" * 10_240):
        assert type_code(waiting, typed).status_code == 200, typed
    assert waiting.get(PAGE).context["tries_left"] == 5
    assert events("code.check") == []
    assert nobody_is_in(waiting)


@pytest.mark.parametrize("spelled", ["{0} {1}", "{0}-{1}", "  {0}{1}\t", "{0}\u2009{1}", "{0}\u2212{1}"])
def test_blanks_and_dashes_do_not_matter(waiting, spelled):
    code = code_to()
    type_code(waiting, spelled.format(code[:3], code[3:]))
    assert is_in(waiting)


def test_full_width_digits_are_the_same_digits(waiting):
    type_code(waiting, code_to().translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}))
    assert is_in(waiting)


def test_zeros_in_front_are_digits_too(monkeypatch, eli, here):
    """Codes that begin with 0 are a tenth of all; as a number one would be shorter."""
    monkeypatch.setattr(sealing, "digits", lambda *_parts: "004217")
    give_password(here, eli)
    assert code_to() == "004217"
    type_code(here, "4217")
    assert nobody_is_in(here)
    type_code(here, "004217")
    assert is_in(here)


# --- What is not this code ---


def test_a_wrong_code_opens_nothing(waiting):
    page = type_code(waiting, wrong_code())
    assert "You have 4 more tries" in text(page)
    assert nobody_is_in(waiting)
    finish(waiting)
    assert nobody_is_in(waiting)
    assert events("code.check")[-1] == ("refused", "wrong")


def test_a_code_works_once(eli, waiting):
    """AT-023: and is worth nothing in the next sign-in."""
    code, there = code_to(), desk()
    type_code(waiting, code)
    sign_out(waiting)
    give_password(there, eli)
    assert code_to() != code
    type_code(there, code)
    type_code(waiting, code)
    assert nobody_is_in(waiting, there)


def test_twenty_posts_of_the_right_code_open_one_session(eli, waiting):
    """AT-023: whatever comes after the first finds nothing to do."""
    code, cookies = code_to(), waiting.cookies
    copies = []
    for _ in range(20):
        copy = desk()
        copy.cookies.load({name: morsel.value for name, morsel in cookies.items()})
        copies.append(copy)
    for copy in copies:
        type_code(copy, code)
    assert sum(is_in(copy) for copy in copies) == 1
    assert events("login.claim").count(("ok", "")) == 1
    assert Code.objects.filter(state="used", login__isnull=False).count() == 1


def test_the_code_of_another_sign_in_of_the_same_person_does_not_fit(one_clock, eli, waiting):
    first, there = code_to(), desk()
    one_clock.shift(1)
    give_password(there, eli)
    second = code_to()
    type_code(waiting, second)
    type_code(there, first)
    assert nobody_is_in(waiting, there)
    type_code(there, second)
    assert is_in(there)
    type_code(waiting, first)
    assert is_in(waiting)


def test_the_code_of_another_person_does_not_fit(handset, eli, waiting):
    dana, there = person("dana"), desk()
    give_password(there, dana)
    verify_number(there, OTHER)
    sign_out(there)
    give_password(there, dana)
    type_code(waiting, code_to(OTHER))
    type_code(there, code_to(NUMBER))
    assert nobody_is_in(waiting, there)


def test_two_people_with_one_number_have_two_codes(handset, eli, waiting):
    dana, there = person("dana"), desk()
    give_password(there, dana)
    verify_number(there, NUMBER)
    sign_out(there)
    give_password(there, dana)
    mine, theirs = codes_to()[0], codes_to()[-1]
    type_code(waiting, theirs)
    type_code(there, mine)
    assert nobody_is_in(waiting, there)


def test_a_code_that_confirms_a_number_signs_nobody_in(eli, here):
    """AT-049, both ways."""
    text_in(here, eli)
    ask_number(here, OTHER)
    there = desk()
    give_password(there, eli)
    type_code(there, code_to(OTHER))
    assert nobody_is_in(there)
    confirm(here, code_to(NUMBER))
    assert Phone.objects.get(state="verified").ending == "67"
