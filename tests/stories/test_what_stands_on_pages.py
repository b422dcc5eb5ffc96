"""What a client reads on their own pages while something is held, leaving, locked or over: only what is so."""

import re

import pytest

from accounts.models import AuditEvent, User
from tests.factories import PIN, desk, give_password, phone
from tests.stories.carried import by_text, carry, given_number, mails
from tests.stories.desks import did, officer, press, proposed, staff
from tests.stories.lost import MOVE, moved_to
from tests.stories.recovering import new_sheet, recovered, sheet_of
from tests.stories.ways import events, is_in, login_of, move_code, sign_in, text
from twofactor.models import Proposal, RecoverySheet

HOME, KEY, PHONE = "/", "/security/key/", "/security/phone/"
VERIFY = "/sign-in/verify/"
LINK, NOT_ME = r"/stop/desk/[^\"]+/", r"/security/activity/[^\"]+/not-me/"


def path_in(page, pattern):
    """The first address on this page that looks so."""
    return re.search(rf'href="({pattern})"', page.content.decode())[1]


# --- What staff are going to take away ---


@pytest.fixture
def leaving(handset, one_clock, mara, pocket, known):
    """Two of the staff have decided to take Mara's key away; she is signed in with it."""
    sign_in(known, mara, pocket)
    assert did(press(staff(), mara, "propose-key"), mara)
    assert did(press(officer(), mara, "approve", proposed(mara).pk), mara)
    return known


@pytest.mark.parametrize("page", [HOME, KEY, PHONE, "/security/"])
def test_what_staff_will_take_away_stands_on_the_owners_pages(leaving, page):
    """AT-103: until when, and the way to say no."""
    shown = leaving.get(page)
    due = Proposal.objects.get().due
    assert f"Our staff will take Portal Key away from your account on {due:%Y-%m-%d %H:%M}" in text(shown)
    assert path_in(shown, LINK)


def test_the_owner_cancels_it_from_their_own_page(leaving):
    """AT-103."""
    leaving.post(path_in(leaving.get(HOME), LINK))
    assert Proposal.objects.get().state == "cancelled"
    after = text(leaving.get(HOME, follow=True))
    assert "It is cancelled" in after
    assert "Our staff will take" not in after


def test_what_one_of_the_staff_has_only_proposed_alarms_nobody(mara, pocket, known):
    sign_in(known, mara, pocket)
    press(staff(), mara, "propose-key")
    assert "Our staff will take" not in text(known.get(HOME))


def test_who_came_in_by_the_number_that_leaves_does_not_keep_it(handset, one_clock, mara, here):
    """Whoever has found the phone with that number would keep it for good."""
    given_number(mara)
    by_text(here, mara)
    assert did(press(staff(), mara, "propose-phone"), mara)
    assert did(press(officer(), mara, "approve", proposed(mara).pk), mara)
    shown = here.get(PHONE)
    assert "Press the link in our mail, or call the support desk." in text(shown)
    assert "/stop/desk/" not in shown.content.decode()


# --- The hold ---


@pytest.fixture
def new(mara, pocket, known, here):
    """Mara's new phone: she has moved with a recovery code, without her old one."""
    sign_in(known, mara, pocket)
    recovered(here, mara, sheet_of(known)[1])
    new = moved_to(here)
    mara.refresh_from_db()
    assert mara.held_until
    return new


@pytest.fixture
def held(mara, new):
    """Her own browser, signed in with that phone."""
    browser = desk()
    sign_in(browser, mara, new)
    return browser


def test_a_held_account_is_offered_nothing_that_it_would_be_refused(held):
    """R-61: no form for a number, no button to give the key up."""
    page = held.get(f"{PHONE}?change=1").content.decode()
    assert 'name="number"' not in page
    assert 'value="off"' not in page
    assert "/security/phone/remove/" not in page
    assert "/security/key/deactivate/" not in held.get(KEY).content.decode()


def test_home_says_that_the_account_is_held(held, mara):
    shown = text(held.get(HOME))
    assert (
        f"Until {mara.held_until:%Y-%m-%d %H:%M} UTC your number, texts, key, password and recovery codes stay" in shown
    )
    assert "Confirm my number" not in shown


@pytest.mark.parametrize(("mail", "words"), [("mara@example.com", "sent to your mail."), ("", "If we sent you a text")])
def test_the_hold_names_no_place_where_nothing_was_sent(held, mara, mail, words):
    User.objects.filter(pk=mara.pk).update(email=mail)
    assert words in text(held.get(KEY))
    assert "and your number" not in text(held.get(KEY))


def test_a_move_that_the_old_phone_approved_is_not_taken_for_the_one_before_it(held, new):
    assert "Your old phone approved" not in text(held.get(MOVE))
    third = phone()
    third.claim(move_code(held, new))
    third.activate(PIN, label="Third", platform="android")
    assert "Your old phone approved this move. What follows is about the move before it." in text(held.get(MOVE))


# --- A locked key ---


