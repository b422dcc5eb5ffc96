"""Activation codes: what is shown, what people type, and what a stranger sees of a name."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.known import PROTOCOL
from twofactor.protocol import activation
from twofactor.protocol.errors import Misused

CODES = st.text(activation.ALPHABET, min_size=12, max_size=12)


@pytest.mark.parametrize("vector", PROTOCOL["activation_codes"], ids=lambda v: ascii(v["typed"]))
def test_it_reads_what_people_type(vector):
    assert activation.read_code(vector["typed"]) == vector["means"]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "K7QF9M2X4TBDD",
        "K7QF-9M2X-4TB!",
        "K7QF9M2X4TBß",
        "ı1l1-0000-1111",
        "K7QF9M2X4TBD" + "-" * 53,
        "К7QF9M2X4TBD",
    ],
)
def test_anything_else_is_no_code(typed):
    assert activation.read_code(typed) is None


def test_the_alphabet_has_no_letter_that_looks_like_another():
    assert len(set(activation.ALPHABET)) == 32
    assert not set(activation.ALPHABET) & set("ILOU")


@given(CODES)
def test_a_code_survives_being_shown_lowered_and_spelled_with_lookalikes(code):
    shown = activation.spaced(code)
    assert [len(group) for group in shown.split("-")] == [4, 4, 4]
    for typed in (shown, shown.lower(), shown.replace("0", "O").replace("1", "l"), shown.replace("-", " \u2013 ")):
        assert activation.read_code(typed) == code


@given(st.text(max_size=80))
@example("-" * 64)
def test_reading_never_raises_and_gives_a_code_or_nothing(typed):
    code = activation.read_code(typed)
    assert code is None or (len(code) == 12 and set(code) <= set(activation.ALPHABET))


def test_a_code_is_the_first_sixty_bits_of_its_secret():
    assert activation.code_from(bytes(8)) == "000000000000"
    assert activation.code_from(b"\xff" * 8) == "ZZZZZZZZZZZZ"
    assert activation.code_from(bytes.fromhex("00443214c7425560")) == "0123456789AP"
    assert activation.code_from(bytes(7) + b"\x0f" + b"\xff" * 8) == "000000000000"
    assert activation.code_from(bytes(7) + b"\x10") == "000000000001"


def test_a_short_secret_makes_no_code():
    with pytest.raises(Misused):
        activation.code_from(bytes(7))


def test_the_code_stands_in_the_fragment_of_a_short_address():
    address = activation.address("https://portal.example", "K7QF9M2X4TBD")
    assert address == "https://portal.example/a#K7QF9M2X4TBD"
    assert len(address) < 65


@pytest.mark.parametrize(
    ("username", "shown"),
    [
        ("dchan", "d***n"),
        ("abc", "a***c"),
        ("ab", "a***"),
        ("a", "***"),
        ("", "***"),
        ("a-very-long-name-indeed", "a***d"),
        ("陳大文", "陳***文"),
    ],
)
def test_a_masked_name_gives_its_ends_away_and_no_more(username, shown):
    assert activation.masked(username) == shown
