""" "This was not me": what ends, who is told, what the person sees, on the phone, at the desk and beside an event."""

import pytest
from django.test import RequestFactory

from accounts.models import AuditEvent, RefusedOrigin
from tests.factories import PASSWORD, desk, finish, give_password
from tests.stories.carried import NUMBER, by_key, carry, forget, mails, text_in, texts
from tests.stories.recovering import sheet_of
from tests.stories.ways import approve, ask_old, code_at, events, is_in, sign_in, sign_out, state, text
from twofactor import alarm
from twofactor.models import Activation, PortalKey, RecoverySheet

MOVE = "/security/key/move/"
NEW = "four entirely different words"
ABROAD = "203.0.113.9"


def question_of(pocket, purpose):
    (found,) = [each for each in pocket.challenges() if each["purpose"] == purpose]
    return found


@pytest.fixture
def thief(mara, pocket):
    """Somebody far away, in a session of Mara's that they relayed; they ask for her key."""
    browser = desk()
    browser.defaults["REMOTE_ADDR"] = ABROAD
    sign_in(browser, mara, pocket)
    ask_old(browser)
    return browser


def is_out(browser):
    """Nobody is signed in here: a session that still stood would be sent to sign in again."""
    return browser.get("/security/password/")["Location"] == "/sign-in/?next=/security/password/"


# --- To a move ---


def test_not_me_to_a_move_ends_every_session_and_moves_nothing(mara, pocket, known, thief):
    sign_in(known, mara, pocket)
    pocket.not_me(question_of(pocket, "action"))
    assert is_out(thief)
    assert is_out(known)
    assert PortalKey.objects.get().state == "active"
    assert not Activation.objects.filter(state="fresh").exists()


def test_the_browser_that_asked_is_refused_and_the_owners_is_not(mara, pocket, known, thief):
    pocket.not_me(question_of(pocket, "action"))
    refused = give_password(thief, mara)
    assert refused.status_code == 403
    assert "refused sign-ins from here" in text(refused)
    there = desk()
    there.defaults["REMOTE_ADDR"] = ABROAD
    assert give_password(there, mara).status_code == 403
    assert give_password(known, mara).status_code == 302


def test_the_owner_chooses_a_new_password_next(mara, pocket, known, thief):
    pocket.not_me(question_of(pocket, "action"))
    sign_in_to_change(known, mara, pocket)
    known.post("/security/password/", {"password": NEW, "again": NEW})
    mara.refresh_from_db()
    assert mara.check_password(NEW)
    assert is_in(known)


def sign_in_to_change(browser, user, pocket):
    give_password(browser, user)
    approve(browser, pocket)
    finish(browser)
    assert browser.get("/")["Location"] == "/security/password/"


def test_staff_see_it_and_the_owner_is_told_everywhere(eli, handset, one_clock, pocket_of_eli, here):
    by_key(here, eli, pocket_of_eli)
    ask_old(here)
    pocket_of_eli.not_me(question_of(pocket_of_eli, "action"))
    alert = AuditEvent.objects.get(kind="alarm.raise", user=eli)
    assert (alert.outcome, alert.reason, alert.facts["event"]) == ("refused", "alert", "action")
    carry()
    for notice in (texts(NUMBER)[-1], mails(eli.email)[-1]):
        assert "you said that something was not you" in notice


def test_not_me_to_a_test_is_an_alarm_about_the_sessions_too(mara, pocket, known, here):
    """Whoever sends tests in somebody's name is signed in as them."""
    sign_in(known, mara, pocket)
    known.post("/security/key/test/")
    pocket.not_me(question_of(pocket, "test"))
    assert is_out(known)
    assert give_password(here, mara).status_code == 302


def test_a_cancel_is_no_alarm(mara, pocket, known, thief):
    pocket.cancel(question_of(pocket, "action"))
    assert is_in(thief)
    assert AuditEvent.objects.filter(kind="alarm.raise").count() == 0
    mara.refresh_from_db()
    assert not mara.password_change_required


# --- To a sign-in ---


def test_not_me_to_a_sign_in_denies_whatever_else_is_open(mara, pocket, known, here):
    """Whoever began it has a password and no session; what is open beside it may be theirs, too."""
    sign_in(known, mara, pocket)
    ask_old(known)
    here.defaults["REMOTE_ADDR"] = ABROAD
    give_password(here, mara)
    other = desk()
    give_password(other, mara)
    waiting = [each for each in pocket.challenges() if each["purpose"] == "sign-in"]
    pocket.not_me(waiting[-1])
    assert pocket.challenges() == []
    assert {state(here), state(other)} == {"denied"}
    assert known.get("/security/key/status/").status_code in (200, 302)
    assert AuditEvent.objects.get(kind="alarm.raise").facts["event"] == "sign-in"


