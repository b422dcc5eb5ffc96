"""H11: a move without the old phone that was not its owner's is undone, and leaves no less than a key (R-96)."""

import pytest

from accounts.models import AuditEvent, User
from tests.factories import PASSWORD, desk, finish, give_password
from tests.pocket import Problem
from tests.stories.carried import (
    DAY,
    NUMBER,
    by_key,
    by_text,
    carry,
    press,
    stop_links,
    texts,
)
from tests.stories.lost import activate_at, take
from tests.stories.ways import is_in, move_code, sign_out, text
from twofactor import activity
from twofactor.models import Factors, PortalKey

# --- Not me ---


def test_this_was_not_me_beside_it_leaves_no_less_than_a_key(eli, moved, here):
    """SECURITY: else a text would be enough to take the key away, by a move that is disowned."""
    here.post("/security/key/not-me/")
    assert PortalKey.objects.order_by("pk").last().state == "locked"
    with pytest.raises(Problem):
        moved.inbox()
    assert is_in(here)
    there = desk()
    give_password(there, eli)
    finish(there)
    assert not is_in(there)


def test_and_the_owner_goes_on_with_a_new_code_at_once(eli, moved, here):
    """It was a stranger who took the code from the screen: nobody waits a day for that."""
    here.post("/security/key/not-me/")
    take(here)
    own = activate_at(here)
    sign_out(here)
    by_key(here, eli, own)


def test_the_stop_link_ends_the_new_key_and_every_session(eli, moved, here):
    link = stop_links(eli.email)[-1]
    page = desk().get(link)
    assert page.context["what"] == "moved"
    assert "without the approval of the earlier one" in text(page)
    # Whoever caused it may know the password, so the next thing is another one.
    assert press(link)["Location"] == "/password/forgotten/"
    with pytest.raises(Problem):
        moved.inbox()
    assert not is_in(here)
    eli.refresh_from_db()
    assert eli.password_change_required
    assert AuditEvent.objects.filter(kind="key.stop", reason="alert", user=eli).count() == 1
    assert press(link).status_code == 410
    assert "A change of your phone was undone." in {each["what"] for each in activity.told(activity.events_of(eli))}


def test_the_stop_link_brings_nobody_down_to_the_password(eli, moved):
    """Whoever reads the mail and has the password must not be let in by a link that is meant for the owner."""
    press(stop_links(eli.email)[-1])
    assert Factors.of(eli).key is not None
    there = desk()
    give_password(there, eli, PASSWORD)
    finish(there)
    assert not is_in(there)


def test_the_stop_link_ends_a_key_that_came_after_the_stolen_one_too(eli, moved, here):
    thief = desk()
    by_key(thief, eli, moved)
    move_code(thief, moved)
    third = activate_at(thief)
    press(stop_links(eli.email)[0])
    with pytest.raises(Problem):
        third.inbox()


def test_the_link_works_for_a_day(one_clock, eli, moved):
    link = stop_links(eli.email)[-1]
    one_clock.shift(DAY + 1)
    assert press(link).status_code == 410
    assert PortalKey.objects.filter(state="active").exists()


# --- Where the link goes ---


def test_the_text_about_a_move_has_no_link_where_there_is_mail(eli, moved):
    """SECURITY: whoever has found the phone with its SIM knows neither password nor PIN, and would undo every move of
    its owner, as long as they read the texts (R-96)."""
    carry()
    assert "was activated on a phone without the earlier phone" in texts(NUMBER)[-1]
    assert "the link in our mail" in texts(NUMBER)[-1]
    assert stop_links(NUMBER) == []
    assert len(stop_links(eli.email)) == 1


def test_without_mail_the_text_is_what_undoes_it(eli, both, here):
    User.objects.filter(pk=eli.pk).update(email="")
    by_text(here, eli)
    take(here)
    thief = activate_at(here)
    assert press(stop_links(NUMBER)[-1]).status_code == 302
    with pytest.raises(Problem):
        thief.inbox()
