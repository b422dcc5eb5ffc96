"""The support desk: what staff see of a client, and what they do for them at once."""

import re

import pytest

from accounts.models import AuditEvent, OpenSession
from tests.factories import PIN, desk, finish, give_password
from tests.pocket import Problem
from tests.stories.carried import carry as carried
from tests.stories.carried import given_number, mails, text_in
from tests.stories.desks import did, officer, page, press, root, seen, staff
from tests.stories.sealing import grown, opened
from tests.stories.ways import approve, dump, is_in, login_of, sign_in, sign_out, state, text
from twofactor import pairs
from twofactor.models import Challenge, Passcode, PortalKey


def reasons(kind):
    """What the record says of this kind: who of the staff, and why."""
    rows = AuditEvent.objects.filter(kind=kind).order_by("id")
    return [(row.user.username, row.facts["by"], row.facts["why"]) for row in rows]


# --- The page ---


def test_the_page_shows_how_a_client_stands(handset, mara, pocket, known):
    """Everything that helps on the telephone, masked and counted."""
    given_number(mara)
    sign_in(known, mara, pocket)
    give_password(desk(), mara)
    shown = seen(staff(), mara)
    for words in ("Mara Lee", "s Pixel Android Active", "+852 •••• 67", "2 browsers", "Firefox on Windows"):
        assert words in shown, words
    assert "127.0.0.1" in shown
    assert "You signed in with Portal Key." in shown


def test_the_page_names_what_is_full_and_until_when(one_clock, mara, pocket):
    waiting = desk()
    for _each in range(3):
        give_password(waiting, mara)
    give_password(desk(), mara)
    shown = seen(staff(), mara)
    assert "Notifications of sign-ins No more until" in shown


def test_looking_changes_nothing(mara, pocket):
    sol = staff()
    seen(sol, mara)
    before = dump()
    seen(sol, mara)
    assert dump() == before


@pytest.mark.parametrize("deed", ["lock", "end-sessions", "switch-off", "test", "password", "check", "propose-key"])
def test_nothing_is_done_without_a_reason(mara, pocket, deed):
    sol = staff()
    answer = press(sol, mara, deed, reason="   ")
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert not AuditEvent.objects.filter(facts__has_key="why").exists()


def test_a_reason_that_is_too_long_for_the_record_is_not_cut(mara, pocket):
    """What was typed stays in the field."""
    long = "x" * 65
    answer = press(staff(), mara, "lock", reason=long)
    assert answer.status_code == 422
    assert long in answer.content.decode()
    mara.refresh_from_db()
    assert mara.is_active


# --- Locked and unlocked ---


def test_a_lock_between_the_approval_and_the_claim_leaves_nobody_signed_in(handset, mara, pocket, here):
    """AT-010: the claim is refused, and the old row stays dead after the unlock."""
    sol, ida = staff(), officer()
    give_password(here, mara)
    approve(here, pocket)
    assert state(here) == "approved"
    assert did(press(sol, mara, "lock"), mara)
    finish(here)
    assert not is_in(here)
    assert login_of(here).state == "cancelled"
    assert did(press(ida, mara, "unlock"), mara)
    finish(here)
    assert not is_in(here)


def test_who_is_locked_signs_in_with_nothing_and_is_refused_like_a_stranger(mara, pocket, known, here):
    """R-46."""
    sign_in(known, mara, pocket)
    press(staff(), mara, "lock")
    assert not is_in(known)
    locked = text(give_password(here, mara))
    stranger = text(give_password(here, mara, "not the password at all"))
    assert locked == stranger


def test_the_phone_of_somebody_who_was_locked_still_holds_its_key(mara, pocket, here):
    """A phone that is told its key is gone wipes it: then the unlock would give back an account without a phone."""
    press(staff(), mara, "lock")
    assert pocket.challenges() == []
    press(officer(), mara, "unlock")
    sign_in(here, mara, pocket)


