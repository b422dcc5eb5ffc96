"""Text that others read: what no eye sees is not in it (R-74)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import text
from accounts.models import User, normal_username
from tests.factories import person
from twofactor.forms import Reason

HIDDEN = "\u202e\u2066\u200b\u00ad\ufeff\x00\x1b\x7f"


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
