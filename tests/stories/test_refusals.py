""" "No": I did it but cancel, or this was not me; and what follows from each."""

import pytest

from accounts import policy
from accounts.models import RefusedOrigin, User
from tests.factories import PASSWORD, desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.ways import activated, approve, events, is_in, question_at, respond, sign_in, sign_out, state, text
from twofactor.models import Challenge

NEW = "four entirely different words"


def begin(browser, user, address="127.0.0.1", password=PASSWORD):
    return browser.post("/sign-in/", {"username": user.username, "password": password}, REMOTE_ADDR=address)


# --- Cancel ---


def test_a_cancel_ends_this_sign_in_and_no_other(mara, pocket, known, here):
    begin(known, mara)
    (first,) = pocket.challenges()
    begin(here, mara)
    assert pocket.cancel(first)["state"] == "denied"
    assert state(known) == "denied"
    assert state(here) == "waiting"
    page = text(known.get("/sign-in/verify/"))
    assert "Refused. Nobody was signed in." in page
    assert "The answer" in page
    finish(known)
    assert not is_in(known)
    approve(here, pocket)
    finish(here)
    assert is_in(here)


def test_a_cancel_has_no_further_consequences(mara, pocket, known):
    begin(known, mara)
    pocket.cancel(pocket.challenge())
    assert not User.objects.get(pk=mara.pk).password_change_required
    assert not RefusedOrigin.objects.exists()
    assert begin(known, mara).status_code == 302
    assert events("challenge.deny") == [("ok", "cancel")]


def test_nothing_is_asked_again_by_itself_after_a_refusal(mara, pocket, known):
    """AT-061."""
    begin(known, mara)
    pocket.cancel(pocket.challenge())
    for _ in range(3):
        known.get("/sign-in/verify/")
        known.get("/sign-in/verify/manual/")
        known.get("/sign-in/status/")
    known.post("/sign-in/verify/again/")
    assert pocket.challenges() == []


def test_a_refused_sign_in_cannot_be_answered_by_hand(mara, pocket, known):
    begin(known, mara)
    response = pocket.respond(question_at(known), "24x7")
    pocket.cancel(pocket.challenge())
    respond(known, response)
    assert not is_in(known)
    assert state(known) == "denied"


# --- Not me (P-09, AT-062) ---


@pytest.fixture
def thief(mara, pocket, known):
    """A new browser at another address, with the right password; Mara said that this was not her."""
    thief = desk()
    begin(thief, mara, "203.0.113.66")
    (question,) = pocket.challenges()
    assert pocket.not_me(question)["state"] == "denied"
    return thief


def test_it_denies_everything_else_that_is_open(mara, pocket, known, here):
    for browser in (known, here):
        begin(browser, mara)
    first, second = pocket.challenges()
    pocket.not_me(second)
    assert pocket.challenges() == []
    assert [state(browser) for browser in (known, here)] == ["denied", "denied"]
    assert set(Challenge.objects.filter(reason="not_me").values_list("state", flat=True)) == {"denied"}
    with pytest.raises(Problem) as refusal:
        pocket.approve(first, "24x7", number="000000")
    assert refusal.value.body["state"] == "denied"


def test_the_page_says_that_it_was_disowned(thief):
    assert "was not theirs" in text(thief.get("/sign-in/verify/"))


def test_that_browser_is_refused_wherever_it_goes(mara, thief):
    refused = begin(thief, mara, "203.0.113.77")
    assert refused.status_code == 403
    assert "refused sign-ins from here" in text(refused)
    assert events("password.check")[-1] == ("refused", "disowned")


def test_that_address_is_refused_to_new_browsers(mara, thief):
    assert begin(desk(), mara, "203.0.113.66").status_code == 403
    assert begin(desk(), mara, "203.0.113.67").status_code == 302


def test_that_subscriber_is_refused_whatever_end_of_the_64(mara, pocket, known):
    begin(desk(), mara, "2001:db8:1:2::66")
    pocket.not_me(pocket.challenges()[0])
    assert begin(desk(), mara, "2001:db8:1:2::77").status_code == 403
    assert begin(desk(), mara, "2001:db8:1:3::77").status_code == 302


def test_the_owner_is_not_refused_at_a_known_browser_behind_the_same_address(mara, thief, known):
    assert begin(known, mara, "203.0.113.66").status_code == 302


def test_a_wrong_password_is_told_nothing_of_it(mara, thief):
    plain = begin(desk(), mara, "203.0.113.67", "wrong")
    told = begin(thief, mara, "203.0.113.66", "wrong")
    assert (plain.status_code, text(plain)) == (told.status_code, text(told))


def test_it_ends_after_a_day(clock, mara, thief):
    clock.shift(policy.REFUSED_FOR.total_seconds() - 60)
    assert begin(thief, mara, "203.0.113.66").status_code == 403
    clock.shift(61)
    assert begin(thief, mara, "203.0.113.66").status_code == 302
    assert policy.REFUSED_FOR.total_seconds() == 86_400


def test_other_people_are_not_refused_there(mara, thief):
    assert begin(thief, person("dana"), "203.0.113.66").status_code == 302


# --- The new password that is due then ---


def test_the_next_sign_in_leads_to_a_new_password_and_nowhere_else(mara, pocket, thief, known):
    give_password(known, mara)
    approve(known, pocket)
    finish(known)
    for page in ("/", "/security/", "/security/key/", "/security/key/deactivate/", "/security/key/status/"):
        assert known.get(page)["Location"] == "/security/password/"
    for act in ("/security/key/new-code/", "/security/key/test/", "/security/sessions/end/", "/security/key/not-me/"):
        assert known.post(act)["Location"] == "/security/password/"
    assert "no longer safe" in text(known.get("/security/password/"))
    assert known.post("/security/password/", {"password": NEW, "again": NEW})["Location"] == "/"
    assert is_in(known)
    sign_out(known)
    give_password(known, mara, NEW)
    approve(known, pocket)
    finish(known)
    assert is_in(known)


def test_the_same_password_again_is_not_a_new_one(mara, pocket, thief, known):
    give_password(known, mara)
    approve(known, pocket)
    finish(known)
    page = known.post("/security/password/", {"password": PASSWORD, "again": PASSWORD})
    assert "the password you have now" in text(page)
    assert known.get("/")["Location"] == "/security/password/"


def test_signing_out_stays_possible(mara, pocket, thief, known):
    give_password(known, mara)
    approve(known, pocket)
    finish(known)
    assert sign_out(known)["Location"] == "/sign-in/"
    assert known.get("/")["Location"].startswith("/sign-in/")


def test_a_session_that_was_open_is_asked_for_it_too(mara, pocket, known):
    sign_in(known, mara, pocket)
    begin(desk(), mara, "203.0.113.66")
    pocket.not_me(pocket.challenges()[0])
    assert known.get("/")["Location"] == "/security/password/"


def test_with_a_stale_session_it_asks_for_a_fresh_sign_in_first(clock, mara, pocket, known):
    sign_in(known, mara, pocket)
    begin(desk(), mara, "203.0.113.66")
    pocket.not_me(pocket.challenges()[0])
    clock.shift(400)
    assert known.get("/security/password/")["Location"].startswith("/sign-in/")
    give_password(known, mara)
    respond(known, pocket.respond(question_at(known), "24x7"))
    assert known.get("/security/password/").status_code == 200


def test_what_one_person_disowns_concerns_no_other(mara, pocket, thief):
    browser = desk()
    dana = person("dana")
    activated(browser, dana)
    assert is_in(browser)
