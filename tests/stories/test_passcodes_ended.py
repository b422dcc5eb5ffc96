"""A temporary passcode is taken back by whatever says that something is wrong; and when a second person is needed."""

import pytest

from accounts.models import OpenSession, User
from tests.factories import desk, give_password
from tests.stories.carried import carry, mails, press, stop_links
from tests.stories.desks import did, officer, proposed, seen, staff
from tests.stories.desks import press as button
from tests.stories.forgetting import NEW, choose, link_for
from tests.stories.lost import moved_to
from tests.stories.recovering import issued, sixteens, type_passcode
from tests.stories.ways import events, is_in, login_of, sign_in
from twofactor.models import Passcode, PortalKey


@pytest.fixture
def sol(handset, one_clock, mara, pocket):
    """A browser of the support desk."""
    return staff()


@pytest.fixture
def passcode(sol, mara, here):
    """What stands on the caller's page."""
    return issued(here, mara, User.objects.get(username="sol"))


def lets_in(user, code, password=None):
    browser = desk()
    give_password(browser, user, **({"password": password} if password else {}))
    type_passcode(browser, code)
    return is_in(browser)


@pytest.mark.parametrize("deed", ["end-sessions", "lock"])
def test_signing_out_everywhere_and_locking_end_it(sol, mara, passcode, deed):
    ida = officer()
    assert lets_in(mara, passcode)
    assert did(button(sol, mara, deed), mara)
    if deed == "lock":
        assert did(button(ida, mara, "unlock"), mara)
    assert not lets_in(mara, passcode)


def test_a_new_password_by_mail_ends_it(sol, mara, passcode, one_clock):
    """Whoever had the old password and talked the desk into a passcode has neither."""
    choose(desk(), link_for(one_clock, mara))
    assert not lets_in(mara, passcode, NEW)
    assert Passcode.objects.get().reason == "password"


def test_a_new_password_in_a_session_ends_it(sol, mara, pocket, passcode):
    owner = desk()
    sign_in(owner, mara, pocket)
    owner.post("/security/password/", {"password": NEW, "again": NEW})
    mara.refresh_from_db()
    assert mara.check_password(NEW)
    assert not lets_in(mara, passcode, NEW)


def test_staff_take_it_back_and_whoever_came_in_with_it_is_out(sol, mara, pocket, passcode):
    """Others stay signed in, and the client hears of it."""
    owner, thief = desk(), desk()
    sign_in(owner, mara, pocket)
    give_password(thief, mara)
    type_passcode(thief, passcode)
    assert is_in(thief)
    assert "Take the passcode back" in seen(sol, mara)
    assert did(button(sol, mara, "take-back"), mara)
    assert not is_in(thief)
    assert is_in(owner)
    assert not lets_in(mara, passcode)
    assert not OpenSession.objects.filter(factor="passcode").exists()
    assert events("passcode.end") == [("ok", "")]
    carry()
    assert "took the temporary passcode of your account back" in mails(mara.email)[-1]
    assert "Take the passcode back" not in seen(sol, mara)
    assert button(sol, mara, "take-back").status_code == 422


def test_a_phone_that_its_owner_has_stopped_ends_no_row_of_passcodes(sol, mara, passcode, here):
    """The one who was talked into the first does not issue the second alone."""
    type_passcode(here, passcode)
    moved_to(here, "Another")
    carry()
    assert press(stop_links(mara.email)[-1]).status_code == 302
    again = desk()
    give_password(again, mara)
    assert button(sol, mara, "passcode", login_of(again).pk).status_code == 422
    assert sixteens(again.get("/sign-in/verify/desk/")) == []


def test_a_phone_that_answers_nothing_any_more_ends_no_row_of_passcodes(sol, mara, passcode, here):
    type_passcode(here, passcode)
    moved_to(here, "Another")
    PortalKey.objects.active(mara).move("lock")
    again = desk()
    give_password(again, mara)
    assert button(sol, mara, "passcode", login_of(again).pk).status_code == 422


def test_who_has_proposed_a_second_one_and_left_has_proposed_nothing(sol, mara, passcode):
    """AT-103: both are staff who may, at the moment of issuing."""
    ida, again = officer(), desk()
    give_password(again, mara)
    assert did(button(sol, mara, "propose-passcode", login_of(again).pk), mara)
    User.objects.filter(username="sol").update(is_active=False)
    assert button(ida, mara, "approve", proposed(mara).pk).status_code == 422
    assert sixteens(again.get("/sign-in/verify/desk/")) == []
    User.objects.filter(username="sol").update(is_active=True)
    assert did(button(ida, mara, "approve", proposed(mara).pk), mara)
