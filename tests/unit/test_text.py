"""Text that others read: what no eye sees is not in it (R-74)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import text
from accounts.models import User, normal_username
from tests.factories import person
from twofactor.forms import Reason

HIDDEN = "\u202e\u2066\u200b\u00ad\ufeff\x00\x1b\x7f"
# Letters, marks and signs, and yet nothing to see.
BLANK = "\u2800\u3164\u115f\u1160\uffa0\u034f\ufe0f\u17b4\u180b\U000e0100"


@given(st.text(max_size=200))
def test_a_line_is_one_line_that_can_be_seen(typed):
    kept = text.line(typed, 64)
    assert len(kept) <= 64
    assert kept == kept.strip()
    assert kept.isprintable()
    assert text.line(kept, 64) == kept


@given(st.text(max_size=200))
def test_lines_stay_lines(typed):
    kept = text.lines(typed)
    assert all(each.isprintable() for each in kept.split("\n"))
    assert text.lines(kept) == kept


def test_what_no_eye_sees_is_nothing():
    assert text.line(BLANK, 64) == ""
    assert text.line(f"Pay{BLANK} 5", 64) == "Pay 5"


def test_a_letter_carries_no_heap_of_marks():
    assert text.line("a" + 100 * "\u0335" + "b", 64) == "a\u0335\u0335b"


def test_what_stood_between_a_letter_and_its_mark_makes_no_second_spelling():
    assert text.line("e\u034f\u0301", 64) == text.line("e\u200b\u0301", 64) == "\u00e9"


def test_languages_with_marks_keep_theirs():
    """Vietnamese, Thai, Hindi, Hebrew, Arabic."""
    words = ("Vi\u1ec7t", "\u0e19\u0e49\u0e33\u0e1b\u0e31\u0e48\u0e19", "\u0915\u094d\u0937\u093f")
    for word in (*words, "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u0645\u0651\u064f"):
        assert text.line(word, 64) == unicodedata.normalize("NFC", word)


def test_what_people_write_stays():
    for words in ("Pixel 9", "\u624b\u6a5f", "D\u00e9j\u00e0 vu", "\U0001f4f1 Phone", "<script>"):
        assert text.line(words, 64) == words
    assert text.lines("One.\r\nTwo.\n\nThree.") == "One.\nTwo.\n\nThree."


def test_the_name_of_a_person_is_cleaned_however_it_is_saved(db):
    """It stands in what a phone signs (AT-075)."""
    user = person("mara", name=f"M{HIDDEN}ara\n Lee")
    assert User.objects.get(pk=user.pk).name == "Mara Lee"
    user.name = "\u202eeeL araM"
    user.save(update_fields=["name"])
    assert User.objects.get(pk=user.pk).name == "eeL araM"


def test_a_username_with_something_hidden_is_the_same_username(db):
    """AT-095."""
    user = person("mara")
    assert normal_username("\u200bMA\u202eRA\ufeff ") == "mara"
    assert User.objects.get_by_natural_key("ma\u00adra") == user


@pytest.mark.parametrize("longest", [64, 500])
def test_a_reason_is_cleaned_and_is_not_empty(longest):
    form = Reason({"reason": f"Ticket{HIDDEN.replace(chr(0), '')} 7"}, longest=longest)
    assert form.is_valid()
    assert form.cleaned_data["reason"] == "Ticket 7"
    assert not Reason({"reason": "\u200b\u202e"}, longest=longest).is_valid()
