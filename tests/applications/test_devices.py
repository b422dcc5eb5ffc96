"""RFC 8628, for the person: a device shows a code, they type it, and their phone approves."""

import pytest

from accounts.models import AuditEvent
from applications import device, policy, scopes, tidying
from applications.models import DeviceSignIn
from applications.polled import Over, Pending
from tests.applications.devices import (
    UNKNOWN,
    asking,
    begun,
    page,
    press,
    question,
    redeem,
    standing,
    trading,
    type_code,
)
from tests.factories import PASSWORD, PIN, desk, give_password
from tests.pocket import Problem
from tests.stories.ways import WRONG_PIN, sign_in, sign_out, text
from tests.stories.webauthn import by_passkey


@pytest.fixture
def program(db):
    return trading()


@pytest.fixture
def waiting(program):
    return begun(program)


@pytest.fixture
def at_desk(mara, pocket, known):
    """Mara, signed in with her key."""
    sign_in(known, mara, pocket)
    return known


@pytest.fixture
def typed(at_desk, waiting):
    type_code(at_desk, waiting.user_code)
    return waiting


# --- The road ---


def test_the_phone_approves_and_the_program_gets_the_answer_once(at_desk, pocket, typed, mara):
    press(at_desk, typed)
    with pytest.raises(Pending):
        redeem(typed)
    pocket.approve(question(pocket), PIN)
    assert "You can go back to your device" in page(at_desk, typed)
    assert redeem(typed).user == mara
    with pytest.raises(Over, match="unknown"):
        redeem(typed)
    assert "You can go back to your device" in page(at_desk, typed)


def test_the_phone_shows_what_asks_and_from_where(at_desk, pocket, typed):
    """AT-264."""
    press(at_desk, typed)
    shown = question(pocket)["display"]
    assert shown["title"] == "Sign in to Trading Platform on a device?"
    assert ["Program", "TWS/10.30 (Linux)"] in shown["facts"]
    assert ["Address", "203.0.113.9"] in shown["facts"]
    assert "started this yourself" in " ".join(shown["warnings"])


def test_while_the_phone_is_asked_the_page_helps_like_a_sign_in_that_waits(at_desk, typed):
    press(at_desk, typed)
    shown = at_desk.get(f"/device/{typed.row.pk}/").content.decode()
    for way in ("#c/", "/help/not-received/", "/help/lost-phone/", "It can be sent again from"):
        assert way in shown


def test_the_page_shows_what_asks_and_warns_before_anything_is_asked(at_desk, pocket, typed):
    shown = page(at_desk, typed)
    for words in ("Trading Platform", "TWS/10.30 (Linux)", "203.0.113.9", "Another network than yours"):
        assert words in shown
    assert "Only go on if you started this yourself just now." in shown
    assert not pocket.challenges()


def test_an_application_of_somebody_else_says_what_it_will_know(at_desk, program, mara):
    for owned in (True, False):
        other = begun(trading(name="News Reader", skip_authorization=owned))
        type_code(at_desk, other.user_code)
        assert ("What News Reader will know" in page(at_desk, other)) is not owned


def test_a_device_beside_the_browser_is_said_to_be_near(at_desk, program):
    beside = begun(program, address="127.0.0.1")
    type_code(at_desk, beside.user_code)
    assert "The same network as you" in page(at_desk, beside)


def test_a_program_that_lies_about_itself_does_not_turn_the_words_around_it(at_desk, program):
    """AT-326."""
    odd = begun(program, agent="\u202eTWS\u0007" + "x" * 200)
    assert odd.row.program == ("TWS" + "x" * 200)[:64]


@pytest.mark.parametrize("typed_as", ["{}", "  {} ", "lower", "wide"])
def test_a_code_is_read_however_it_is_typed(at_desk, waiting, typed_as):
    code = waiting.user_code
    ways = {"lower": f"{code[:4]}-{code[4:]}".lower(), "wide": "".join(chr(ord(sign) + 0xFEE0) for sign in code)}
    type_code(at_desk, ways.get(typed_as, typed_as.format(code)))
    assert standing(waiting) == "claimed"


def test_the_address_in_a_qr_fills_the_field_and_sends_nothing(at_desk, waiting):
    shown = at_desk.get("/device/", {"user_code": waiting.user_code}).content.decode()
    assert f'value="{waiting.user_code}"' in shown
    assert standing(waiting) == "fresh"


def test_whoever_is_not_signed_in_comes_back_with_the_code(here, waiting):
    answer = here.get("/device/", {"user_code": waiting.user_code})
    assert answer.status_code == 302
    assert f"user_code%3D{waiting.user_code}" in answer["Location"]


