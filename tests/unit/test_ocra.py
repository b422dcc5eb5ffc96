"""The 8-digit response: RFC 6287, the portal's own suite, the window, the hint, and what people type."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.known import OCRA, PROTOCOL, unb64
from twofactor.protocol import ocra
from twofactor.protocol.errors import Misused, ProtocolError
from twofactor.protocol.rfc6287 import by_step

KEY = b"12345678901234567890123456789012"
NOW = 1_764_000_000.0
HOUR = 3600


@pytest.mark.parametrize(
    "vector", OCRA["standard"] + OCRA["portal_key"], ids=lambda v: f"{v['suite'][7:]}/{v['question']}"
)
def test_it_computes_the_published_response(vector):
    inputs = {name: vector[name] for name in ("counter", "pin") if name in vector}
    if "t" in vector:
        inputs["step"] = vector["t"]
    assert (
        ocra.compute(vector["suite"], vector["key_ascii"].encode(), vector["question"], **inputs) == vector["response"]
    )


@pytest.mark.parametrize("vector", PROTOCOL["pins"], ids=lambda v: ascii(v["pin"]))
def test_it_answers_as_the_protocol_vectors_do(vector):
    key = unb64(vector["response_key"])
    assert ocra.respond(key, vector["question"], vector["time"]) == vector["response"]
    assert ocra.check(key, vector["question"], vector["response"], vector["time"]) == ocra.Match(ok=True)


def test_questions_that_numeric_encoding_confuses_have_different_responses():
    confusable = ["000001", "000016", "000256", "004096", "065536"]
    assert len({ocra.respond(KEY, question, NOW) for question in confusable}) == len(confusable)
    # The encoding that was not chosen gives them all one response: this is why.
    assert {ocra.compute("OCRA-1:HOTP-SHA256-8:QN06", KEY, question) for question in confusable} == {"88640486"}


def test_session_information_is_padded_on_the_left_to_the_suites_length():
    suite = "OCRA-1:HOTP-SHA512-8:QH08-S064"
    padded = ocra.compute(suite, KEY, "a1b2c3d4", session=bytes(61) + b"abc")
    assert ocra.compute(suite, KEY, "a1b2c3d4", session=b"abc") == padded
    assert ocra.compute(suite, KEY, "a1b2c3d4", session=b"abd") != padded


def test_an_odd_hexadecimal_question_is_padded_by_nibbles():
    suite = "OCRA-1:HOTP-SHA256-8:QH08"
    assert ocra.compute(suite, KEY, "abc") == ocra.compute(suite, KEY, "ABC0") != ocra.compute(suite, KEY, "0abc")


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha512"])
def test_a_pin_is_hashed_by_the_hash_the_suite_names_for_it(name):
    suite = f"OCRA-1:HOTP-SHA256-8:QA08-P{name.upper()}"
    message = suite.encode() + b"\0" + b"question".ljust(128, b"\0") + hashlib.new(name, b"1234").digest()
    digest = hmac.digest(KEY, message, "sha256")
    number = int.from_bytes(digest[digest[31] & 15 :][:4], "big") % 2**31
    assert ocra.compute(suite, KEY, "question", pin="1234") == f"{number % 10**8:08d}"


@pytest.mark.parametrize(
    ("suite", "question", "inputs"),
    [
        ("OCRA-2:HOTP-SHA256-8:QA06", "483920", {}),
        ("OCRA-1:HOTP-MD5-8:QA06", "483920", {}),
        ("OCRA-1:HOTP-SHA256-0:QA06", "483920", {}),
        ("OCRA-1:HOTP-SHA256-11:QA06", "483920", {}),
        ("OCRA-1:HOTP-SHA256-8:QA06-T0M", "483920", {"step": 1}),
        ("OCRA-1:HOTP-SHA256-8:QA06\n", "483920", {}),
        (ocra.SUITE, "483920", {}),
        (ocra.SUITE, "483920", {"step": 1, "counter": 1}),
        (ocra.SUITE, "483920", {"step": -1}),
        (ocra.SUITE, "483920", {"step": 2**64}),
        (ocra.SUITE, "", {"step": 1}),
        (ocra.SUITE, "x" * 129, {"step": 1}),
        (ocra.SUITE, "４８３９２０", {"step": 1}),
        ("OCRA-1:HOTP-SHA256-8:QN06", "1_0", {}),
        ("OCRA-1:HOTP-SHA256-8:QN06", "+10", {}),
        ("OCRA-1:HOTP-SHA256-8:QH06", "ab cd", {}),
        ("OCRA-1:HOTP-SHA256-8:QA06-S004", "483920", {"session": b"12345"}),
    ],
)
def test_it_refuses_a_suite_or_inputs_it_does_not_know(suite, question, inputs):
    with pytest.raises(Misused):
        ocra.compute(suite, KEY, question, **inputs)


@given(st.sampled_from(["000000", "483920", "999999"]), st.integers(0, 2**40))
def test_the_step_reader_agrees_with_the_algorithm(question, step):
    assert by_step(ocra.SUITE, KEY, question)(step) == ocra.compute(ocra.SUITE, KEY, question, step=step)


@pytest.mark.parametrize(
    "suite", ["OCRA-1:HOTP-SHA256-8:QA06", "OCRA-1:HOTP-SHA256-8:C-QA06-T1M", "OCRA-1:HOTP-SHA256-8:QA06-PSHA1-T1M"]
)
def test_the_step_reader_takes_no_suite_with_other_inputs(suite):
    with pytest.raises(Misused):
        by_step(suite, KEY, "483920")


@pytest.mark.parametrize("steps", range(-3, 4))
def test_a_response_is_good_within_three_minutes_either_way(steps):
    response = ocra.respond(KEY, "483920", NOW + steps * 60)
    assert ocra.check(KEY, "483920", response, NOW) == ocra.Match(ok=True, off_by=None)


@pytest.mark.parametrize("minutes", [4, -4, 60, -60, 8 * 60, 1440, -1440])
def test_a_response_of_another_minute_is_refused_with_the_clocks_error(minutes):
    response = ocra.respond(KEY, "483920", NOW + minutes * 60)
    assert ocra.check(KEY, "483920", response, NOW) == ocra.Match(ok=False, off_by=minutes)


@pytest.mark.parametrize("minutes", [1441, -1441])
def test_a_response_of_another_day_is_refused_without_a_word(minutes):
    response = ocra.respond(KEY, "483920", NOW + minutes * 60)
    assert ocra.check(KEY, "483920", response, NOW) == ocra.Match(ok=False, off_by=None)


def test_of_two_minutes_that_fit_the_nearer_is_told(monkeypatch):
    fitting = {NOW // 60 - 9, NOW // 60 + 700}
    monkeypatch.setattr(ocra, "by_step", lambda *_: lambda step: "12345678" if step in fitting else "00000000")
    assert ocra.check(KEY, "483920", "12345678", NOW) == ocra.Match(ok=False, off_by=-9)


def test_a_response_to_another_question_or_key_is_refused():
    assert not ocra.check(KEY, "483921", ocra.respond(KEY, "483920", NOW), NOW).ok
    assert not ocra.check(KEY[::-1], "483920", ocra.respond(KEY, "483920", NOW), NOW).ok


def test_a_step_ends_where_the_minute_ends():
    assert ocra.respond(KEY, "483920", 119.999) == ocra.compute(ocra.SUITE, KEY, "483920", step=1)
    assert ocra.respond(KEY, "483920", 120) == ocra.compute(ocra.SUITE, KEY, "483920", step=2)


def test_the_first_day_of_all_has_no_steps_before_it():
    assert ocra.check(KEY, "483920", ocra.respond(KEY, "483920", 0), 0).ok
    assert ocra.check(KEY, "483920", ocra.respond(KEY, "483920", 10 * HOUR), HOUR) == ocra.Match(ok=False, off_by=540)


def test_every_step_of_the_window_is_compared_whichever_matches(monkeypatch):
    compared = []

    def counting(one, other):
        compared.append(one)
        return one == other

    monkeypatch.setattr(ocra.hmac, "compare_digest", counting)
    for steps in (-3, 0, 3):
        compared.clear()
        assert ocra.check(KEY, "483920", ocra.respond(KEY, "483920", NOW + steps * 60), NOW).ok
        assert len(compared) == 7


@pytest.mark.parametrize("response", ["", "8648", "9" * 10_000, "８６４８８４００", "\ud800", "8648840\0"])
def test_any_text_can_be_offered_as_a_response(response):
    assert ocra.check(KEY, "483920", response, NOW) == ocra.Match(ok=False, off_by=None)


@pytest.mark.parametrize("question", ["48392", "4839200", "４８３９２０", "48392\n", "abcdef", ""])
def test_only_six_digits_are_a_question(question):
    with pytest.raises(ProtocolError):
        ocra.respond(KEY, question, NOW)
    with pytest.raises(ProtocolError):
        ocra.check(KEY, question, "12345678", NOW)


@pytest.mark.parametrize(
    "typed",
    [
        "03037340",
        "0303 7340",
        " 0303-7340 ",
        "0303\u00a07340",
        "0303\u20117340",
        "0303\u2013\u20147340",
        "0303\u22127340",
        "０３０３　７３４０",
        "0-3-0-3-7-3-4-0",
        "\t0303\r\n7340",
        "\ufeff0303\u200b7340",
        "0303\ufe637340",
        "𝟎𝟑𝟎𝟑𝟕𝟑𝟒𝟎",
    ],
)
def test_a_response_may_be_grouped_in_any_way_and_keeps_its_leading_zero(typed):
    assert ocra.read_response(typed) == "03037340"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0303734",
        "030373400",
        "0303734x",
        "+3037340",
        "1e700000",
        "0303.7340",
        "٠٣٠٣٧٣٤٠",
        "०३०३७३४०",
        "0303_7340",
        "9" * 10_000,
        "03037340" + " " * 57,
        "0303734\0",
    ],
)
def test_anything_but_eight_digits_is_no_response(typed):
    assert ocra.read_response(typed) is None


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("483 920", "483920"),
        ("４８３－９２０", "483920"),
        ("000016", "000016"),
        ("48392", None),
        ("4839201", None),
        ("൪൮൩൯൨൦", None),
    ],
)
def test_a_number_is_six_digits_read_the_same_way(typed, means):
    assert ocra.read_number(typed) == means


@given(st.text(max_size=80))
def test_reading_never_raises_and_gives_ascii_digits_or_nothing(typed):
    for read, count in ((ocra.read_response, 8), (ocra.read_number, 6)):
        text = read(typed)
        assert text is None or re.fullmatch(rf"[0-9]{{{count}}}", text)
