"""From a claimed code to the one active key of a person."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import KnownBrowser, User
from tests.factories import PIN, desk, finish, give_password, phone
from tests.pocket import Problem, b64
from tests.stories.ways import (
    WRONG_PIN,
    activated,
    approve,
    code_at,
    code_state,
    events,
    is_in,
    move_code,
    new_code,
    number_at,
    sign_in,
    sign_out,
    state,
    text,
)
from twofactor.models import Activation, PortalKey


def claimed(browser, pocket=None):
    """A phone that has taken the code which this browser shows."""
    pocket = pocket or phone()
    pocket.claim(code_at(browser))
    return pocket


def refusal_of(act, *args, **kwargs):
    with pytest.raises(Problem) as refusal:
        act(*args, **kwargs)
    return refusal.value


# --- The one active key ---


def test_the_database_refuses_a_second_active_key(mara, pocket):
    """R-34: whatever the code above it does."""
    row = PortalKey.objects.get()
    PortalKey.objects.create(
        user=mara, kid="k" * 43, name="two", platform="other", public_jwk={}, sealing_jwk={}, sealed_response_key="x"
    )
    with transaction.atomic(), connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute("UPDATE twofactor_portalkey SET state = 'active' WHERE id <> %s", [row.pk])
    assert PortalKey.objects.filter(state="active").get() == row


def test_a_new_phone_takes_the_place_of_the_old_one(mara, pocket, known):
    sign_in(known, mara, pocket)
    waiting = desk()
    give_password(waiting, mara)
    question = pocket.challenge()
    move_code(known, pocket)
    second = claimed(known)
    second.activate(PIN, label="Second")
    assert sorted(PortalKey.objects.values_list("name", "state")) == [
        ("Mara Lee's Pixel", "replaced"),
        ("Second", "active"),
    ]
    # The old one answers nothing more, its question is gone, and so is the sign-in that waited for it.
    number = number_at(waiting) or "000000"
    for act in (
        pocket.inbox,
        lambda: pocket.approve(question, PIN, number=number),
        lambda: pocket.seen(question, "shown"),
    ):
        assert refusal_of(act).code == "key-inactive"
    assert second.challenges() == []
    assert state(waiting) == "failed"
    finish(waiting)
    assert not is_in(waiting)
    fresh = desk()
    sign_in(fresh, mara, second)


def test_its_sessions_end_but_the_one_that_showed_the_code(mara, pocket, known, here):
    sign_in(known, mara, pocket)
    sign_in(here, mara, pocket)
    move_code(here, pocket)
    claimed(here).activate(PIN)
    assert not is_in(known)
    assert is_in(here)


def test_the_session_that_showed_the_code_is_verified_by_the_new_key(mara, here):
    give_password(here, mara)
    assert here.get("/security/key/deactivate/").status_code == 302
    claimed(here).activate(PIN)
    assert here.get("/security/key/deactivate/").status_code == 200
    assert KnownBrowser.objects.count() == 0


def test_a_session_by_password_alone_ends_with_the_activation_elsewhere(mara, here):
    other = desk()
    give_password(other, mara)
    activated(here, mara)
    assert not is_in(other)


def test_an_approval_that_waits_for_its_claim_ends_with_the_old_key(mara, pocket, known):
    sign_in(known, mara, pocket)
    approved = desk()
    give_password(approved, mara)
    approve(approved, pocket)
    move_code(known, pocket)
    claimed(known).activate(PIN)
    finish(approved)
    assert not is_in(approved)


def test_both_the_old_and_the_new_key_are_in_the_record(mara, pocket, known):
    sign_in(known, mara, pocket)
    move_code(known, pocket)
    claimed(known).activate(PIN)
    assert events("key.replace") == [("ok", "")]
    assert events("key.activate") == [("ok", "")] * 2


def test_a_locked_key_is_replaced_too(mara, pocket, known):
    sign_in(known, mara, pocket)
    PortalKey.objects.update(state="locked")
    new_code(known)
    claimed(known).activate(PIN)
    assert sorted(PortalKey.objects.values_list("state", flat=True)) == ["active", "replaced"]


# --- Already enrolled ---


def test_the_same_authenticator_twice_is_told_apart(mara, pocket, known):
    """The desk and the device say the true cause: nothing is wrong, it is active already."""
    sign_in(known, mara, pocket)
    move_code(known, pocket)
    claimed(known, pocket)
    refusal = refusal_of(pocket.activate, PIN)
    assert (refusal.status, refusal.code) == (409, "already-enrolled")
    assert code_state(known) == "burned"
    page = text(known.get("/security/key/"))
    assert "That phone is active already" in page
    assert "Test it now" in page
    assert is_in(known)
    sign_out(known)
    sign_in(known, mara, pocket)


def test_it_tells_so_only_after_the_pin_proved_the_authenticator(mara, pocket, known):
    sign_in(known, mara, pocket)
    move_code(known, pocket)
    claimed(known, pocket)
    assert refusal_of(pocket.activate, WRONG_PIN).code == "wrong-pin"
    assert code_state(known) == "claimed"


def test_a_device_that_lost_its_key_may_activate_again(mara, pocket, known):
    sign_in(known, mara, pocket)
    move_code(known, pocket)
    again = phone()
    claimed(known, again).activate(PIN)
    sign_out(known)
    sign_in(known, mara, again)


# --- What must fit ---


def test_a_response_that_does_not_fit_is_refused_three_times(mara, here):
    """Both sides must compute alike before a key becomes active."""
    give_password(here, mara)
    pocket = claimed(here)
    assert [refusal_of(pocket.activate, PIN, response="00000000").body["attempts_left"] for _ in range(3)] == [2, 1, 0]
    assert refusal_of(pocket.activate, PIN).code == "code-unknown"
    assert not PortalKey.objects.filter(state="active").exists()


def test_a_phone_whose_clock_is_off_learns_the_time_and_activates(mara, here):
    pocket = phone(ahead=-90_000)
    activated(here, mara, pocket)
    sign_out(here)
    sign_in(here, mara, pocket)


BAD_CLAIMS = [
    {"response_key": b64(b"short")},
    {"response_key": "!"},
    {"response_key": 7},
    {"response": 12345678},
    {"label": ""},
    {"label": "\u202e\u200b\0"},
    {"label": "\u202e\u200b"},
    {"label": 7},
    {"enc": {}},
    {"enc": "text"},
    {"enc": {"kty": "EC", "crv": "P-256", "x": b64(bytes(32)), "y": b64(bytes(32))}},
    {"platform": None},
    {"companion": []},
    {"companion": {}},
    {"companion": "text"},
    {"companion": {"kid": "x"}},
]


@pytest.mark.parametrize("claims", BAD_CLAIMS, ids=range(len(BAD_CLAIMS)))
def test_a_statement_of_the_wrong_shape_is_malformed(mara, here, claims):
    give_password(here, mara)
    pocket = claimed(here)
    refusal = refusal_of(pocket.activate, PIN, **claims)
    assert (refusal.status, refusal.code) == (400, "malformed")
    pocket.activate(PIN)


BAD_SIGNS = [
    {"aud": "https://evil.example"},
    {"iat": 1},
    {"nonce": "A" * 43},
    {"activation": "A" * 22},
]


@pytest.mark.parametrize("claims", BAD_SIGNS, ids=lambda claims: next(iter(claims)))
def test_a_statement_meant_for_something_else_is_refused(mara, here, claims):
    give_password(here, mara)
    pocket = claimed(here)
    refusal = refusal_of(pocket.activate, PIN, **claims)
    assert (refusal.status, refusal.code) == (403, "bad-signature")
    pocket.activate(PIN)


def test_an_unknown_platform_is_another(mara, here):
    give_password(here, mara)
    claimed(here).activate(PIN, platform="<script>")
    assert PortalKey.objects.get().platform == "other"


# --- Who may ---


def test_nobody_activates_for_somebody_who_may_not_sign_in(mara, here):
    give_password(here, mara)
    pocket = claimed(here)
    User.objects.update(is_active=False)
    assert refusal_of(pocket.activate, PIN).code == "code-unknown"


def test_the_account_is_named_and_the_user_name_is_masked(mara, here):
    give_password(here, mara)
    pocket = phone()
    answer = pocket.claim(code_at(here))
    assert answer["account"] == {"name": "Mara Lee", "username": "m***a"}
    assert set(answer) == {"activation", "nonce", "expires", "account", "portal", "pin_question", "server_time"}
    assert abs(answer["expires"] - answer["server_time"] - 600) <= 2


def test_a_claim_that_comes_back_at_another_time_is_the_same(mara, here):
    """The clock of Python and of the database may differ by a little; the claim is good within its ten minutes."""
    give_password(here, mara)
    pocket = claimed(here)
    with time_machine.travel(timezone.now() + timedelta(minutes=9), tick=False):
        pocket.activate(PIN)
    assert Activation.objects.get().state == "used"