# --- How it ends otherwise ---


def test_a_refusal_on_the_phone_ends_it(at_desk, pocket, typed):
    press(at_desk, typed)
    pocket.cancel(question(pocket))
    assert "You have refused it" in page(at_desk, typed)
    with pytest.raises(Over, match="denied"):
        redeem(typed)


def test_not_me_on_the_phone_ends_it_and_the_session_that_asked(at_desk, pocket, typed):
    press(at_desk, typed)
    pocket.not_me(question(pocket))
    with pytest.raises(Over, match="denied"):
        redeem(typed)
    assert at_desk.get("/device/").status_code == 302


def test_i_did_not_start_this_ends_it_and_takes_the_question_back(at_desk, pocket, typed):
    press(at_desk, typed)
    press(at_desk, typed, "deny")
    assert not pocket.challenges()
    assert "somebody send you the code" in page(at_desk, typed)
    with pytest.raises(Over, match="denied"):
        redeem(typed)


def test_wrong_pins_end_the_question_and_it_can_be_put_again(at_desk, pocket, typed):
    press(at_desk, typed)
    asked = question(pocket)
    for _ in range(3):
        with pytest.raises(Problem):
            pocket.approve(asked, WRONG_PIN)
    assert "Three PINs did not fit" in page(at_desk, typed)
    press(at_desk, typed)
    pocket.approve(question(pocket), PIN)
    assert redeem(typed)


def test_after_ten_minutes_it_is_over_wherever_it_stood(at_desk, pocket, typed, one_clock):
    press(at_desk, typed)
    one_clock.shift(policy.DEVICE_LIFE.total_seconds() + 1)
    assert "The ten minutes of this code are over" in page(at_desk, typed)
    with pytest.raises(Over, match="expired"):
        redeem(typed)


def test_an_approval_that_nobody_fetched_is_over_with_the_code(at_desk, pocket, typed, one_clock):
    press(at_desk, typed)
    pocket.approve(question(pocket), PIN)
    one_clock.shift(policy.DEVICE_LIFE.total_seconds() + 1)
    with pytest.raises(Over, match="expired"):
        redeem(typed)


def test_what_ends_the_sessions_of_its_person_ends_it_too(at_desk, pocket, typed, mara):
    press(at_desk, typed)
    pocket.approve(question(pocket), PIN)
    mara.bump_epoch()
    with pytest.raises(Over, match="denied"):
        redeem(typed)


def test_nobody_who_was_locked_since_is_signed_in(at_desk, pocket, typed, mara):
    press(at_desk, typed)
    pocket.approve(question(pocket), PIN)
    type(mara).objects.filter(pk=mara.pk).update(is_active=False)
    with pytest.raises(Over, match="denied"):
        redeem(typed)


# --- Without a key ---


def test_without_a_key_a_fresh_sign_in_approves_and_no_click_before_it(here, mara, waiting):
    give_password(here, mara)
    type_code(here, waiting.user_code)
    answer = press(here, waiting)
    assert "again=1" in answer["Location"]
    assert standing(waiting) == "claimed"
    give_password(here, mara)
    assert "I started this: approve" in page(here, waiting)
    press(here, waiting)
    assert redeem(waiting).acr == "password"


def test_a_session_that_was_stolen_cannot_give_the_account_away(here, mara, waiting):
    """AT-247: without a key: the copy types a code, and the owner signs in again somewhere else."""
    give_password(here, mara)
    stolen = desk()
    stolen.cookies = here.cookies.copy()
    type_code(stolen, waiting.user_code)
    give_password(desk(), mara)
    press(stolen, waiting)
    assert standing(waiting) == "claimed"


# --- RFC 8628, section 5 ---


def test_5_1_wrong_codes_are_counted_for_the_person_and_then_refused(at_desk, waiting):
    """AT-225."""
    for _ in range(5):
        assert type_code(at_desk, UNKNOWN).status_code == 422
    refused = type_code(at_desk, waiting.user_code)
    assert refused.status_code == 429
    assert "Too many wrong codes" in text(refused)
    assert standing(waiting) == "fresh"


def test_5_1_a_person_who_signs_out_and_in_goes_on_counting(at_desk, mara, pocket):
    """AT-231."""
    for _ in range(5):
        type_code(at_desk, UNKNOWN)
    sign_out(at_desk)
    sign_in(at_desk, mara, pocket)
    assert type_code(at_desk, UNKNOWN).status_code == 429


