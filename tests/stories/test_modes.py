"""Tap or number: when the person has to carry the six digits, and that the portal never carries them (decision 1)."""

import json

import pytest

from tests.factories import PIN, desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.ways import activated, approve, is_in, number_at, question_at, send_again, sign_in, sign_out, text
from twofactor.models import Challenge


def mode(browser, pocket):
    """The mode of the newest question, which desk and phone must agree on."""
    asked = pocket.challenges()[0]
    shown = number_at(browser)
    assert bool(shown) == (asked["mode"] == "number")
    assert ("question" in asked) == (asked["mode"] == "tap")
    return asked["mode"]


def begin(browser, user, pocket):
    give_password(browser, user)
    return mode(browser, pocket)


# --- risk, the default ---


def test_a_known_browser_needs_a_tap_only(mara, pocket, known):
    assert begin(known, mara, pocket) == "tap"
    pocket.approve(pocket.challenge(), PIN)
    finish(known)
    assert is_in(known)


def test_a_new_browser_needs_the_number(mara, pocket, here):
    assert begin(here, mara, pocket) == "number"
    assert "First time from this browser" in pocket.challenge()["display"]["warnings"]
    assert "not approved a sign-in in this browser yet" in text(here.get("/sign-in/verify/"))


def test_a_browser_that_was_forgotten_is_not_called_new(mara, pocket, known):
    """What the phone signs must be true: it has approved sign-ins of this browser before."""
    mara.bump_epoch()
    assert begin(known, mara, pocket) == "number"
    assert pocket.challenge()["display"]["warnings"] == ["This browser was forgotten"]


def test_a_browser_known_to_somebody_else_is_new(mara, pocket, known):
    dana = person("dana")
    dan = activated(desk(), dana)
    assert begin(known, dana, dan) == "number"


@pytest.mark.parametrize("change", [lambda c: "", lambda c: "x", lambda c: c[:-1] + "_", lambda c: "a" + c])
def test_a_forged_cookie_is_no_known_browser(mara, pocket, known, change):
    thief = desk()
    thief.cookies["browser"] = change(known.cookies["browser"].value)
    assert begin(thief, mara, pocket) == "number"


def test_a_browser_is_known_for_ninety_days(clock, mara, pocket, known):
    clock.shift(90 * 86_400 - 60)
    assert begin(known, mara, pocket) == "tap"
    approve(known, pocket)
    finish(known)
    sign_out(known)
    clock.shift(90 * 86_400 + 60)
    assert begin(known, mara, pocket) == "number"


def test_a_full_sign_in_renews_what_is_known(clock, mara, pocket, known):
    for _ in range(3):
        clock.shift(80 * 86_400)
        sign_in(known, mara, pocket)
        sign_out(known)
    assert begin(known, mara, pocket) == "tap"


@pytest.mark.parametrize("verdict", ["cancel", "not_me"])
def test_after_a_refusal_within_a_day_the_number_is_asked(clock, mara, pocket, known, verdict):
    other = desk()
    other.post("/sign-in/", {"username": "mara", "password": "correct horse battery staple"}, REMOTE_ADDR="203.0.113.9")
    pocket.answer(pocket.challenge(), verdict)
    clock.shift(600)
    assert begin(known, mara, pocket) == "number"
    assert any("refused" in warning for warning in pocket.challenge()["display"]["warnings"])
    clock.shift(600)
    known.post("/sign-in/cancel/")
    clock.shift(86_400 - 1200 - 60)
    assert begin(known, mara, pocket) == "number"
    clock.shift(61)
    known.post("/sign-in/cancel/")
    Challenge.objects.filter(state="superseded").delete()
    assert begin(known, mara, pocket) == "tap"


def test_after_an_unanswered_question_within_ten_minutes_the_number_is_asked(clock, mara, pocket, known):
    give_password(desk(), mara)
    clock.shift(599)
    assert begin(known, mara, pocket) == "number"


def test_ten_minutes_after_an_unanswered_question_a_tap_is_enough(clock, mara, pocket, known):
    give_password(desk(), mara)
    clock.shift(601)
    assert begin(known, mara, pocket) == "tap"


def test_after_a_cancelled_question_the_number_is_asked(clock, mara, pocket, known):
    give_password(known, mara)
    known.post("/sign-in/cancel/")
    clock.shift(31)
    assert begin(known, mara, pocket) == "number"


def test_the_second_question_of_a_sign_in_asks_for_the_number(clock, mara, pocket, known):
    assert begin(known, mara, pocket) == "tap"
    clock.shift(301)
    send_again(known)
    assert mode(known, pocket) == "number"


def test_an_approved_question_raises_no_suspicion(mara, pocket, known):
    for _ in range(3):
        assert begin(known, mara, pocket) == "tap"
        approve(known, pocket)
        finish(known)
        sign_out(known)


