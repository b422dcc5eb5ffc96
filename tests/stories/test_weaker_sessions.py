"""R-61, R-63: what a text beside a key opens lets somebody in, and changes nothing of how the person signs in."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from tests.factories import PASSWORD, PIN, desk, finish, give_password, phone
from tests.stories.carried import (
    NUMBER,
    ask_number,
    by_key,
    by_text,
    carry,
    choose,
    code_to,
    confirm,
    mails,
    text_in,
    texts,
    type_code,
    verify_number,
)
from tests.stories.ways import approve, code_at, events, is_in, new_code, sign_out, text
from twofactor.models import Factors, PortalKey
from twofactor.models.key import Keys

NEW = "four entirely different words"
PASSWORDS = {"password": NEW, "again": NEW}


def sent_away(response):
    return response.status_code == 302 and response["Location"].startswith("/sign-in/?again=1")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/security/password/", PASSWORDS),
        ("/security/sessions/end/", {}),
        ("/security/key/rename/", {"label": "Mine"}),
    ],
)
def test_a_text_beside_a_key_changes_neither_password_nor_sessions_nor_the_name_of_the_key(
    eli, both, here, path, fields
):
    owner = desk()
    by_key(owner, eli, both)
    by_text(here, eli)
    assert sent_away(here.post(path, fields))
    eli.refresh_from_db()
    assert eli.check_password(PASSWORD)
    assert is_in(owner)
    assert PortalKey.objects.get(state="active").name == "Pixel"
    assert "sign-in with the strongest second factor" in text(here.get("/sign-in/?again=1"))
    assert not sent_away(owner.post(path, fields))


def test_with_a_text_as_the_only_factor_the_password_may_be_changed(eli, here):
    text_in(here, eli)
    here.post("/security/password/", PASSWORDS)
    eli.refresh_from_db()
    assert eli.check_password(NEW)


def test_a_new_password_is_told_to_the_mail_and_the_number(eli, here):
    text_in(here, eli)
    here.post("/security/password/", PASSWORDS)
    carry()
    assert "your password was changed" in mails(eli.email)[-1]
    assert "your password was changed" in texts(NUMBER)[-1]


def test_not_me_on_the_phone_does_not_hand_the_account_to_whoever_signs_in_by_text(eli, both):
    """The new password that is due then is the owner's to choose."""
    thief, later = desk(), desk()
    by_text(thief, eli)
    other = desk()
    give_password(other, eli)
    if not both.challenges():
        choose(other, "key")
    both.not_me(both.challenge())
    assert thief.post("/security/password/", PASSWORDS)["Location"] == "/security/password/due/"
    later.defaults["REMOTE_ADDR"] = "203.0.113.77"
    give_password(later, eli)
    if not later.get("/sign-in/verify/code/").context["live"]:
        choose(later, "text")
    type_code(later, code_to())
    assert later.post("/security/password/", PASSWORDS)["Location"] == "/security/password/due/"
    eli.refresh_from_db()
    assert eli.check_password(PASSWORD)


def test_whoever_holds_the_phone_without_its_pin_takes_nothing_over(eli, both, here):
    """The phone gives its key up by a signature alone: then the texts that it also shows must not be the strongest."""
    by_text(here, eli)
    both.revoke()
    assert not is_in(here)
    by_text(here, eli)
    assert sent_away(here.post("/security/key/deactivate/"))
    assert sent_away(ask_number(here, "+85261234568"))
    assert Factors.of(eli).key is not None


# --- A session that proves more than it did ---


def test_a_copied_cookie_is_not_lifted_with_the_session_that_confirms_a_number(mara, handset, settings, here):
    """R-55: who proves more gets a session of another name."""
    give_password(here, mara)
    copy = desk()
    copy.cookies.load({settings.SESSION_COOKIE_NAME: here.cookies[settings.SESSION_COOKIE_NAME].value})
    assert is_in(copy)
    verify_number(here)
    assert is_in(here)
    assert not is_in(copy)


def test_the_code_for_a_phone_goes_on_in_the_session_of_another_name(mara, handset, here):
    give_password(here, mara)
    new_code(here)
    shown = code_at(here)
    verify_number(here)
    assert code_at(here) == shown
    pocket = phone()
    pocket.claim(shown)
    pocket.activate(PIN, label="Pixel", platform="android")
    assert is_in(here)


