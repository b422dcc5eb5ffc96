"""Sessions: new at both steps, listed, ended, and never longer than they may be."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounts import policy
from accounts.keeping import SessionStore
from accounts.models import Login, OpenSession
from tests.factories import desk, finish, give_password
from tests.stories.ways import approve, is_in, sign_in, sign_out, state, text


def session_id(browser):
    return browser.cookies["session"].value


def copy_of(browser):
    """Another browser with the cookies that this one has now."""
    thief = desk()
    thief.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
    return thief


# --- R-55, AT-014: fixation ---


def plant(browser):
    """Put a session of the thief's choice into the browser; returns the thief, who has the same."""
    store = SessionStore()
    store["planted"] = True
    store.create()
    thief = desk()
    browser.cookies["session"] = thief.cookies["session"] = store.cookie
    return thief


def test_a_planted_session_sees_nothing_of_the_sign_in(mara, pocket, here):
    thief = plant(here)
    give_password(here, mara)
    assert session_id(here) != session_id(thief)
    assert state(here) == "waiting"
    assert state(thief) == "expired"
    approve(here, pocket)
    finish(thief)
    assert not is_in(thief)
    finish(here)
    assert is_in(here)
    assert not is_in(thief)


def test_a_session_planted_between_the_steps_claims_nothing(mara, pocket, here):
    give_password(here, mara)
    own = session_id(here)
    approve(here, pocket)
    thief = plant(here)
    finish(here)
    assert not is_in(here)
    assert not is_in(thief)
    here.cookies["session"] = own
    finish(here)
    assert is_in(here)


def test_the_session_of_the_first_step_is_dead_after_the_second(mara, pocket, here):
    """AT-017."""
    give_password(here, mara)
    thief = copy_of(here)
    approve(here, pocket)
    finish(here)
    assert session_id(here) != session_id(thief)
    assert not is_in(thief)
    assert state(thief) == "expired"


def test_a_password_alone_gets_a_new_session_too(mara, here):
    thief = plant(here)
    give_password(here, mara)
    assert is_in(here)
    assert not is_in(thief)


def test_what_was_in_the_anonymous_session_is_gone(mara, here):
    plant(here)
    give_password(here, mara)
    assert "planted" not in here.session


def test_the_secret_for_forms_is_new_after_the_sign_in(mara, here):
    here.get("/sign-in/")
    before = here.cookies["csrftoken"].value
    give_password(here, mara)
    assert here.cookies["csrftoken"].value != before


# --- Cancelling and signing out ---


def test_a_cancelled_sign_in_leaves_a_dead_cookie(mara, pocket, here):
    give_password(here, mara)
    thief = copy_of(here)
    here.post("/sign-in/cancel/")
    assert state(here) == "cancelled"
    assert state(thief) == "expired"
    finish(thief)
    assert not is_in(thief)


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(mara, here):
    give_password(here, mara)
    thief = copy_of(here)
    assert is_in(thief)
    response = sign_out(here)
    assert response["Location"] == "/sign-in/"
    assert '"cache"' in response["Clear-Site-Data"]
    assert not is_in(here)
    assert not is_in(thief)
    assert not OpenSession.objects.filter(user=mara).exists()


def test_signing_out_ends_this_browser_only(mara):
    here, there = desk(), desk()
    give_password(here, mara)
    give_password(there, mara)
    sign_out(here)
    assert is_in(there)


# --- listing and ending ---


def test_it_lists_where_somebody_is_signed_in(mara, here):
    other = desk(**{"user-agent": "Mozilla/5.0 (Macintosh) Version/18 Safari/605"})
    give_password(other, mara)
    give_password(here, mara)
    page = text(here.get("/security/"))
    assert page.count("Firefox on Windows 127.0.0.1 This browser") == 1
    assert "Safari on macOS" in page
    sign_out(other)
    assert "Safari on macOS" not in text(here.get("/security/")).partition("What happened lately")[0]


def test_ending_all_others_keeps_this_one(mara, here):
    others = [desk(), desk()]
    for one in (*others, here):
        give_password(one, mara)
    before = session_id(here)
    here.post("/security/sessions/end/")
    assert is_in(here)
    assert session_id(here) != before
    assert [is_in(one) for one in others] == [False, False]
    assert OpenSession.objects.filter(user=mara).count() == 1


def test_ending_all_others_ends_sign_ins_in_progress(mara, pocket, known):
    sign_in(known, mara, pocket)
    waiting, approved = desk(), desk()
    give_password(approved, mara)
    approve(approved, pocket)
    give_password(waiting, mara)
    known.post("/security/sessions/end/")
    assert pocket.challenges() == []
    for browser in (waiting, approved):
        assert state(browser) == "failed"
        finish(browser)
        assert not is_in(browser)
    assert is_in(known)


def test_ending_all_others_forgets_known_browsers(mara, pocket, known, here):
    sign_in(here, mara, pocket)
    here.post("/security/sessions/end/")
    give_password(known, mara)
    assert pocket.challenge()["mode"] == "number"


