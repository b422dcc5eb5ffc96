"""A key that came without the one before it, or a passkey that nobody was asked about, is no strong one for a day."""

import json

import pytest

from tests.applications.devices import begun, press, question, redeem, trading, type_code
from tests.applications.rp import said, went
from tests.factories import PIN, desk
from tests.stories.lost import activate_at, take
from tests.stories.recovering import recovered
from tests.stories.ways import sign_in, sign_out, text
from tests.stories.webauthn import add_passkey, by_passkey

DAY = 86_400
ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "values": ["key"]}}})


@pytest.fixture
def thief(mara, codes):
    return desk()


@pytest.fixture
def theirs(mara, codes, thief):
    """The phone of whoever has Mara's password and her sheet: they are signed in with it."""
    recovered(thief, mara, codes[2])
    take(thief)
    new = activate_at(thief)
    sign_out(thief)
    sign_in(thief, mara, new)
    return new


def test_it_is_asked_for_no_approval_and_no_sign_in_until_its_day_is_over(one_clock, theirs, bank):
    bank.action()
    bank.begin()
    assert not theirs.challenges()
    one_clock.shift(DAY)
    asked = bank.action()
    theirs.approve(theirs.challenge(), PIN)
    assert bank.look(asked)["state"] == "approved"


def test_the_page_of_the_action_says_until_when(mara, theirs, thief, bank):
    page = thief.get(f"/actions/{bank.action(expires_in=3600)}/")
    assert "it approves nothing for applications until" in text(page)
    assert "again/" not in page.content.decode()


def test_to_the_application_it_looks_as_if_nobody_answered(one_clock, theirs, bank):
    held, unknown = (bank.propose(person=name).json() for name in ("mara", "nobody"))
    assert {**held, "id": "", "url": ""} == {**unknown, "id": "", "url": ""}
    held, unknown = (bank.ask(login_hint=name).json() for name in ("mara", "nobody"))
    assert {**held, "auth_req_id": ""} == {**unknown, "auth_req_id": ""}


def test_its_sign_ins_are_told_as_no_strong_ones_until_its_day_is_over(one_clock, mara, theirs, thief, party):
    claims = party.told(party.enter(thief))
    assert (claims["acr"], claims["amr"]) == ("mfa", ["pwd", "swk", "pin", "mfa"])
    assert said(went(thief.get(party.address(claims=ESSENTIAL))))["error"] == "unmet_authentication_requirements"
    one_clock.shift(DAY)
    sign_in(thief, mara, theirs)
    assert party.told(party.enter(thief))["acr"] == "key"


def test_nobody_signs_in_again_for_a_level_that_their_day_does_not_give(theirs, thief, party):
    assert party.told(party.enter(thief, acr_values="key"))["acr"] == "mfa"


def test_a_device_that_it_approves_is_told_as_no_strong_sign_in(theirs, thief, db):
    waiting = begun(trading())
    type_code(thief, waiting.user_code)
    press(thief, waiting)
    theirs.approve(question(theirs), PIN)
    assert redeem(waiting).acr == "mfa"


def test_a_passkey_that_came_beside_a_key_today_is_told_as_no_strong_one(one_clock, mara, inside, party):
    laptop = add_passkey(inside)
    assert party.told(party.enter(inside))["acr"] == "key"
    sign_out(inside)
    by_passkey(inside, mara, laptop)
    assert party.told(party.enter(inside))["acr"] == "mfa"
    one_clock.shift(DAY + 1)
    by_passkey(inside, mara, laptop)
    assert party.told(party.enter(inside))["acr"] == "phr"


def test_the_first_passkey_that_somebody_has_is_a_strong_one_at_once(mara, laptop, here, party):
    by_passkey(here, mara, laptop)
    assert party.told(party.enter(here))["acr"] == "phr"
