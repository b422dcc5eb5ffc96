"""From a claimed code to the one active key of a person."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import KnownBrowser, User
from tests.factories import PIN, desk, finish, give_password, person, phone
from tests.pocket import Problem, b64
from tests.stories.ways import (
    WRONG_PIN,
    activated,
    approve,
    code_at,
    code_state,
    events,
    is_in,
    new_code,
    number_at,
    sign_in,
    sign_out,
    state,
    text,
)
from twofactor import policy
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
    new_code(known)
    second = claimed(known)
    second.activate(PIN, label="Second")
    assert sorted(PortalKey.objects.values_list("name", "state")) == [
        ("Mara Lee's Pixel", "replaced"),
        ("Second", "active"),
    ]
    # The old one answers nothing more, its question is gone, and so is the sign-in that waited for it.
    number = number_at(waiting) or "000000"
    for act in (pocket.inbox, lambda: pocket.approve(question, PIN, number=number), lambda: pocket.seen(question, "shown")):
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
    new_code(here)
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
    new_code(known)
    claimed(known).activate(PIN)
    finish(approved)
    assert not is_in(approved)


def test_both_the_old_and_the_new_key_are_in_the_record(mara, pocket, known):
    sign_in(known, mara, pocket)
    new_code(known)
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
    new_code(known)
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
    new_code(known)
    claimed(known, pocket)
    assert refusal_of(pocket.activate, WRONG_PIN).code == "wrong-pin"
    assert code_state(known) == "claimed"


def test_a_device_that_lost_its_key_may_activate_again(mara, pocket, known):
    sign_in(known, mara, pocket)
    new_code(known)
    again = phone()
    claimed(known, again).activate(PIN)
    sign_out(known)
    sign_in(known, mara, again)


# --- Two people on one authenticator ---


@pytest.fixture
def shared(mara, pocket):
    """Dana, on the phone that has Mara's key."""
    dana = person("dana")
    activated(desk(), dana, pocket)
    return dana


def kid_of(user):
    return PortalKey.objects.get(user=user, state="active").kid


def test_two_people_share_an_authenticator_and_its_pin(mara, pocket, shared):
    assert len(pocket.keys) == 2
    installs = set(PortalKey.objects.values_list("install", flat=True))
    assert len(installs) == 1
    for user in (mara, shared):
        browser = desk()
        sign_in(browser, user, pocket)


def test_each_has_questions_and_answers_of_their_own(mara, pocket, shared, here):
    """AT-059, AT-004."""
    give_password(here, mara)
    (question,) = pocket.challenges()
    assert question["kid"] == kid_of(mara)
    alone = phone()
    alone.secret, alone.keys = pocket.secret, {kid_of(shared): pocket.keys[kid_of(shared)]}
    assert alone.challenges() == []
    stolen = {**question, "kid": kid_of(shared)}
    assert refusal_of(alone.approve, stolen, PIN, number=number_at(here)).code == "not-found"
    assert state(here) == "waiting"


def test_revoking_one_persons_key_leaves_the_others(mara, pocket, shared):
    pocket.revoke(kid_of(mara))
    del pocket.keys[next(kid for kid, key in pocket.keys.items() if key.state == "revoked")]
    sign_in(desk(), shared, pocket)


def test_a_second_person_with_another_pin_is_refused(mara, pocket):
    dana, browser = person("dana"), desk()
    give_password(browser, dana)
    claimed(browser, pocket)
    refusal = refusal_of(pocket.activate, WRONG_PIN)
    assert (refusal.status, refusal.code, refusal.body["attempts_left"]) == (422, "wrong-pin", 2)
    assert PortalKey.objects.get(user=mara).pin_failures == 1
    pocket.activate(PIN)
    assert PortalKey.objects.get(user=mara).pin_failures == 0


def test_three_wrong_pins_burn_the_code(mara, pocket):
    dana, browser = person("dana"), desk()
    give_password(browser, dana)
    claimed(browser, pocket)
    assert [refusal_of(pocket.activate, WRONG_PIN).body["attempts_left"] for _ in range(3)] == [2, 1, 0]
    assert refusal_of(pocket.activate, PIN).code == "code-unknown"
    assert code_state(browser) == "burned"
    assert "The PIN did not match" in text(browser.get("/security/key/"))


def test_wrong_pins_of_a_newcomer_wait_and_lock_like_any_other(clock, mara, pocket):
    """P-33: nobody gets a second set of tries by activating."""
    dana, codes = person("dana"), []
    browser = desk()
    for _ in range(4):
        clock.shift(600)
        give_password(browser, dana)
        clock.shift(1)
        claimed(browser, pocket)
        for _ in range(3):
            codes.append(refusal_of(pocket.activate, WRONG_PIN).code)
            if len(codes) == 5:
                assert refusal_of(pocket.activate, PIN).code == "slow-down"
            clock.shift(policy.PIN_WAIT.total_seconds() + 1)
            if codes[-1] == "locked":
                break
    assert codes == ["wrong-pin"] * 9 + ["locked"]
    assert PortalKey.objects.get(user=mara).state == "locked"


def test_a_companion_that_is_not_active_helps_nobody(mara, pocket):
    dana, browser = person("dana"), desk()
    give_password(browser, dana)
    claimed(browser, pocket)
    for kid in ("x" * 43, "", "a\0b", 7, None):
        companion = {"kid": kid, "response": "00000000"}
        assert refusal_of(pocket.activate, PIN, companion=companion).code in ("key-inactive", "malformed")
    assert code_state(browser) == "claimed"


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


# --- The name of the phone ---

LABELS = [
    ("Pixel 9", "Pixel 9"),
    ("  Pixel \t\n 9 ", "Pixel 9"),
    ("Pi\u202exel\u202c \u2066X\u2069", "Pixel X"),
    ("Pi\u200bx\u00adel\ufeff", "Pixel"),
    ("\x1b[31mPixel\x07", "[31mPixel"),
    ("x" * 100, "x" * 64),
    ("\u624b\u6a5f", "\u624b\u6a5f"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("\U0001f4f1 Phone", "\U0001f4f1 Phone"),
    ("x" * 63 + " y", "x" * 63),
    ("Pixel\u20289", "Pixel 9"),
]


@pytest.mark.parametrize(("given", "kept"), LABELS, ids=range(len(LABELS)))
def test_a_name_is_cleaned_wherever_it_comes_from(mara, here, given, kept):
    """R-74, AT-075."""
    give_password(here, mara)
    pocket = claimed(here)
    pocket.activate(PIN, label=given)
    assert PortalKey.objects.get().name == kept
    assert pocket.rename(given)["label"] == kept
    here.post("/security/key/rename/", {"label": given[:64]})
    assert PortalKey.objects.get().name == kept[:64].strip()


def test_a_name_with_markup_stays_text_on_every_page(mara, here):
    give_password(here, mara)
    pocket = claimed(here)
    pocket.activate(PIN, label="<img src=x onerror=alert(1)>")
    pages = [here.get(page).content.decode() for page in ("/", "/security/", "/security/key/")]
    sign_out(here)
    give_password(here, mara)
    pages += [here.get(page).content.decode() for page in ("/sign-in/verify/", "/sign-in/verify/manual/")]
    assert all("<img src=x" not in page for page in pages)
    assert any("&lt;img src=x" in page for page in pages)


@pytest.mark.parametrize("label", ["", "   ", "\u200b", "x" * 65])
def test_a_name_nobody_can_read_is_refused_at_the_desk(mara, here, label):
    activated(here, mara)
    here.post("/security/key/rename/", {"label": label})
    assert PortalKey.objects.get().name == "Mara Lee's Pixel"


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