def test_an_unanswered_test_raises_no_suspicion(mara, pocket, known):
    sign_in(known, mara, pocket)
    known.post("/security/key/test/")
    sign_out(known)
    give_password(known, mara)
    assert pocket.challenges()[0]["mode"] == "tap"


def test_what_somebody_else_refused_raises_no_suspicion(mara, pocket, known):
    dana = person("dana")
    dan = activated(desk(), dana)
    give_password(desk(), dana)
    dan.cancel(dan.challenge())
    assert begin(known, mara, pocket) == "tap"


# --- always, never ---


def test_always_asks_a_known_browser_too(mara, pocket, known, settings):
    settings.PORTAL_NUMBER_MATCH = "always"
    assert begin(known, mara, pocket) == "number"
    approve(known, pocket)
    finish(known)
    assert is_in(known)


def test_never_asks_nobody(mara, pocket, here, settings):
    settings.PORTAL_NUMBER_MATCH = "never"
    assert begin(here, mara, pocket) == "tap"
    pocket.cancel(pocket.challenge())
    other = desk()
    assert begin(other, mara, pocket) == "tap"
    assert "First time from this browser" in pocket.challenge()["display"]["warnings"]


# --- The number stays at the desk ---


def test_the_number_is_the_questions_own(mara, pocket, here):
    """Decision 2: one question, typed on the phone or answered by hand."""
    give_password(here, mara)
    assert number_at(here) == question_at(here) == Challenge.objects.get().question


def test_the_number_is_in_nothing_that_the_phone_is_sent(mara, pocket, here):
    """R-11."""
    give_password(here, mara)
    number = number_at(here)
    assert len(number) == 6
    asked = pocket.challenge()
    told = [pocket.inbox(), pocket.seen(asked, "received"), pocket.seen(asked, "opened")]
    for typed, more in (("12345", {}), ("000000", {"display": "x"}), ("000000", {"nonce": "x"})):
        with pytest.raises(Problem) as refusal:
            pocket.approve(asked, PIN, number=typed, **more)
        told.append(refusal.value.body)
    assert number not in json.dumps(told)
    assert "question" not in json.dumps(told)


def test_a_tap_shows_no_number_at_the_desk(mara, pocket, known):
    give_password(known, mara)
    question = pocket.challenge()["question"]
    page = known.get("/sign-in/verify/").content.decode()
    assert question not in page
    assert f"{question[:3]} {question[3:]}" not in page


# --- A wrong number ---


def wrong_number(browser):
    return f"{(int(number_at(browser)) + 1) % 10**6:06d}"


def test_a_wrong_number_twice_is_a_refusal(mara, pocket, here):
    """P-06."""
    give_password(here, mara)
    asked, number, wrong = pocket.challenge(), number_at(here), wrong_number(here)
    lefts = []
    for _ in range(2):
        with pytest.raises(Problem) as refusal:
            pocket.approve(asked, PIN, number=wrong)
        assert (refusal.value.status, refusal.value.code) == (422, "wrong-number")
        lefts.append(refusal.value.body["attempts_left"])
    assert lefts == [1, 0]
    with pytest.raises(Problem) as refusal:
        pocket.approve(asked, PIN, number=number)
    assert (refusal.value.code, refusal.value.body["state"]) == ("settled", "denied")
    page = text(here.get("/sign-in/verify/"))
    assert "Refused. Nobody was signed in." in page
    assert "was not the one shown here" in page
    finish(here)
    assert not is_in(here)


def test_a_wrong_number_once_is_a_slip(mara, pocket, here):
    give_password(here, mara)
    with pytest.raises(Problem):
        pocket.approve(pocket.challenge(), PIN, number=wrong_number(here))
    approve(here, pocket)
    finish(here)
    assert is_in(here)


def test_a_wrong_number_is_no_wrong_pin(mara, pocket, here):
    """The number is judged first, so it says nothing about the PIN and costs no try of it."""
    give_password(here, mara)
    with pytest.raises(Problem):
        pocket.approve(pocket.challenge(), PIN, number=wrong_number(here))
    assert Challenge.objects.get().response_tries == 0
    assert Challenge.objects.get().key.pin_failures == 0


@pytest.mark.parametrize("spelling", [lambda n: f"{n[:3]} {n[3:]}", lambda n: f" {n[:3]}-{n[3:]}"])
def test_the_number_may_be_sent_as_it_was_typed(mara, pocket, here, spelling):
    give_password(here, mara)
    asked, number = pocket.challenge(), number_at(here)
    response = pocket.response(asked["kid"], PIN, number)
    assert pocket.answer(asked, "approve", number=spelling(number), response=response)["state"] == "approved"
