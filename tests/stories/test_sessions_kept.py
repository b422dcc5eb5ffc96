"""R-55: who reads the database, or a backup of it, has nobody's session: its rows do not say what cookies say."""

import pytest
from django.contrib.sessions.models import Session

from accounts.keeping import SessionStore, name_of
from accounts.models import OpenSession
from tests.factories import desk, give_password
from tests.stories.ways import dump, is_in, sign_in


def test_no_row_holds_what_the_cookie_says(mara, pocket, here):
    sign_in(here, mara, pocket)
    cookie = here.cookies["session"].value
    assert not [row for rows in dump(without=set()).values() for row in rows if cookie in str(row)]


@pytest.mark.parametrize("rows", [Session, OpenSession])
def test_the_name_of_a_row_is_no_cookie(mara, pocket, here, rows):
    sign_in(here, mara, pocket)
    thief = desk()
    for name in rows.objects.values_list("session_key", flat=True):
        thief.cookies["session"] = name
        assert not is_in(thief)
    assert is_in(here)


def test_nor_is_the_name_of_a_sign_in_that_is_not_finished(mara, pocket, here):
    give_password(here, mara)
    thief = desk()
    for name in Session.objects.values_list("session_key", flat=True):
        thief.cookies["session"] = name
        assert thief.get("/sign-in/status/").json()["state"] == "expired"
    assert here.get("/sign-in/status/").json()["state"] == "waiting"


def test_a_session_is_found_by_its_cookie_and_goes_on_under_another(mara, pocket, here):
    sign_in(here, mara, pocket)
    found = SessionStore.of(here.cookies["session"].value)
    before, name = found.cookie, found.session_key
    assert name == name_of(before)
    found.cycle_key()
    assert found.cookie != before
    assert found.session_key == name_of(found.cookie) != name
    assert not Session.objects.filter(session_key=name).exists()


@pytest.mark.parametrize("cookie", ["", "x", "x" * 32, "x" * 40, "x" * 5000, "\x00", "ü" * 40])
def test_whatever_a_browser_sends_is_at_most_unknown(db, here, cookie):
    found = SessionStore.of(cookie)
    assert found.is_empty() or found.load() == {}
    if cookie.isascii() and cookie.isprintable():
        here.cookies["session"] = cookie
        assert here.get("/")["Location"].startswith("/sign-in/")