def test_a_key_that_staff_switched_off_is_not_blamed_on_a_pin(handset, mara, pocket, here):
    """And nothing is recommended that this person does not have."""
    press(staff(), mara, "switch-off")
    give_password(here, mara)
    shown = text(here.get(VERIFY))
    assert "Our staff switched Portal Key" in shown
    assert "PIN was wrong" not in shown
    assert "recovery code" not in shown
    assert "The support desk helps you in." in shown
    assert here.get(VERIFY).content.decode().count("/sign-in/verify/lost/") == 1


def test_who_gave_the_key_up_on_the_phone_reads_so(mara, pocket, here):
    pocket.revoke()
    give_password(here, mara)
    assert "was given up on that phone" in text(here.get(VERIFY))


def test_home_says_that_the_key_is_locked_and_offers_no_test(handset, mara, pocket, known, here):
    sign_in(known, mara, pocket)
    codes = sheet_of(known)
    press(staff(), mara, "switch-off")
    give_password(here, mara)
    here.post("/sign-in/verify/recovery/", {"code": codes[0]})
    assert is_in(here)
    shown = text(here.get(HOME))
    assert "Portal Key is locked" in shown
    assert "Activate Portal Key again" in shown
    assert "Test it now" not in shown
    assert "/security/key/deactivate/" not in here.get(KEY).content.decode()


# --- Who calls ---


def test_who_says_that_they_are_not_calling_is_not_punished(mara, pocket, known):
    """N9: an impostor calls the desk, and the owner says no. Nobody is signed in, so nothing of theirs ends."""
    sign_in(known, mara, pocket)
    press(staff(), mara, "check")
    asked = pocket.challenge()
    assert asked["about"] == "caller"
    pocket.not_me(asked)
    assert is_in(known)
    mara.refresh_from_db()
    assert not mara.password_change_required
    assert AuditEvent.objects.filter(kind="caller.disowned", outcome="refused").exists()
    assert "You told our staff on your phone that it was not you who was calling." in text(
        known.get("/security/activity/")
    )


def test_no_other_question_is_called_one_about_a_caller(mara, pocket, here):
    give_password(here, mara)
    assert "about" not in pocket.challenge()


# --- What staff gave to a caller ---


def test_a_client_who_never_called_says_so_beside_the_passcode(handset, mara, pocket, known, here):
    """What was given ends, and so does the sign-in of whoever called; where staff work is not refused."""
    give_password(here, mara)
    login = login_of(here)
    assert did(press(staff(), mara, "passcode", login.pk), mara)
    sign_in(known, mara, pocket)
    shown = known.get("/security/activity/?about=desk")
    assert "I did not ask for this" in text(shown)
    known.post(path_in(shown, NOT_ME))
    assert mara.passcodes.get().state == "ended"
    assert events("alarm.raise")


# --- Over ---


def test_after_the_alarm_the_page_says_what_happened(mara, pocket, known):
    sign_in(known, mara, pocket)
    link = path_in(known.get("/security/activity/"), NOT_ME)
    assert "Everything else that was open has ended" in text(known.post(link, follow=True))


def test_a_browser_that_was_signed_out_from_elsewhere_says_so(mara, pocket, known, here):
    sign_in(known, mara, pocket)
    other = desk()
    sign_in(other, mara, pocket)
    known.post("/security/sessions/end/")
    shown = text(other.get(HOME, follow=True))
    assert "You are no longer signed in here" in shown


def test_a_browser_that_never_was_signed_in_reads_nothing_of_it(here):
    assert "no longer signed in" not in text(here.get(HOME, follow=True))


def test_a_waiting_page_that_sent_nothing_waits_for_no_answer(mara, pocket):
    """It says one thing, and leads one way to it."""
    for _each in range(4):
        last = desk()
        give_password(last, mara)
    shown = last.get(VERIFY)
    assert "nothing is sent to your phone until" in text(shown)
    assert "Waiting for your answer" not in text(shown)
    assert shown.content.decode().count('href="/sign-in/verify/manual/"') == 1


def test_a_printed_sheet_says_which_one_it_is(mara, pocket, known):
    """Old and new sheets look alike; the page says later which one counts."""
    sign_in(known, mara, pocket)
    codes = new_sheet(known)
    made = f"{RecoverySheet.objects.get().created:%Y-%m-%d %H:%M}"
    assert f"Sheet of {made}" in text(known.get("/security/recovery-codes/"))
    assert f"Sheet of {made}" in known.get("/security/recovery-codes/download/").content.decode()
    known.post("/security/recovery-codes/prove/", {"code": codes[0]})
    assert f"They stand on the sheet of {made}" in text(known.get("/security/recovery-codes/"))


def test_the_notice_of_a_recovery_code_leads_to_the_password(handset, mara, pocket, known, here):
    sign_in(known, mara, pocket)
    recovered(here, mara, sheet_of(known)[1])
    carry()
    (said,) = [mail for mail in mails(mara.email) if "recovery code was used" in mail]
    assert "/security/password/" in said
