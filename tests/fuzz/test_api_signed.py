"""What a real key says, nearly right: nothing breaks, and nothing moves that was not said rightly (AT-006, AT-132)."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction
from hypothesis import given

from tests.factories import give_password
from tests.fuzz.api import described, everything, told
from tests.fuzz.claims import WRONG, acts, changes, names, say
from tests.fuzz.much import tries

KINDS = ("inbox", "answer", "seen", "open", "push", "test", "label", "pin", "revoke")


@pytest.fixture
def waiting(mara, pocket, here):
    """Mara's phone, on which a sign-in waits and a message lies."""
    give_password(here, mara)
    return pocket


@pytest.fixture
def said(waiting):
    """Say something, see that it moves nothing unless all of it was right, and take it back; whether it was taken."""
    schema = described()
    # After whatever the test has done: each try is taken back, so nothing else changes.
    rows = cache(everything)

    def tell(act, changed, by=None):
        before = rows()
        spoken = say(act, waiting, changed, by)
        begun = transaction.savepoint()
        try:
            body = {"statements": [spoken.statement]} if act.many else {"statement": spoken.statement}
            response = told(schema[act.path]["POST"], act.names, body)
            assert response.status_code < 500
            taken = response.status_code < 400
            assert spoken.right if taken else everything() == before, f"{changed} was taken, or left something behind"
            return taken
        finally:
            transaction.savepoint_rollback(begun)

    return tell


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_right_in_every_part_moves_anything(waiting, said, kind):
    act = next(each for each in acts(waiting) if each.kind == kind)
    assert said(act, {})
    assert not said(act, {}, by=ec.generate_private_key(ec.SECP256R1()))
    for name in names(act):
        for value in WRONG:
            said(act, {name: value})

    @tries(3, 2000)
    @given(changes(act))
    def walk(changed):
        said(act, changed)

    walk()
