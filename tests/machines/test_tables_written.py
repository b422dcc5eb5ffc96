"""The tables of moves, written out a second time: whoever changes one says so here, and why in docs/architecture.md."""

import pytest

from accounts import lifecycle as accounts
from accounts.lifecycle import Machine
from applications import lifecycle as applications
from twofactor import lifecycle as twofactor

MACHINES = {
    name: each
    for module in (accounts, twofactor, applications)
    for name, each in vars(module).items()
    if isinstance(each, Machine)
}
# R-01 for a sign-in and its challenge; section 11 of docs/protocol.md for activations and keys.
WRITTEN = {
    "LOGIN": """
        begins pending
        approve: pending > approved
        claim: approved > consumed
        cancel: approved pending > cancelled
        fail: approved pending > failed
        supersede: approved pending > superseded
        lapse: approved pending > expired
    """,
    "TEMPORARY": """
        begins dormant
        wake: dormant > awake
        use: awake > used
        end: awake dormant > over
    """,
    "CHALLENGE": """
        begins pending
        approve: pending > approved
        deny: pending > denied
        supersede: pending > superseded
        fail: pending > failed
        lapse: pending > expired
    """,
    "ACTIVATION": """
        begins fresh
        claim: fresh > claimed
        ask: claimed > confirm
        use: claimed confirm > used
        burn: claimed confirm fresh > burned
        lapse: claimed confirm fresh > expired
    """,
    "KEY": """
        begins pending
        activate: pending > active
        replace: active locked > replaced
        lock: active > locked
        revoke: active locked pending > revoked
    """,
    "PASSKEY": """
        begins active
        lock: active > locked
        end: active locked > ended
    """,
    "TOTP": """
        begins new
        prove: new > active
        drop: new > dropped
        end: active > ended
    """,
    "DEVICE": """
        begins fresh
        claim: fresh > claimed
        approve: claimed > approved
        deny: approved claimed fresh > denied
        use: approved > used
        lapse: approved claimed fresh > expired
    """,
    "PHONE_SIGN_IN": """
        begins pending
        approve: pending > approved
        deny: approved pending > denied
        use: approved > used
        lapse: approved pending > expired
    """,
    "ACTION": """
        begins pending
        approve: pending > approved
        decline: pending > declined
        cancel: pending > cancelled
        lapse: pending > expired
    """,
    "PART": """
        begins waiting
        approve: waiting > approved
        decline: waiting > declined
        lapse: approved > waiting
    """,
    "PROPOSAL": """
        begins proposed
        approve: proposed > approved
        execute: approved > done
        cancel: approved proposed > cancelled
        lapse: approved proposed > lapsed
    """,
    "PERMIT": """
        begins fresh
        use: fresh > used
        burn: fresh > burned
    """,
    "SUBSCRIPTION": """
        begins none
        bring: gone new none suspect works > new
        forget: gone new suspect works > none
        prove: new suspect works > works
        doubt: new works > suspect
        end: new suspect works > gone
    """,
    "PHONE": """
        begins unverified
        verify: unverified > verified
        drop: unverified > dropped
        retire: verified > retired
        restore: retired > verified
    """,
    "CODE": """
        begins live
        use: live > used
        burn: live > burned
        replace: live > replaced
    """,
    "DELIVERY": """
        begins queued
        take: queued > sending
        hand: sending > handed
        retry: sending > queued
        deliver: failed handed queued sending > delivered
        fail: handed queued sending > failed
    """,
    "SHEET": """
        begins new
        prove: new > active
        replace: active new > replaced
        revoke: active new > revoked
        restore: replaced > active
    """,
    "PASSCODE": """
        begins issued
        use: issued > used
        end: issued used > ended
    """,
}


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_makes_the_moves_that_are_written_here_and_no_other(name):
    """R-01: what is not in the table does not exist."""
    machine = MACHINES[name]
    lines = [f"begins {machine.start}"]
    lines += [
        f"{event}: {' '.join(sorted(machine.sources(event)))} > {machine.target(event)}" for event in machine.moves
    ]
    assert lines == [line.strip() for line in WRITTEN[name].strip().splitlines()]


def test_every_machine_is_written_here():
    assert MACHINES.keys() == WRITTEN.keys()


def test_a_table_is_fixed_once_it_stands():
    """Nothing that runs can add a move."""
    with pytest.raises(AttributeError):
        accounts.LOGIN.start = "approved"


def test_a_move_that_is_not_in_the_table_is_an_error():
    for ask in (accounts.LOGIN.sources, accounts.LOGIN.target):
        with pytest.raises(KeyError):
            ask("approve_again")