def test_a_question_that_was_open_is_not_approved_after_the_lock(mara, pocket, here):
    give_password(here, mara)
    asked = pocket.challenge()
    sol, ida = staff(), officer()
    press(sol, mara, "lock")
    with pytest.raises(Problem):
        pocket.approve(asked, PIN, number=asked.get("question") or "000000")
    press(ida, mara, "unlock")
    with pytest.raises(Problem):
        pocket.approve(asked, PIN, number=asked.get("question") or "000000")
    assert not is_in(here)


def test_support_locks_and_an_officer_unlocks(handset, mara, pocket):
    sol, ida = staff(), officer()
    assert did(press(sol, mara, "lock", reason="Caller says it is stolen"), mara)
    assert press(sol, mara, "unlock").status_code == 403
    mara.refresh_from_db()
    assert (mara.is_active, mara.lock_reason) == (False, "Caller says it is stolen")
    assert did(press(ida, mara, "unlock"), mara)
    mara.refresh_from_db()
    assert (mara.is_active, mara.locked_at, mara.lock_reason) == (True, None, "")
    assert [(who, why) for who, _by, why in reasons("account.lock")] == [("mara", "Caller says it is stolen")]
    carried()
    assert "our staff locked your account" in mails(mara.email)[-2]
    assert "our staff unlocked your account" in mails(mara.email)[-1]


# --- Ended ---


def test_ending_the_sessions_is_effective_at_once(handset, mara, pocket, known, here):
    """AT-105: signed in, half-way in and showing a code alike; the record has who, whom and why."""
    sign_in(known, mara, pocket)
    give_password(here, mara)
    sol = staff()
    assert did(press(sol, mara, "end-sessions", reason="Lost laptop"), mara)
    assert not is_in(known)
    assert state(here) == "cancelled"
    assert not OpenSession.objects.filter(user=mara).exists()
    ((who, by, why),) = reasons("session.end-all")
    assert (who, why) == ("mara", "Lost laptop")
    assert by.startswith("staff-")
    carried()
    assert "signed you out everywhere" in mails(mara.email)[-1]


def test_a_cancelled_sign_in_is_over_at_both_ends(mara, pocket, here):
    give_password(here, mara)
    login = login_of(here)
    assert did(press(staff(), mara, "cancel", login.pk), mara)
    assert state(here) == "cancelled"
    assert pocket.challenges() == []


def test_a_sign_in_of_another_client_is_not_cancelled_from_here(mara, shared, here):
    """The row is looked for among this client's own."""
    eli = PortalKey.objects.get(user__username="eli").user
    give_password(here, eli)
    answer = press(staff(), mara, "cancel", login_of(here).pk)
    assert answer.status_code == 422
    assert state(here) == "waiting"


def test_a_key_that_is_switched_off_still_stands_in_the_way(handset, mara, pocket, known, here):
    """R-85 and AT-103: at once, and the password alone is never enough for it."""
    sign_in(known, mara, pocket)
    assert did(press(staff(), mara, "switch-off"), mara)
    assert not is_in(known)
    with pytest.raises(Problem) as refusal:
        pocket.inbox()
    assert refusal.value.code == "key-inactive"
    assert mara.portal_keys.get().state == "locked"
    give_password(here, mara)
    assert not is_in(here)
    carried()
    assert "switched Portal Key on your phone off" in mails(mara.email)[-1]


def test_a_last_key_is_not_taken_away_by_one_person(handset, mara, pocket):
    """R-84: not by an officer, and not by a superuser."""
    for browser in (officer(), root()):
        assert press(browser, mara, "revoke").status_code == 422
    assert mara.portal_keys.get().state == "active"


def test_a_key_beside_a_number_is_taken_away_at_once(handset, mara, pocket, here):
    given_number(mara)
    assert did(press(officer(), mara, "revoke"), mara)
    assert mara.portal_keys.get().state == "revoked"
    text_in(here, mara)


