""" "This was not me": somebody else took the code, and loses what it gave them."""

import pytest

from tests.factories import PIN, desk, finish, give_password, person, phone
from tests.pocket import Problem
from tests.stories.ways import (
    activated,
    code_at,
    code_state,
    is_in,
    new_code,
    sign_in,
    sign_out,
    state,
    text,
)
from twofactor.models import PortalKey


def disown(browser):
    return browser.post("/security/key/not-me/")


@pytest.fixture
def thief(mara, here):
    """A phone that photographed the code on Mara's page and was faster."""
    give_password(here, mara)
    thief = phone()
    thief.claim(code_at(here))
    return thief


def test_the_page_says_who_took_the_code(thief, here):
    page = text(here.get("/security/key/"))
    assert "A phone has taken the code" in page
    assert "Chrome on Android" in page
    assert "198.51.100.20" in page
    assert "This was not me" in page


def test_before_the_phone_is_done_it_ends_the_code(thief, here):
    disown(here)
    with pytest.raises(Problem) as refusal:
        thief.activate(PIN)
    assert refusal.value.code == "code-unknown"
    assert code_state(here) == "burned"
    assert is_in(here)


def test_afterwards_it_revokes_the_key_and_this_session_goes_on(thief, here):
    thief.activate(PIN)
    assert "This was not me" in text(here.get("/security/key/"))
    disown(here)
    assert PortalKey.objects.get().state == "revoked"
    with pytest.raises(Problem) as refusal:
        thief.inbox()
    assert refusal.value.code == "key-inactive"
    assert is_in(here)
    assert "The activation was stopped" in text(here.get("/security/key/"))


def test_a_new_code_works_after_it(mara, thief, here):
    thief.activate(PIN)
    disown(here)
    new_code(here)
    own = phone()
    own.claim(code_at(here))
    own.activate(PIN)
    sign_out(here)
    sign_in(here, mara, own)


def test_it_ends_what_the_thief_had_opened(mara, thief, here):
    thief.activate(PIN)
    abroad = desk()
    sign_in(abroad, mara, thief)
    disown(here)
    assert not is_in(abroad)
    assert is_in(here)


def test_a_session_that_is_not_verified_afterwards_has_no_verified_doors(thief, here):
    thief.activate(PIN)
    assert here.get("/security/key/deactivate/").status_code == 200
    disown(here)
    assert here.get("/security/key/deactivate/").status_code == 302
    assert here.post("/security/key/test/")["Location"] == "/security/key/"


def test_a_stale_session_cannot_give_up_a_key_by_it(clock, mara, here):
    """P-42: that would be "Deactivate" without its fresh sign-in."""
    activated(here, mara)
    for _ in range(4):
        clock.shift(1200)
        here.get("/")
    disown(here)
    assert PortalKey.objects.get().state == "active"


def test_a_session_that_showed_no_code_gives_up_no_key_by_it(clock, mara, pocket, here):
    sign_in(here, mara, pocket)
    clock.shift(400)
    disown(here)
    assert PortalKey.objects.get().state == "active"
    assert is_in(here)


def test_one_person_disowns_nothing_of_anothers(mara, pocket, here):
    eli = person("eli")
    give_password(here, eli)
    disown(here)
    assert PortalKey.objects.get(user=mara).state == "active"


def test_giving_a_key_up_at_the_desk_leaves_the_session_unverified(mara, pocket, known):
    sign_in(known, mara, pocket)
    page = known.get("/security/key/deactivate/")
    assert "Mara Lee's Pixel" in page.content.decode().replace("&#x27;", "'")
    assert PortalKey.objects.get().state == "active"
    known.post("/security/key/deactivate/")
    assert PortalKey.objects.get().state == "revoked"
    assert is_in(known)
    assert "is not active" in text(known.get("/security/key/"))
    assert known.get("/security/key/deactivate/")["Location"] == "/security/key/"
    sign_out(known)
    give_password(known, mara)
    assert is_in(known)


def test_giving_a_key_up_asks_for_a_fresh_sign_in(clock, mara, pocket, known):
    sign_in(known, mara, pocket)
    clock.shift(301)
    assert known.post("/security/key/deactivate/")["Location"].startswith("/sign-in/")
    assert PortalKey.objects.get().state == "active"


def test_a_phone_that_gives_its_key_up_does_not_lower_what_a_sign_in_asks_for(mara, pocket, known, here):
    """Whoever has the password and the phone, but not its PIN, must not be left with a password to get past."""
    waiting = desk()
    give_password(waiting, mara)
    pocket.revoke()
    assert state(waiting) == "failed"
    for browser in (known, here, waiting):
        give_password(browser, mara)
        finish(browser)
        assert not is_in(browser)
    with pytest.raises(Problem) as refusal:
        pocket.inbox()
    assert refusal.value.code == "key-inactive"


def test_no_page_calls_a_key_active_that_was_just_given_up(mara, here):
    activated(here, mara)
    assert "Portal Key is active" in text(here.get("/security/key/"))
    here.post("/security/key/deactivate/")
    for page in ("/", "/security/key/"):
        assert "Portal Key is active" not in text(here.get(page))
