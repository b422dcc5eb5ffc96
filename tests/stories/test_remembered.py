"""AT-078, R-58, P-44: nothing that a browser keeps takes the place of the second factor."""

from tests.factories import desk, finish, give_password
from tests.stories.ways import is_in, sign_in, sign_out, state


def test_no_cookie_takes_the_place_of_the_second_factor(mara, pocket, here):
    """AT-078: a browser that is known is asked as ever; only the number need not be carried."""
    sign_in(here, mara, pocket)
    sign_out(here)
    give_password(here, mara)
    assert state(here) == "waiting"
    finish(here)
    assert not is_in(here)
    assert pocket.challenge()["mode"] == "tap"


def test_the_portal_sets_no_cookie_that_remembers_a_sign_in(mara, pocket, here):
    """AT-078: a default install has these, and none of them says who was verified."""
    sign_in(here, mara, pocket)
    here.get("/")
    sign_out(here)
    assert set(here.cookies) == {"session", "csrftoken", "browser"}
    assert not here.session.get("_auth_user_id")


def test_a_copied_browser_cookie_opens_nothing(mara, pocket, here):
    """AT-078: in another browser it makes that one known, and no more: the phone is still asked."""
    sign_in(here, mara, pocket)
    thief = desk()
    thief.cookies["browser"] = here.cookies["browser"].value
    assert not is_in(thief)
    give_password(thief, mara)
    assert state(thief) == "waiting"
    assert not is_in(thief)


def test_after_a_change_of_password_or_factor_it_means_nothing_at_all(mara, pocket, here):
    """AT-078: not even that the number need not be carried."""
    sign_in(here, mara, pocket)
    mara.bump_epoch()
    give_password(here, mara)
    assert pocket.challenge()["mode"] == "number"


def test_another_person_at_a_known_browser_is_new_there(mara, pocket, here, eli):
    """AT-078."""
    sign_in(here, mara, pocket)
    sign_out(here)
    give_password(here, eli)
    assert pocket.challenges() == []