def test_5_1_codes_have_forty_bits_and_right_ones_cost_nothing(at_desk, program):
    for _ in range(7):
        one = begun(program)
        assert len(one.user_code) == 8
        assert type_code(at_desk, one.user_code).status_code == 302


def test_5_2_a_device_code_has_256_bits_and_no_row_holds_either_code(waiting):
    assert len(waiting.device_code) == 43
    kept = str(DeviceSignIn.objects.values().get())
    assert waiting.device_code not in kept
    assert waiting.user_code not in kept


def test_5_2_a_device_code_of_another_program_is_as_unknown_as_none(at_desk, pocket, typed):
    press(at_desk, typed)
    pocket.approve(question(pocket), PIN)
    with pytest.raises(Over, match="unknown"):
        redeem(typed, trading(name="Another"))
    assert redeem(typed)


def test_5_4_a_click_in_a_session_never_approves(at_desk, pocket, typed):
    """AT-247: remote phishing, and a stolen session: whatever is pressed, the phone has to say yes."""
    for act in ("go", "approve", "", "go"):
        press(at_desk, typed, act)
    assert standing(typed) == "claimed"
    with pytest.raises(Pending):
        redeem(typed)


def test_5_5_whoever_types_it_second_does_not_get_it(at_desk, here, typed, others, db):
    """AT-213: session spying: a code read over somebody's shoulder is worth nothing once they have typed it."""
    from accounts.models import User

    sign_in(here, User.objects.get(username="dana"), others)
    assert type_code(here, typed.user_code).status_code == 422
    assert here.get(f"/device/{typed.row.pk}/").status_code == 404
    assert press(here, typed).status_code == 404


def test_a_program_that_asks_too_soon_is_slowed_down_and_stays_so(typed, one_clock):
    def too_soon():
        with pytest.raises(Pending) as told:
            redeem(typed)
        return told.value.too_soon

    assert not too_soon()
    assert too_soon()
    typed.row.refresh_from_db()
    assert typed.row.interval == policy.DEVICE_INTERVAL + policy.DEVICE_SLOWER
    one_clock.shift(6)
    assert too_soon()
    one_clock.shift(15)
    assert not too_soon()


def test_what_is_over_is_forgotten_after_a_week(typed, one_clock):
    one_clock.shift(policy.ASKED_KEPT.total_seconds() - 60)
    tidying.sweep()
    assert DeviceSignIn.objects.exists()
    one_clock.shift(120)
    tidying.sweep()
    assert not DeviceSignIn.objects.exists()


def test_with_a_passkey_and_no_phone_the_passkey_approves(here, mara, laptop, waiting):
    by_passkey(here, mara, laptop)
    type_code(here, waiting.user_code)
    assert "again=1" in press(here, waiting)["Location"]
    by_passkey(here, mara, laptop)
    press(here, waiting)
    assert redeem(waiting).acr == "phr"


def test_however_often_it_asks_a_minute_is_the_longest(typed):
    DeviceSignIn.objects.update(interval=60)
    for _ in range(3):
        with pytest.raises(Pending):
            redeem(typed)
    assert DeviceSignIn.objects.get().interval == 60


def test_the_record_names_the_application_and_never_a_code(at_desk, pocket, typed):
    press(at_desk, typed)
    pocket.approve(question(pocket), PIN)
    redeem(typed)
    told = AuditEvent.objects.filter(kind__startswith="device.")
    assert [event.kind for event in told.order_by("id")] == [
        *("device.begin", "device.type", "device.approve", "device.sign-in")
    ]
    for event in told:
        assert event.facts["application"] == "Trading Platform"
        assert typed.user_code not in str(event.facts)
    assert "You were signed in to Trading Platform on a device." in text(at_desk.get("/security/activity/"))


@pytest.mark.parametrize("own", [True, False])
def test_the_phone_says_what_an_application_of_somebody_else_learns(at_desk, pocket, own):
    begun = device.begin(asking(), trading(skip_authorization=own), "openid offline_access")
    type_code(at_desk, begun.user_code)
    press(at_desk, begun)
    learns = [value for label, value in question(pocket)["display"]["facts"] if label == "It learns"]
    assert learns == ([] if own else [scopes.said("openid offline_access")])


def test_the_phone_names_the_application_however_its_person_came_to_the_sign_in(stranger, here, mara, pocket):
    """By a link of the application that leads to the sign-in at once."""
    given = {"username": "mara", "password": PASSWORD, "next": stranger.address()}
    here.post("/sign-in/", given)
    (asked,) = pocket.challenges()
    assert "News Reader" in asked["display"]["title"]
