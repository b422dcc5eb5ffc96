"""H10, H11: a recovery code or a passcode of the support desk lets in whose phone is gone, and is enough to move."""

import pytest

from tests.factories import desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.lost import MOVE, activate_at, take
from tests.stories.recovering import SHEET, issued, recovered, sheet_of, type_passcode
from tests.stories.ways import approve, ask_old, is_in, sign_in, sign_out, text
from twofactor.models import PortalKey, RecoverySheet

DAY = 86_400
OTHER_PIN = "9z9z"


def held(user):
    user.refresh_from_db()
    return user.held_until is not None


# --- A recovery code ---


def test_a_recovery_code_is_enough_to_move_and_a_hold_follows(mara, codes, here):
    recovered(here, mara, codes[2])
    assert "Without the old phone" in text(here.get(MOVE))
    take(here)
    new = activate_at(here)
    assert held(mara)
    assert sorted(PortalKey.objects.values_list("state", flat=True)) == ["active", "replaced"]
    assert "Portal Key has moved" in text(here.get(MOVE))
    sign_out(here)
    sign_in(desk(), mara, new)


def test_within_the_hold_no_other_recovery_codes_are_made(one_clock, mara, codes, here):
    recovered(here, mara, codes[2])
    take(here)
    new = activate_at(here)
    sign_out(here)
    sign_in(here, mara, new)
    here.post(f"{SHEET}make/")
    assert "stay as they are until" in text(here.get(SHEET))
    assert not RecoverySheet.objects.filter(state="new").exists()
    one_clock.shift(DAY)
    sign_in(here, mara, new)
    here.post(f"{SHEET}make/")
    assert RecoverySheet.objects.filter(state="new").exists()


def test_two_moves_in_a_row_are_one_too_many(mara, codes, here):
    """Whoever has found the sheet does not take over at once what its owner has just moved."""
    recovered(here, mara, codes[2])
    take(here)
    own = activate_at(here)
    thief = desk()
    recovered(thief, mara, codes[3])
    page = thief.get(MOVE)
    assert page.context["way"].name == "held"
    assert "Not yet without the phone" in text(page)
    assert take(thief) == ""
    sign_out(here)
    sign_in(here, mara, own)


# --- A forgotten PIN ---


def test_who_forgot_the_pin_forgets_the_key_and_activates_the_same_phone_anew(mara, pocket, codes, here):
    """H10. The key is locked by it and not gone: the password alone lets nobody in meanwhile."""
    pocket.revoke()
    pocket.keys.clear()
    give_password(here, mara)
    assert not is_in(here)
    assert "Sign in another way" in text(here.get("/sign-in/verify/"))
    recovered(here, mara, codes[1])
    take(here)
    activate_at(here, pocket, pin=OTHER_PIN)
    sign_out(here)
    give_password(here, mara)
    with pytest.raises(Problem) as wrong:
        approve(here, pocket)
    assert wrong.value.code == "wrong-pin"
    approve(here, pocket, OTHER_PIN)
    finish(here)
    assert is_in(here)


# --- A passcode ---


@pytest.fixture
def staff(mara):
    return person("sol", is_staff=True)


@pytest.fixture
def passcode(mara, pocket, staff, here):
    """Mara has called the desk, and wrote down what her page showed; it has let her in once."""
    code = issued(here, mara, staff)
    type_passcode(here, code)
    assert is_in(here)
    return code


def test_a_passcode_is_enough_to_move_and_ends_with_it(mara, passcode, here):
    take(here)
    activate_at(here)
    assert held(mara)
    there = desk()
    give_password(there, mara)
    type_passcode(there, passcode)
    assert not is_in(there)


def test_after_its_two_full_days_it_opens_the_way_to_a_new_phone_and_nothing_else(one_clock, mara, passcode, here):
    sign_out(here)
    one_clock.shift(2 * DAY + 60)
    give_password(here, mara)
    type_passcode(here, passcode)
    assert here.get("/")["Location"] == MOVE
    assert here.get(MOVE).status_code == 200
    assert here.get("/security/key/status/").status_code == 200
    assert take(here)
    activate_at(here)
    assert held(mara)


# --- An alarm ---


def test_not_me_to_a_move_takes_back_the_codes_that_this_session_made(one_clock, mara, pocket, codes, known):
    thief = desk()
    sign_in(thief, mara, pocket)
    stolen = sheet_of(thief)
    ask_old(thief)
    (question,) = [each for each in pocket.challenges() if each["purpose"] == "action"]
    pocket.not_me(question)
    known.defaults["REMOTE_ADDR"] = "203.0.113.50"
    give_password(known, mara)
    known.post("/sign-in/verify/recovery/", {"code": stolen[4]})
    assert known.get("/")["Location"].startswith("/sign-in/")
    known.post("/sign-in/verify/recovery/", {"code": codes[4]})
    assert known.get("/")["Location"] == "/security/password/due/"
