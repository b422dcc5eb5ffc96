"""How a new password would do, in words; and that nothing too long is hashed, by whatever way it comes (R-43)."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts import policy
from accounts.hashing import BoundedArgon2
from accounts.passwords import WORDS, judge

MARA = SimpleNamespace(username="mara", name="Mara Lee-Wong", email="m.lee@flowers.example")

JUDGED = {
    "short": ["", "x", "eleven sign", "パスワード"],
    "common": [
        "password1234",
        "Password2026",
        "Pa$$w0rd2026!",
        "  password  !",
        "1qaz2wsx3edc",
        "!!sunshine!!",
    ],
    "pattern": [
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "abcabcabcabcabc",
        "kx7kx7kx7kx7kx7",
        "abcdefghijklmnop",
        "zyxwvutsrqponm",
        "0123456789abcd",
        "qwertyuiopasdfghjkl",
        "lkjhgfdsa0987654321",
        "12345678910111",
    ],
    "own": [
        "mara lee 2026",
        "MaraLeeWong!1",
        "m4r4-l33-2026",
        "flowers.example",
        "lee@flowers.example",
        "wong.wong.mara",
    ],
    "place": ["clientportal2026", "Client Portal!!", "cl13ntp0rtal99", "mara client portal"],
    "good": ["four words so", "correct horse", "kX9#mQ2$vL7p", "maras umbrella", "一二三四五六七八九十百千"],
    "strong": ["correct horse battery staple", "four entirely different words", "Zw9#mQ2$vL7pRt5&hN"],
}


@pytest.mark.parametrize(("verdict", "password"), [(name, each) for name, them in JUDGED.items() for each in them])
def test_it_judges_a_password(verdict, password):
    assert judge(password, MARA) == verdict


def test_every_verdict_has_words():
    assert set(JUDGED) == set(WORDS)


def test_without_a_person_there_is_nobodys_name_to_guess_from():
    assert judge("mara lee 2026") == "good"


@pytest.mark.parametrize("verdict", JUDGED)
def test_wherever_a_password_is_chosen_the_same_are_refused(verdict):
    for password in JUDGED[verdict]:
        if verdict in ("good", "strong"):
            validate_password(password, MARA)
        else:
            with pytest.raises(ValidationError) as refused:
                validate_password(password, MARA)
            assert refused.value.error_list[0].code == verdict


def test_nothing_above_4_kib_is_hashed_or_cut(monkeypatch):
    for name in ("memory_cost", "time_cost"):
        monkeypatch.setattr(BoundedArgon2, name, 8 if name == "memory_cost" else 1)
    longest = "x" * policy.PASSWORD_BYTES
    assert policy.PASSWORD_BYTES == 4096
    kept = make_password(longest)
    assert check_password(longest, kept)
    assert not check_password(longest[:-1], kept)
    assert not check_password(longest + "x", kept)
    assert not check_password("ä" * 2049, kept)
    with pytest.raises(ValueError, match="longer than"):
        make_password(longest + "x")