def test_the_desk_that_waited_says_what_happened(mara, pocket, here):
    here.defaults["REMOTE_ADDR"] = ABROAD
    give_password(here, mara)
    pocket.not_me(question_of(pocket, "sign-in"))
    page = text(here.get("/sign-in/verify/"))
    assert "this sign-in was not theirs" in page
    assert "closed for 24 hours" in page
    assert "support desk" in page


def test_a_code_for_a_new_phone_that_was_open_is_void(mara, pocket, known, here):
    sign_in(known, mara, pocket)
    ask_old(known)
    pocket.approve(question_of(pocket, "action"), "24x7")
    known.post(MOVE)
    assert code_at(known)
    give_password(here, mara)
    pocket.not_me(question_of(pocket, "sign-in"))
    assert not Activation.objects.filter(state="fresh").exists()
    assert events("alarm.raise") == [("refused", "alert")]


# --- Beside an event of the past ---


def raise_from(browser, user, event):
    """What the page of the activity does with the press of its button."""
    request = RequestFactory().post("/", REMOTE_ADDR=browser.defaults.get("REMOTE_ADDR", "127.0.0.1"))
    request.session, request.user = browser.session, user
    request.COOKIES = {name: each.value for name, each in browser.cookies.items()}
    alarm.raise_from_activity(request, user, event)


def last_sign_in(user, address):
    return AuditEvent.objects.filter(kind="login.claim", user=user, address=address).latest("pk")


def test_an_event_that_is_not_known_ends_every_session_but_this(mara, pocket, known, thief):
    sign_in(known, mara, pocket)
    raise_from(known, mara, last_sign_in(mara, ABROAD))
    assert is_out(thief)
    assert known.get("/")["Location"] == "/security/password/"
    assert give_password(thief, mara).status_code == 403
    assert pocket.challenges() == []
    assert AuditEvent.objects.get(kind="alarm.raise").facts["event"] == "login.claim"


def test_this_session_signs_in_again_for_the_new_password(mara, pocket, known, thief):
    """An alarm may be raised by the very session that it should be about."""
    sign_in(known, mara, pocket)
    raise_from(known, mara, last_sign_in(mara, ABROAD))
    answer = known.post("/security/password/", {"password": NEW, "again": NEW})
    assert answer["Location"].startswith("/sign-in/?again=1")
    mara.refresh_from_db()
    assert mara.check_password(PASSWORD)
    sign_in_to_change(known, mara, pocket)


def test_whoever_shares_the_owners_network_does_not_shut_the_owner_out(mara, pocket, known):
    known.defaults["REMOTE_ADDR"] = ABROAD
    flatmate = desk()
    flatmate.defaults["REMOTE_ADDR"] = ABROAD
    sign_in(flatmate, mara, pocket)
    event = last_sign_in(mara, ABROAD)
    sign_in(known, mara, pocket)
    raise_from(known, mara, event)
    sign_out(known)
    assert give_password(flatmate, mara).status_code == 403
    assert give_password(known, mara).status_code == 302
    assert RefusedOrigin.objects.count() == 1


def test_an_event_of_this_very_browser_shuts_nobody_out(mara, pocket, known):
    """Somebody else used it, or a slip: its owner goes on here, with the factor and a new password."""
    known.defaults["REMOTE_ADDR"] = ABROAD
    sign_in(known, mara, pocket)
    raise_from(known, mara, last_sign_in(mara, ABROAD))
    assert not RefusedOrigin.objects.exists()
    assert give_password(known, mara).status_code == 302


def test_recovery_codes_that_are_disowned_are_void(mara, pocket, known, thief):
    sheet_of(thief)
    sign_in(known, mara, pocket)
    raise_from(known, mara, AuditEvent.objects.filter(kind="recovery.make").latest("pk"))
    assert RecoverySheet.objects.active(mara) is None


def test_everybody_is_told_of_that_too(eli, handset, one_clock, here):
    text_in(here, eli)
    forget(handset, one_clock)
    text_in(here, eli)
    raise_from(here, eli, last_sign_in(eli, "127.0.0.1"))
    carry()
    assert "you said that something was not you" in mails(eli.email)[-1]
    assert "you said that something was not you" in texts(NUMBER)[-1]
