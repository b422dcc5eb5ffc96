"""The tables of states and moves: what they allow, and that a row moves along them and in no other way."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.lifecycle import LOGIN, TEMPORARY
from accounts.models import Login, TemporaryPassword
from tests.factories import person
from twofactor.lifecycle import (
    ACTIVATION,
    CHALLENGE,
    CODE,
    DELIVERY,
    KEY,
    PASSCODE,
    PASSKEY,
    PERMIT,
    PHONE,
    PROPOSAL,
    SHEET,
    TOTP,
)
from twofactor.models import (
    Activation,
    Challenge,
    Code,
    Delivery,
    Passcode,
    Passkey,
    Permit,
    Phone,
    PortalKey,
    Proposal,
    RecoverySheet,
    Totp,
)

MACHINES = {
    "login": LOGIN,
    "challenge": CHALLENGE,
    "activation": ACTIVATION,
    "key": KEY,
    "phone": PHONE,
    "code": CODE,
    "delivery": DELIVERY,
    "temporary": TEMPORARY,
    "proposal": PROPOSAL,
    "permit": PERMIT,
    "sheet": SHEET,
    "passcode": PASSCODE,
    "passkey": PASSKEY,
    "totp": TOTP,
}
FINAL = {
    "login": {"consumed", "cancelled", "failed", "superseded", "expired"},
    "challenge": {"approved", "denied", "superseded", "failed", "expired"},
    "activation": {"used", "burned", "expired"},
    "key": {"replaced", "revoked"},
    # A number that was retired may stand again while its change can be stopped.
    "phone": {"dropped"},
    "code": {"used", "burned", "replaced"},
    # After "failed" a late "delivered" is better news.
    "delivery": {"delivered"},
    "temporary": {"used", "over"},
    "proposal": {"done", "cancelled", "lapsed"},
    "permit": {"used", "burned"},
    "sheet": {"revoked"},
    "passcode": {"ended"},
    "passkey": {"ended"},
    "totp": {"dropped", "ended"},
}


@pytest.mark.parametrize("name", MACHINES)
def test_what_is_final_stays(name):
    machine = MACHINES[name]
    assert {state for state in machine.states if machine.is_final(state)} == FINAL[name]


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_can_be_reached_and_no_move_leads_back_to_the_start(name):
    machine, reached = MACHINES[name], {MACHINES[name].start}
    for _ in machine.states:
        reached |= {machine.target(event) for event in machine.moves if machine.sources(event) & reached}
    assert reached == machine.states
    back = {event for event in machine.moves if machine.target(event) == machine.start}
    # Only a delivery that was not taken over waits for its next attempt.
    assert back == ({"retry"} if name == "delivery" else set())


def test_only_a_claim_consumes_a_sign_in_and_only_an_approval_comes_before_it():
    assert [event for event in LOGIN.moves if LOGIN.target(event) == "consumed"] == ["claim"]
    assert LOGIN.sources("claim") == {"approved"}
    assert [event for event in LOGIN.moves if LOGIN.target(event) == "approved"] == ["approve"]
    assert LOGIN.sources("approve") == {"pending"}


def test_a_question_is_decided_once():
    assert all(CHALLENGE.sources(event) == {"pending"} for event in CHALLENGE.moves)


def test_nothing_unlocks_a_key():
    """R-83: a locked key is replaced or revoked."""
    assert {KEY.target(event) for event in KEY.moves if "locked" in KEY.sources(event)} == {"replaced", "revoked"}


def test_nothing_unlocks_a_passkey_or_brings_one_back():
    """R-83."""
    assert not [event for event in PASSKEY.moves if PASSKEY.target(event) == "active"]
    assert [event for event in TOTP.moves if TOTP.target(event) == "active"] == ["prove"]


def test_a_number_is_verified_only_by_its_code_or_by_undoing_a_change():
    """R-83."""
    assert {event for event in PHONE.moves if PHONE.target(event) == "verified"} == {"verify", "restore"}
    assert PHONE.sources("verify") == {"unverified"}
    assert PHONE.sources("restore") == {"retired"}


def test_only_an_opening_makes_a_temporary_password_good_and_it_is_used_once():
    assert TEMPORARY.sources("wake") == {"dormant"}
    assert TEMPORARY.sources("use") == {"awake"}


def test_nothing_is_done_to_a_factor_that_nobody_else_has_approved():
    assert PROPOSAL.sources("execute") == {"approved"}
    assert PROPOSAL.sources("approve") == {"proposed"}


def test_a_code_is_over_once():
    assert all(CODE.sources(event) == {"live"} for event in CODE.moves)


def test_what_was_delivered_is_never_sent_again():
    assert not any("delivered" in DELIVERY.sources(event) for event in DELIVERY.moves)
    assert DELIVERY.sources("take") == {"queued"}


# --- Rows ---


def rows():
    """One row of each machine, made by hand: here the tables are the subject and not the roads."""
    mara, soon = person("mara"), timezone.now() + timedelta(minutes=5)
    login = Login.objects.create(user=mara, auth_epoch=1, browser="", expires=soon)
    jwk = {"public_jwk": {}, "sealing_jwk": {}, "sealed_response_key": "x"}
    key = PortalKey.objects.create(user=mara, kid="k" * 43, name="Pixel", platform="other", **jwk)
    challenge = Challenge.objects.create(
        key=key, login=login, mode="tap", question="000000", nonce="n", display={}, expires=soon
    )
    activation = Activation.objects.create(user=mara, session_key="s", code_digest="d", expires=soon)
    phone = Phone.objects.create(user=mara, name="+852", sealed_number="x", fingerprint="f", country="HK", ending="67")
    code = Code.objects.create(user=mara, phone=phone, login=login, expires=soon)
    delivery = Delivery.objects.create(
        user=mara, way="text", kind="sign-in", phone=phone, code=code, language="en", deadline=soon
    )
    made = {"login": login, "challenge": challenge, "activation": activation, "key": key}
    temporary = TemporaryPassword.objects.create(user=mara, hash="h", expires=soon)
    return {
        **made,
        "phone": phone,
        "code": code,
        "delivery": delivery,
        "temporary": temporary,
        **staffed(mara, key),
        **lost(login),
        "passkey": Passkey.objects.create(user=mara, name="Laptop", credential_id="c", public_key="k", user_handle="h"),
        "totp": Totp.begin(mara),
    }


def lost(login):
    """What helps when the phone is gone."""
    sheet = RecoverySheet.objects.create(user=login.user, name="recovery codes")
    return {"sheet": sheet, "passcode": Passcode.fresh(login, staff=login.user, second=None, why="lost")}


def staffed(mara, key):
    """What staff have proposed about Mara, and what the console has printed for her."""
    return {"proposal": Proposal.objects.create(user=mara, what="key", key=key), "permit": Permit.fresh(mara)}


@pytest.mark.parametrize("name", MACHINES)
def test_a_row_makes_the_moves_of_its_table_and_no_other(db, name):
    machine, row = MACHINES[name], rows()[name]
    model = type(row)
    for state in machine.states:
        for event in machine.moves:
            model.objects.filter(pk=row.pk).update(state=state)
            row.refresh_from_db()
            version = row.version
            allowed = state in machine.sources(event)
            assert row.move(event) is allowed
            again = model.objects.get(pk=row.pk)
            assert again.state == row.state == (machine.target(event) if allowed else state)
            assert again.version == version + allowed


@pytest.mark.parametrize("name", MACHINES)
def test_of_two_hands_on_one_row_one_wins(db, name):
    machine, row = MACHINES[name], rows()[name]
    one, other = (type(row).objects.get(pk=row.pk) for _ in range(2))
    first, second = [event for event in machine.moves if machine.start in machine.sources(event)][:2]
    assert one.move(first)
    if machine.target(first) not in machine.sources(second):
        assert not other.move(second)
        other.refresh_from_db()
        assert other.state == machine.target(first)


def test_a_condition_that_does_not_hold_moves_nothing(db):
    login = rows()["login"]
    assert not login.move("approve", when=Q(expires__lt=timezone.now()), factor="key")
    login.refresh_from_db()
    assert (login.state, login.factor, login.version) == ("pending", "", 1)


def test_a_move_that_is_in_no_table_is_a_mistake(db):
    with pytest.raises(KeyError):
        rows()["login"].move("unlock")