def test_the_list_of_browsers_knows_the_session_by_its_new_name(mara, handset, here):
    give_password(here, mara)
    verify_number(here)
    (row,) = here.get("/security/").context["sessions"]
    assert row["current"]


# --- In whose words ---


def reading(language):
    browser = desk()
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return browser


def test_a_warning_is_in_the_owners_language_and_not_in_the_thiefs(eli):
    owner = reading("zh-hant")
    text_in(owner, eli)
    thief = reading("en")
    text_in(thief, eli)
    ask_number(thief, "+85261234568")
    confirm(thief, code_to("+85261234568"))
    carry()
    assert "your number was changed" not in texts(NUMBER)[-1]
    assert "/stop/" in texts(NUMBER)[-1]


def test_a_browser_that_is_known_says_what_its_person_reads(eli):
    text_in(reading("zh-hant"), eli)
    known = reading("en")
    text_in(known, eli)
    eli.refresh_from_db()
    assert eli.reads == "zh-hant"
    sign_out(known)
    text_in(known, eli)
    eli.refresh_from_db()
    assert eli.reads == "en"


# --- Choosing ---


def test_a_kind_that_does_not_exist_is_recorded_as_unknown(eli, both, here):
    give_password(here, eli)
    choose(here, "\0\0")
    assert events("factor.downgrade") == [("refused", "unknown")]


def test_a_sign_in_with_the_key_still_ends_as_it_should(eli, both, here):
    give_password(here, eli)
    if not both.challenges():
        choose(here, "key")
    approve(here, both)
    assert finish(here).status_code == 302


# --- After an alarm ---


def test_a_session_of_before_the_alarm_does_not_choose_the_new_password(eli, both, here):
    """It may be the very one that the alarm is about."""
    relayed, other = desk(), desk()
    by_key(relayed, eli, both)
    give_password(other, eli)
    if not both.challenges():
        choose(other, "key")
    both.not_me(both.challenge())
    assert sent_away(relayed.post("/security/password/", PASSWORDS))
    here.defaults["REMOTE_ADDR"] = "203.0.113.78"
    give_password(here, eli)
    if not both.challenges():
        choose(here, "key")
    approve(here, both)
    finish(here)
    here.post("/security/password/", PASSWORDS)
    eli.refresh_from_db()
    assert eli.check_password(NEW)


def test_what_the_key_began_a_text_beside_it_does_not_finish(eli, both, here):
    owner = desk()
    by_key(owner, eli, both)
    ask_number(owner, "+85261234568")
    by_text(here, eli)
    assert sent_away(confirm(here, code_to("+85261234568")))


def test_a_second_tab_with_the_old_cookie_does_not_sign_the_first_one_out(mara, handset, settings, here):
    """Its answer would delete the cookie of the same name that the first has just got."""
    name = settings.SESSION_COOKIE_NAME
    give_password(here, mara)
    other = desk()
    other.cookies.load({name: here.cookies[name].value})
    verify_number(here)
    assert name not in other.get("/security/key/status/").cookies
    assert name not in other.get("/").cookies
    assert is_in(here)
    sign_out(here)
    assert not is_in(here)


@pytest.mark.parametrize("moment", ["the session was read", "the person was read"])
def test_a_page_that_looks_again_while_its_session_is_renewed_does_not_end_it(mara, handset, here, monkeypatch, moment):
    """The renewal falls between the reading of the session's row and of the person's, or of the person's factors."""
    give_password(here, mara)
    new_code(here)
    pocket = phone()
    pocket.claim(code_at(here))
    load, binding, raced = SessionStore.load, Keys.binding, []

    def race():
        if not raced:
            raced.append(True)
            pocket.activate(PIN, label="Pixel", platform="android")

    def slow_load(self):
        found = load(self)
        if SESSION_KEY in found:
            race()
        return found

    def slow_binding(self, user):
        race()
        return binding(self, user)

    if moment == "the session was read":
        monkeypatch.setattr(SessionStore, "load", slow_load)
    else:
        monkeypatch.setattr(Keys, "binding", slow_binding)
    assert here.get("/security/key/").status_code == 200
    assert raced
    assert is_in(here)
