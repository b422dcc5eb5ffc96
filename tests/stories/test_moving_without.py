"""H11, without the old phone: another factor is enough to move, and for a day nothing else changes (R-61, R-96)."""

import pytest

from accounts.models import AuditEvent
from tests.factories import PIN, desk, give_password
from tests.pocket import Problem
from tests.stories.carried import (
    DAY,
    NUMBER,
    OTHER,
    ask_number,
    by_key,
    by_text,
    carry,
    code_to,
    confirm,
    mails,
    stop_links,
    texts,
    type_code,
)
from tests.stories.lost import MOVE, activate_at, take, way
from tests.stories.ways import ask_old, code_at, is_in, move_code, new_code, sign_out, text
from twofactor.models import Factors, PortalKey

# --- The road ---


def test_a_text_is_enough_to_move_and_the_page_says_what_follows(eli, both, here):
    by_text(here, eli)
    page = text(here.get(MOVE))
    assert "Without the old phone" in page
    assert "For the 24 hours after it, your number, texts, key, password and recovery codes stay as they are" in page
    assert code_at(here) == ""
    take(here)
    new = activate_at(here)
    assert sorted(PortalKey.objects.values_list("name", "state")) == [("Pixel", "replaced"), ("Second", "active")]
    with pytest.raises(Problem):
        both.inbox()
    there = desk()
    by_key(there, eli, new)
    assert both.keys != new.keys


def test_everybody_is_told_and_can_undo_it(eli, moved):
    carry()
    for notice in (texts(NUMBER)[-1], mails(eli.email)[-1]):
        assert "was activated on a phone without the earlier phone" in notice
    assert stop_links(eli.email)[-1]


def test_the_page_afterwards_counts_the_hold_down(eli, moved, here):
    eli.refresh_from_db()
    page = here.get(MOVE)
    assert "Portal Key has moved" in text(page)
    assert eli.held_until.isoformat()[:16] in page.content.decode().replace("+00:00", "")
    assert "Time left: 23" in text(page)
    assert AuditEvent.objects.filter(kind="key.hold", user=eli).count() == 1


def test_an_older_sign_in_by_text_signs_in_again(one_clock, eli, both, here):
    """P-42 holds for what is weaker, too; the way back leads to the page about moving."""
    by_text(here, eli)
    one_clock.shift(301)
    assert here.post(MOVE)["Location"] == "/sign-in/?again=1&next=%2Fsecurity%2Fkey%2Fmove%2F"
    assert here.get(MOVE)["Location"] == "/sign-in/?again=1&next=%2Fsecurity%2Fkey%2Fmove%2F"
    assert new_code(here)["Location"] == MOVE
    assert code_at(here) == ""


def test_a_code_that_such_a_session_showed_stays_weak_however_it_is_used(eli, both, here):
    """The phone's own browser has another session, or none: what counts is the one that showed the code."""
    by_text(here, eli)
    take(here)
    owner = desk()
    by_key(owner, eli, both)
    activate_at(here)
    eli.refresh_from_db()
    assert eli.held_until is not None


def test_the_owners_own_code_is_not_weak_because_somebody_else_is_in_by_text(eli, both, here):
    by_text(desk(), eli)
    by_key(here, eli, both)
    move_code(here, both)
    activate_at(here)
    eli.refresh_from_db()
    assert eli.held_until is None


def test_with_a_number_to_confirm_it_is_held_all_the_same(settings, eli, both, here):
    settings.PORTAL_ACTIVATION_CONFIRM = True
    by_text(here, eli)
    take(here)
    new = activate_at(here)
    eli.refresh_from_db()
    assert eli.held_until is None
    (key,) = new.keys.values()
    here.post("/security/key/confirm/", {"code": key.confirm_code})
    eli.refresh_from_db()
    assert eli.held_until is not None


# --- The hold ---


HELD = {
    "/security/phone/": {"country": "HK", "number": OTHER},
    "/security/phone/texts/": {"texts": "on"},
    "/security/phone/remove/": {},
    "/security/key/deactivate/": {},
}


@pytest.mark.parametrize("path", HELD)
def test_for_a_day_nobody_changes_how_the_person_signs_in(one_clock, eli, moved, here, path):
    sign_out(here)
    by_key(here, eli, moved)
    before = (Factors.of(eli).kinds, texts(OTHER))
    refused = here.post(path, HELD[path])
    assert refused.status_code == 403
    assert "This cannot be changed yet" in text(refused)
    assert "data-time" in refused.content.decode()
    carry()
    assert (Factors.of(eli).kinds, texts(OTHER)) == before
    one_clock.shift(DAY)
    by_key(here, eli, moved)
    assert here.post(path, HELD[path]).status_code != 403


def test_a_number_that_was_asked_for_before_is_not_confirmed_within_it(one_clock, eli, both, here):
    owner = desk()
    by_key(owner, eli, both)
    ask_number(owner, OTHER)
    by_text(here, eli)
    take(here)
    new = activate_at(here)
    by_key(owner, eli, new)
    assert confirm(owner, "000000").status_code == 403


def test_the_pages_about_number_and_key_say_so(eli, moved, here):
    sign_out(here)
    by_key(here, eli, moved)
    for page in ("/security/phone/", "/security/key/"):
        assert "stay as they are until" in text(here.get(page))


def test_a_second_move_with_the_phone_does_not_wait(eli, moved, here):
    sign_out(here)
    by_key(here, eli, moved)
    assert move_code(here, moved)


def test_within_the_hold_a_weaker_session_does_not_move_again(eli, moved, here):
    """The session that moved is still the one that a text opened."""
    assert "Portal Key has moved" in text(here.get(MOVE))
    page = here.get(f"{MOVE}?another=1")
    assert page.context["way"].name == "held"
    assert "Not yet without the phone" in text(page)
    before = code_at(here)
    here.post(MOVE)
    new_code(here)
    assert code_at(here) == before == ""


def test_a_day_later_it_does(one_clock, eli, moved, here):
    one_clock.shift(DAY + 1)
    by_rested_text(here, eli)
    assert way(here) == "weaker"
    assert take(here)


def by_rested_text(browser, user):
    """The texts that rest for the key are a way in for whoever cannot use the phone."""
    give_password(browser, user)
    browser.post("/sign-in/verify/lost/text/")
    type_code(browser, code_to(NUMBER))
    assert is_in(browser)


def test_a_phone_that_comes_back_does_not_answer_for_the_new_one(eli, both, here):
    """The question went to the old phone before it was lost; its approval opens nothing after the move."""
    owner = desk()
    by_key(owner, eli, both)
    ask_old(owner)
    question = both.challenge()
    by_text(here, eli)
    take(here)
    activate_at(here)
    with pytest.raises(Problem) as refused:
        both.approve(question, PIN)
    assert refused.value.code == "key-inactive"
