"""H11, with the old phone at hand: it is asked, it approves, and the page that asked shows the code for the new one."""

import pytest

from tests.factories import PIN, desk, give_password, phone
from tests.pocket import Problem
from tests.stories.carried import carry, mails
from tests.stories.lost import MOVE, take, way
from tests.stories.ways import (
    WRONG_PIN,
    activated,
    ask_old,
    code_at,
    is_in,
    move_code,
    new_code,
    sign_in,
    sign_out,
    text,
)
from twofactor.models import Activation, Challenge, PortalKey
from twofactor.policy import MOVE_LIFE


@pytest.fixture
def asked(mara, pocket, known):
    """A browser that Mara signed in from with the old phone, whose question about the move waits there."""
    sign_in(known, mara, pocket)
    ask_old(known)
    return known


def keys():
    return sorted(PortalKey.objects.values_list("name", "state"))


# --- The road ---


def test_the_old_phone_approves_and_the_new_one_takes_its_place(mara, pocket, asked):
    question = pocket.challenge()
    assert question["purpose"] == "action"
    assert way(asked) == "asked"
    pocket.approve(question, PIN)
    assert way(asked) == "approved"
    new = phone()
    new.claim(take(asked))
    assert pocket.inbox()["kids"], "the old one works until the new one is active"
    new.activate(PIN, label="Second")
    assert keys() == [("Mara Lee's Pixel", "replaced"), ("Second", "active")]
    with pytest.raises(Problem):
        pocket.inbox()
    mara.refresh_from_db()
    assert mara.held_until is None
    sign_out(asked)
    sign_in(desk(), mara, new)


def test_the_phone_shows_what_is_asked_and_from_where(pocket, asked):
    shown = pocket.challenge()["display"]
    assert shown["title"] == "Move Portal Key to a new phone?"
    assert shown["account"] == "Mara Lee"
    assert ["Browser", "Firefox on Windows"] in shown["facts"]
    assert ["Address", "127.0.0.1"] in shown["facts"]
    assert "you are at that browser" in " ".join(shown["warnings"])


def test_afterwards_the_page_says_what_happened_and_lists_the_sessions_next(mara, pocket, asked, here, handset):
    sign_in(here, mara, pocket)
    question = next(each for each in pocket.challenges() if each["purpose"] == "action")
    pocket.approve(question, PIN)
    new = phone()
    new.claim(take(asked))
    new.activate(PIN, label="Second")
    page = text(asked.get(MOVE))
    assert "Portal Key has moved" in page
    assert "Second approves your sign-ins from now on" in page
    assert "Mara Lee" in page
    assert "Show my sessions" in page
    assert is_in(asked)
    assert not is_in(here)
    carry()
    assert "was activated on a phone" in mails(mara.email)[-1]


def test_a_session_that_is_no_longer_fresh_asks_the_old_phone_all_the_same(one_clock, mara, pocket, known):
    """AT-047: the strongest factor is asked at that very moment, so no password is."""
    sign_in(known, mara, pocket)
    one_clock.shift(1200)
    assert move_code(known, pocket)


# --- Nothing without it ---


def test_a_fresh_sign_in_is_no_approval_of_a_move(mara, pocket, known):
    """AT-047: whoever relays a sign-in has got a session, and not another key."""
    sign_in(known, mara, pocket)
    assert new_code(known)["Location"] == MOVE
    assert code_at(known) == ""
    ask_old(known)
    take(known)
    assert new_code(known)["Location"] == MOVE
    assert code_at(known) == ""
    assert not Activation.objects.filter(user=mara, state="fresh").exists()


def test_the_approval_is_good_for_the_session_that_asked_and_no_other(mara, pocket, asked, here):
    sign_in(here, mara, pocket)
    question = next(each for each in pocket.challenges() if each["purpose"] == "action")
    pocket.approve(question, PIN)
    assert way(here) == "ask"
    assert way(asked) == "approved"
    new_code(here)
    assert code_at(here) == ""


def test_the_approval_is_good_for_ten_minutes(one_clock, pocket, asked):
    pocket.approve(pocket.challenge(), PIN)
    one_clock.shift(MOVE_LIFE.total_seconds() - 1)
    assert take(asked)
    one_clock.shift(2)
    assert way(asked) == "ask"
    assert new_code(asked)["Location"] == MOVE
    assert len(Activation.objects.filter(state="fresh")) == 1


def test_within_them_a_new_code_asks_nobody_again(pocket, asked):
    pocket.approve(pocket.challenge(), PIN)
    first = take(asked)
    new_code(asked)
    assert code_at(asked) not in ("", first)
    assert pocket.challenges() == []


