"""Two people on one authenticator: one PIN, and nothing else in common."""

import pytest

from tests.factories import PIN, desk, give_password, person, phone
from tests.pocket import Problem
from tests.stories.ways import (
    WRONG_PIN,
    activated,
    code_at,
    code_state,
    number_at,
    sign_in,
    state,
    text,
)
from twofactor import policy
from twofactor.models import PortalKey


def claimed(browser, pocket=None):
    """A phone that has taken the code which this browser shows."""
    pocket = pocket or phone()
    pocket.claim(code_at(browser))
    return pocket


def refusal_of(act, *args, **kwargs):
    with pytest.raises(Problem) as refusal:
        act(*args, **kwargs)
    return refusal.value


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
