"""A new password: asked for freshly, judged, and the end of everything older."""

import pytest

from accounts import policy
from accounts.models import KnownBrowser, User
from tests.factories import PASSWORD, desk, finish, give_password, person
from tests.stories.ways import approve, events, is_in, sign_in, state, text

NEW = "four entirely different words"


def change(browser, password=NEW, again=None):
    return browser.post("/security/password/", {"password": password, "again": again or password})


def test_a_new_password_takes_the_place_of_the_old_one(mara, pocket, known):
    sign_in(known, mara, pocket)
    assert change(known)["Location"] == "/"
    assert is_in(known)
    assert give_password(desk(), mara).status_code == 200
    assert give_password(desk(), mara, NEW).status_code == 302
    assert events("password.change") == [("ok", "")]


def test_it_ends_every_other_session_and_sign_in(mara, pocket, known):
    other, waiting, approved = desk(), desk(), desk()
    sign_in(other, mara, pocket)
    sign_in(known, mara, pocket)
    give_password(approved, mara)
    approve(approved, pocket)
    give_password(waiting, mara)
    change(known)
    assert is_in(known)
    assert not is_in(other)
    assert pocket.challenges() == []
    for browser in (waiting, approved):
        assert state(browser) == "failed"
        finish(browser)
        assert not is_in(browser)


def test_it_forgets_known_browsers(mara, pocket, known):
    sign_in(known, mara, pocket)
    change(known)
    assert not KnownBrowser.objects.filter(user=mara).exists()


def test_it_asks_for_a_fresh_sign_in(clock, mara, pocket, known):
    """P-42, AT-047."""
    sign_in(known, mara, pocket)
    clock.shift(policy.FRESH.total_seconds() + 1)
    response = change(known)
    assert response["Location"] == "/sign-in/?again=1&next=%2Fsecurity%2Fpassword%2F"
    assert "Password" in text(known.get(response["Location"]))
    assert give_password(desk(), mara).status_code == 302


def test_a_session_by_password_alone_changes_it_only_while_there_is_no_key(mara, here):
    give_password(here, mara)
    assert change(here)["Location"] == "/"
    assert is_in(here)


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        ("eleven sign", None, "12 characters"),
        ("x" * 257, None, "256"),
        (PASSWORD, None, "the password you have now"),
        ("password1234", None, "lists of common passwords"),
        ("mara@client.example", None, "guessed from your name"),
        (NEW, NEW + "x", "not the same"),
    ],
)
def test_a_poor_one_is_refused_with_the_reason(mara, here, password, again, why):
    give_password(here, mara)
    response = change(here, password, again)
    assert response.status_code == 200
    assert why in text(response)
    assert give_password(desk(), mara).status_code == 302


def test_blanks_are_part_of_a_password(mara, here):
    give_password(here, mara)
    change(here, "  " + NEW + " ")
    assert give_password(desk(), mara, NEW).status_code == 200
    assert give_password(desk(), mara, "  " + NEW + " ").status_code == 302


def test_the_old_hash_is_renewed_when_the_costs_are_raised(mara, monkeypatch):
    from accounts.hashing import BoundedArgon2

    before = User.objects.get(pk=mara.pk).password
    monkeypatch.setattr(BoundedArgon2, "memory_cost", 16)
    browser = desk()
    assert give_password(browser, mara).status_code == 302
    after = User.objects.get(pk=mara.pk).password
    assert after != before
    assert "m=16," in after
    # The session that was just opened is not ended by its own renewal.
    assert is_in(browser)


def test_one_persons_change_leaves_others_alone(mara, here):
    eli, other = person("eli"), desk()
    give_password(other, eli)
    give_password(here, mara)
    change(here)
    assert is_in(other)