def test_a_bumped_epoch_ends_everything(mara, pocket, known):
    sign_in(known, mara, pocket)
    waiting = desk()
    give_password(waiting, mara)
    mara.bump_epoch()
    assert not is_in(known)
    assert Login.objects.get(pk=waiting.session["login"]).state == "superseded"


# --- P-40 ---


def test_an_unused_session_ends_after_half_an_hour(clock, mara, pocket, here):
    """R-54, AT-079."""
    sign_in(here, mara, pocket)
    clock.shift(policy.SESSION_IDLE - 1)
    assert is_in(here)
    clock.shift(policy.SESSION_IDLE + 1)
    assert not is_in(here)
    assert policy.SESSION_IDLE == 30 * 60


def test_a_page_that_asks_by_itself_does_not_keep_a_session(clock, mara, here):
    """AT-079."""
    give_password(here, mara)
    for _ in range(6):
        clock.shift(policy.SESSION_IDLE / 5)
        here.get("/security/key/status/")
        here.get("/sign-in/status/")
    assert not is_in(here)


def test_a_page_that_fetches_itself_does_not_keep_a_session_either(clock, mara, pocket, here):
    """AT-079, R-54: the scripts say so when nobody has pressed anything."""
    sign_in(here, mara, pocket)
    for _ in range(6):
        clock.shift(policy.SESSION_IDLE / 5)
        here.get("/security/", headers={"portal-background": "1"})
    assert not is_in(here)


def test_the_scripts_say_when_they_fetch_a_page_by_themselves():
    """AT-079: every fetch of a page goes through one function, which sends the header."""
    scripts = {path.name: path.read_text() for path in (Path(__file__).parents[2] / "static/js").rglob("*.js")}
    # What `live-status.js` polls are doors that are marked as background.
    assert {name for name, text in scripts.items() if "fetch(" in text} == {"page.js", "live-status.js"}
    assert scripts["page.js"].count("fetch(") == scripts["page.js"].count("headers: BY_ITSELF") == 1


def test_a_session_of_staff_that_lay_unused_is_listed_no_more(clock, mara, pocket, here):
    """R-54, P-40: it takes no place among the five, and its sockets close."""
    type(mara).objects.update(is_staff=True)
    sign_in(here, mara, pocket)
    clock.shift(policy.STAFF_SESSION_IDLE + 1)
    assert not OpenSession.objects.alive().filter(user=mara).exists()
    type(mara).objects.update(is_staff=False)
    assert OpenSession.objects.alive().filter(user=mara).exists()


def test_a_busy_session_ends_after_twelve_hours(clock, mara, pocket, here):
    """R-54, AT-079."""
    sign_in(here, mara, pocket)
    step = policy.SESSION_IDLE - 1
    for _ in range(policy.SESSION_LIFE // step):
        clock.shift(step)
        assert here.get("/security/key/").status_code == 200
    here.post("/security/key/rename/", {"label": "Pixel"})
    clock.shift(policy.SESSION_LIFE % step + 1)
    assert not is_in(here)


def test_staff_are_signed_out_sooner(clock, mara, pocket, here):
    """R-54, P-40: after a quarter of an hour without use, and after eight hours at the latest."""
    type(mara).objects.update(is_staff=True)
    sign_in(here, mara, pocket)
    clock.shift(policy.STAFF_SESSION_IDLE + 1)
    assert not is_in(here)
    sign_in(here, mara, pocket)
    step = policy.STAFF_SESSION_IDLE - 1
    for _ in range(policy.STAFF_SESSION_LIFE // step):
        clock.shift(step)
        assert here.get("/security/key/").status_code == 200
    clock.shift(policy.STAFF_SESSION_LIFE % step + 1)
    assert not is_in(here)


def test_no_act_makes_a_session_longer(clock, mara, pocket, here):
    """Neither a new key of the session nor a key that is given up."""
    sign_in(here, mara, pocket)
    ends = here.session.get_expiry_date()
    clock.shift(250)
    here.post("/security/sessions/end/")
    here.post("/security/key/deactivate/")
    assert is_in(here)
    assert here.session.get_expiry_date() == ends


def test_an_unfinished_sign_in_does_not_outlive_its_cookie(clock, mara, pocket, here):
    give_password(here, mara)
    assert here.session.get_expiry_age() <= (policy.LOGIN_LIFE + timedelta(minutes=5)).total_seconds()
    clock.shift(policy.LOGIN_LIFE.total_seconds() + 1)
    assert state(here) == "expired"


@pytest.mark.parametrize("name", ["session", "csrftoken", "browser"])
def test_cookies_are_for_the_server_only(mara, here, name):
    """R-53."""
    give_password(here, mara)
    here.get("/")
    cookie = here.cookies[name]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_a_session_from_before_a_change_of_the_password_elsewhere_is_dead(mara, here):
    give_password(here, mara)
    mara.set_password("another long password of hers")
    mara.save()
    assert not is_in(here)
