"""With a key and texts both, a person chooses (E10); what is weaker is told of, and what is not offered is not sent."""

import pytest

from accounts.models import Login
from tests.factories import desk, finish, give_password
from tests.stories.carried import (
    add_key,
    again,
    by_key,
    call,
    carry,
    choose,
    chooser,
    code_to,
    codes_to,
    messages,
    sent,
    switch_texts,
    text_in,
    type_code,
    verify_number,
)
from tests.stories.ways import approve, events, is_in, sign_in, sign_out, state, text

PAGE = "/sign-in/verify/code/"
VERIFY = "/sign-in/verify/"


# --- The list box ---


def test_with_one_kind_there_is_nothing_to_choose(eli, mara, pocket, here):
    give_password(here, eli)
    assert chooser(here) is None
    there = desk()
    give_password(there, mara)
    assert chooser(there, VERIFY) is None
    assert "Select second factor device" not in text(here.get(PAGE)) + text(there.get(VERIFY))


def test_with_two_kinds_it_offers_both_and_shows_the_one_that_is_waited_for(eli, pocket_of_eli, here):
    give_password(here, eli)
    assert chooser(here) == (["key", "text"], "text")
    choose(here, "key")
    assert chooser(here, VERIFY) == (["key", "text"], "key")
    assert "Select second factor device" in text(here.get(VERIFY))
    assert "Text to +852 •••• 67" in text(here.get(VERIFY))


def test_what_was_used_last_comes_first(eli, pocket_of_eli, here):
    give_password(here, eli)
    assert len(codes_to()) == 1
    assert pocket_of_eli.challenges() == []
    sign_out(here)
    by_key(here, eli, pocket_of_eli)
    sign_out(here)
    assert give_password(here, eli)["Location"] == VERIFY
    assert len(codes_to()) == 1
    assert len(pocket_of_eli.challenges()) == 1
    choose(here, "text")
    type_code(here, code_to())
    sign_out(here)
    assert give_password(here, eli)["Location"] == PAGE


def test_where_neither_was_used_the_key_comes_first(handset, mara, pocket, here):
    sign_in(here, mara, pocket)
    verify_number(here)
    switch_texts(here, True)
    Login.objects.update(factor="password")
    there = desk()
    assert give_password(there, mara)["Location"] == VERIFY


def test_choosing_sends_once_and_coming_back_sends_nothing(eli, pocket_of_eli, here):
    give_password(here, eli)
    for _ in range(3):
        choose(here, "key")
        choose(here, "text")
    assert len(codes_to()) == 1
    assert len(pocket_of_eli.challenges()) == 1


def test_whichever_comes_first_decides_and_the_other_is_over(eli, pocket_of_eli, here):
    give_password(here, eli)
    choose(here, "key")
    code = code_to()
    approve(here, pocket_of_eli)
    type_code(here, code)
    finish(here)
    assert is_in(here)
    there = desk()
    give_password(there, eli)
    choose(there, "text")
    type_code(there, code_to())
    assert is_in(there)
    assert pocket_of_eli.challenges() == []


def test_a_refusal_on_the_phone_ends_the_code_too(eli, pocket_of_eli, here):
    give_password(here, eli)
    code = code_to()
    choose(here, "key")
    pocket_of_eli.not_me(pocket_of_eli.challenge())
    type_code(here, code)
    again(here)
    assert not is_in(here)
    assert state(here) == "denied"


def test_a_kind_that_does_not_exist_is_not_chosen(eli, pocket_of_eli, here):
    give_password(here, eli)
    before = len(codes_to())
    for kind in ("", "none", "password", "text ", "TEXT", "key,text", "x" * 10_000):
        choose(here, kind)
    carry()
    assert len(codes_to()) == before
    assert state(here) == "waiting"
    finish(here)
    assert not is_in(here)


def test_choosing_is_for_whoever_waits(eli, pocket_of_eli):
    nobody = desk()
    assert choose(nobody, "text")["Location"] == "/sign-in/"
    assert sent(kind="sign-in", state="queued") == []


# --- Downgrades (AT-045, AT-046) ---


@pytest.mark.parametrize("road", ["choose", "again", "call", "type", "open"])
def test_texts_that_rest_are_refused_at_every_door_and_recorded(handset, mara, pocket, here, road):
    sign_in(here, mara, pocket)
    verify_number(here)
    sign_out(here)
    give_password(here, mara)
    carry()
    before = messages()
    answer = {
        "choose": lambda: choose(here, "text"),
        "again": lambda: again(here),
        "call": lambda: call(here),
        "type": lambda: type_code(here, "123456"),
        "open": lambda: here.get(PAGE),
    }[road]()
    assert answer["Location"] == VERIFY
    carry()
    assert messages() == before
    assert events("factor.downgrade") == ([] if road == "open" else [("refused", "text")])
    finish(here)
    assert not is_in(here)


def test_a_field_in_another_form_changes_no_factor(eli, here):
    """AT-046: what a browser adds to what it sends is not read."""
    text_in(here, eli)
    add_key(here)
    sign_out(here)
    extra = {"kind": "text", "method": "sms", "factor": "text", "device": "phone", "device_id": "twofactor.phone/1"}
    sent_before = len(codes_to())
    there = desk()
    there.post("/sign-in/", {"username": "eli", "password": "correct horse battery staple", **extra})
    for path in ("/sign-in/verify/again/", "/sign-in/finish/", "/sign-in/verify/manual/"):
        there.post(path, {**extra, "response": "12345678"})
    assert len(codes_to()) == sent_before
    assert not is_in(there)


def test_somebody_without_any_number_gets_nothing(mara, pocket, handset, here):
    give_password(here, mara)
    choose(here, "text")
    again(here)
    carry()
    assert sent() == []
    assert events("factor.downgrade") == [("refused", "text")] * 2


def test_choosing_a_key_that_is_not_there_is_no_way_round_the_code(eli, here):
    give_password(here, eli)
    choose(here, "key")
    finish(here)
    assert not is_in(here)