def test_the_approval_is_good_for_one_move(pocket, asked):
    pocket.approve(pocket.challenge(), PIN)
    new = phone()
    new.claim(take(asked))
    new.activate(PIN)
    assert way(asked) == "ask"
    ask_old(asked)
    assert new.challenge()["purpose"] == "action"
    new_code(asked)
    assert code_at(asked) == ""


def test_somebody_elses_question_is_answered_by_nobody_else(pocket, asked, shared):
    """The phone of two people: an approval with one key says nothing about the other."""
    question = next(each for each in pocket.challenges() if each["purpose"] == "action")
    (other,) = set(pocket.keys) - {question["kid"]}
    with pytest.raises(Problem):
        pocket.approve({**question, "kid": other}, PIN)
    assert way(asked) == "asked"


def test_who_has_no_key_has_nothing_to_move(mara, here):
    give_password(here, mara)
    assert here.get(MOVE)["Location"] == "/security/key/"
    assert here.post(MOVE)["Location"] == "/security/key/"


# --- Other ends ---


def test_a_cancel_on_the_phone_is_said_with_the_way_forward(pocket, asked):
    pocket.cancel(pocket.challenge())
    page = text(asked.get(MOVE))
    assert "cancelled on the old phone, and nothing was changed" in page
    assert "Ask the old phone" in page
    assert take(asked) == ""


def test_so_is_a_question_that_nobody_answered(one_clock, pocket, asked):
    question = pocket.challenge()
    one_clock.shift(301)
    assert "did not answer within five minutes" in text(asked.get(MOVE))
    with pytest.raises(Problem) as late:
        pocket.approve(question, PIN)
    assert late.value.code == "expired"
    assert way(asked) == "ask"


def test_so_are_three_wrong_pins(pocket, asked):
    question = pocket.challenge()
    for _ in range(3):
        with pytest.raises(Problem):
            pocket.approve(question, WRONG_PIN)
    assert "Three PINs did not fit" in text(asked.get(MOVE))
    assert PortalKey.objects.get().pin_failures == 3


def test_the_desk_takes_its_question_back(pocket, asked):
    question = pocket.challenge()
    asked.post(MOVE, {"act": "cancel"})
    assert pocket.challenges() == []
    with pytest.raises(Problem) as over:
        pocket.approve(question, PIN)
    assert over.value.body["state"] == "superseded"
    assert way(asked) == "ask"


# --- How often ---


def test_pressed_many_times_it_asks_once(pocket, asked):
    for _ in range(4):
        asked.post(MOVE, {"act": "again"})
    assert len(pocket.challenges()) == 1
    assert Challenge.objects.filter(purpose="action").count() == 1


def test_a_session_in_wrong_hands_does_not_wear_the_owner_out(one_clock, mara, pocket, asked):
    """Three in ten minutes, of a budget that takes nothing from the sign-ins'."""
    for _ in range(2):
        pocket.cancel(pocket.challenge())
        one_clock.shift(31)
        ask_old(asked)
    pocket.cancel(pocket.challenge())
    one_clock.shift(31)
    assert "can be asked again at" in text(asked.post(MOVE, follow=True))
    assert pocket.challenges() == []
    give_password(desk(), mara)
    assert len(pocket.challenges()) == 1


# --- Where the operator always wants the number ---


def test_with_numbers_always_the_page_shows_one(settings, mara, pocket, known):
    sign_in(known, mara, pocket)
    settings.PORTAL_NUMBER_MATCH = "always"
    ask_old(known)
    question = pocket.challenge()
    assert "question" not in question
    number = known.get(MOVE).context["number"]
    with pytest.raises(Problem) as wrong:
        pocket.approve(question, PIN, number=f"{(int(number) + 1) % 10**6:06d}")
    assert wrong.value.code == "wrong-number"
    pocket.approve(question, PIN, number=number)
    assert way(known) == "approved"


# --- What the page keeps true ---


def test_the_pages_version_grows_with_the_answer(pocket, asked):
    before = asked.get("/security/key/status/").json()["version"]
    pocket.approve(pocket.challenge(), PIN)
    assert asked.get("/security/key/status/").json()["version"] > before
    page = asked.get(MOVE).content.decode()
    assert 'data-state="approved"' in page
    assert 'data-when="approved"' in page


def test_a_reload_changes_nothing(pocket, asked):
    pocket.approve(pocket.challenge(), PIN)
    for _ in range(3):
        asked.get(MOVE)
    assert not Activation.objects.filter(state="fresh").exists()


def test_a_first_activation_is_not_called_a_move(mara, here):
    pocket = activated(here, mara)
    assert "has moved" not in text(here.get(MOVE))
    assert "Ask the old phone" in text(here.get(MOVE))
    assert pocket.challenges() == []
