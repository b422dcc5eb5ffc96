"""Codes of authenticator apps against the published values of RFC 6238 and RFC 4226."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from twofactor.protocol import totp
from twofactor.protocol.errors import Misused

SECRET = b"12345678901234567890"
# RFC 6238 appendix B, SHA-1: time in seconds, code of eight digits.
RFC_6238 = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
# RFC 4226 appendix D: the codes of the first ten counters.
RFC_4226 = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]


@pytest.mark.parametrize(("now", "code"), RFC_6238)
def test_it_is_the_published_one(now, code):
    """R-17, R-19: known answers."""
    assert totp.code(SECRET, now // 30, 8) == code
    assert totp.code(SECRET, now // 30) == code[2:]
    assert totp.matching(SECRET, code, now, seconds=30, window=0, digits=8) == now // 30


def test_the_steps_are_counters():
    assert [totp.code(SECRET, step) for step in range(10)] == RFC_4226


def test_nine_digits_are_the_most_and_keep_their_zeros():
    """RFC 4226 appendix D, cut to nine: 1284755224 and 1094287082."""
    assert [totp.code(SECRET, step, 9) for step in range(2)] == ["284755224", "094287082"]


@given(some.integers(0, 2**34), some.integers(-4, 4), some.integers(0, 2))
def test_a_code_fits_within_the_window_and_nowhere_else(now, off, window):
    step = now // 30 + off
    typed = totp.code(SECRET, max(0, step))
    found = totp.matching(SECRET, typed, now, seconds=30, window=window)
    near = {totp.code(SECRET, each): each for each in range(max(0, now // 30 - window), now // 30 + window + 1)}
    assert found == near.get(typed)


@given(some.text(max_size=20))
def test_what_is_no_code_fits_nothing(typed):
    codes = {totp.code(SECRET, step) for step in (99, 100, 101)}
    found = totp.matching(SECRET, typed, 3000, seconds=30, window=1)
    assert (found is not None) == (typed in codes)


@pytest.mark.parametrize(("secret", "step", "digits"), [(b"", 1, 6), (SECRET, -1, 6), (SECRET, 1, 5), (SECRET, 1, 10)])
def test_what_makes_no_code_is_our_own_mistake(secret, step, digits):
    with pytest.raises(Misused):
        totp.code(secret, step, digits)


def test_a_secret_is_spelled_without_padding_whatever_its_length():
    """RFC 4648 section 6: X is a letter like every other."""
    assert totp.spelled(b"foob") == "MZXW6YQ"
    assert totp.spelled(bytes.fromhex("bdef7bdef7")) == "XXXXXXXX"


def test_the_secret_is_spelled_and_addressed_as_apps_read_it():
    assert totp.spelled(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.address(SECRET, issuer="Client Portal", account="dana", seconds=30) == (
        "otpauth://totp/Client%20Portal:dana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Client%20Portal"
        "&algorithm=SHA1&digits=6&period=30"
    )