def test_support_does_not_take_keys_away(handset, mara, pocket):
    given_number(mara)
    assert press(staff(), mara, "revoke").status_code == 403
    assert mara.portal_keys.get().state == "active"


def test_a_sealed_password_is_sent_and_seen_to_wait_but_never_seen(handset, mara, pocket):
    """AT-115, from the desk."""
    sol = staff()
    assert press(sol, mara, "password").status_code == 422, "a phone of today gets none"
    grown(mara)
    assert did(press(sol, mara, "password"), mara)
    shown = seen(sol, mara)
    assert "Waits on the phone to be opened" in shown
    assert opened(pocket) not in seen(sol, mara)
    assert "Opened on the phone" in seen(sol, mara)


# --- Is it them, and do they know that it is us? ---


def test_both_ends_of_the_line_see_the_same_two_words(mara, pocket):
    """N9: the agent says one, the caller the other; the page says what the phone has answered."""
    sol = staff()
    assert did(press(sol, mara, "check"), mara)
    asked = pocket.challenge()
    facts = dict(asked["display"]["facts"])
    assert asked["purpose"] == "action"
    shown = seen(sol, mara)
    said, heard = facts["Our staff say"], facts["You say"]
    assert f"You say {said} They say {heard} The phone has not answered yet." in shown
    pocket.approve(asked, PIN)
    assert "Confirmed on the phone" in seen(sol, mara)


def test_a_caller_who_does_not_hold_the_phone_is_seen(mara, pocket):
    sol = staff()
    press(sol, mara, "check")
    pocket.cancel(pocket.challenge())
    assert "this is not the client" in seen(sol, mara)


def test_a_check_signs_nobody_in(mara, pocket, here):
    give_password(here, mara)
    press(staff(), mara, "check")
    asked = next(each for each in pocket.challenges() if each["purpose"] == "action")
    pocket.approve(asked, PIN)
    assert state(here) == "waiting"


def test_a_test_says_that_the_desk_asked_for_it(mara, pocket):
    assert did(press(staff(), mara, "test"), mara)
    asked = pocket.challenge()
    assert ["Asked by", "The support desk"] in asked["display"]["facts"]
    assert Challenge.objects.get(pk=asked["id"]).purpose == "test"


def test_the_words_of_a_sign_in_stand_at_the_desk(mara, pocket, here):
    """The caller's own page shows them too."""
    give_password(here, mara)
    first, second = pairs.pair(login_of(here).pk)
    assert re.search(rf"You say {first} \S+ They say {second} \S+ Issue a passcode", seen(staff(), mara))


def test_a_passcode_is_issued_for_the_caller_who_waits_and_staff_do_not_see_it(handset, mara, pocket, here):
    give_password(here, mara)
    sol = staff()
    assert did(press(sol, mara, "passcode", login_of(here).pk), mara)
    shown = sol.get(page(mara)).content.decode()
    issued = Passcode.objects.get(user=mara)
    assert issued.shown
    assert issued.shown not in shown.replace("-", "")
    assert "Temporary passcode" in shown


def test_a_second_passcode_in_a_row_needs_a_second_person(handset, one_clock, mara, pocket, here):
    sol, ida = staff(), officer()
    give_password(here, mara)
    press(sol, mara, "passcode", login_of(here).pk)
    sign_out(here)
    give_password(here, mara)
    login = login_of(here)
    refused = press(sol, mara, "passcode", login.pk)
    assert refused.status_code == 422
    assert page(mara, "propose-passcode", login.pk) in refused.content.decode()
    assert did(press(sol, mara, "propose-passcode", login.pk), mara)
    (proposal,) = mara.proposals.all()
    assert press(sol, mara, "approve", proposal.pk).status_code == 403
    assert did(press(ida, mara, "approve", proposal.pk), mara)
    assert Passcode.objects.filter(login=login, second__username="ida").exists()
