"""Signing in with a code by text: one text for a right password, and a session for the right code."""

import pytest
from django.utils import timezone

from accounts import policy as accounts_policy
from accounts.models import KnownBrowser, Login, User
from tests.factories import desk, finish, give_password
from tests.stories.carried import (
    NUMBER,
    again,
    call,
    carry,
    code_to,
    codes_to,
    messages,
    sent,
    texts,
    type_code,
    wrong_code,
)
from tests.stories.ways import dump, events, is_in, login_of, sign_out, state, text

PAGE = "/sign-in/verify/code/"


@pytest.fixture
def waiting(eli, here):
    """Eli's password was right, and the text is on his phone."""
    assert give_password(here, eli)["Location"] == PAGE
    carry()
    return here


def nobody_is_in(*browsers):
    return not any(is_in(browser) for browser in browsers)


# --- The road ---


def test_the_right_code_opens_the_session(eli, waiting):
    response = type_code(waiting, code_to())
    assert response["Location"] == "/"
    assert is_in(waiting)
    assert events("code.check")[-1] == ("ok", "")
    assert Login.objects.latest("created").factor == "text"


def test_it_leads_to_the_page_that_was_asked_for(eli, here):
    here.post("/sign-in/", {"username": "eli", "password": "correct horse battery staple", "next": "/security/key/"})
    assert type_code(here, code_to())["Location"] == "/security/key/"


def test_the_text_names_the_portal_and_is_bound_to_it(waiting):
    """R-23: the phone fills the code in at this address and at no other."""
    code = code_to()
    assert texts(NUMBER)[-1] == (
        f"{code} is your security code to sign in to Client Portal. Tell it to nobody. Not you? Change your password."
        f"\n@localhost #{code}"
    )
    page = waiting.get(PAGE).content.decode()
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_the_page_shows_where_it_went_and_no_more_of_the_number(waiting):
    page = waiting.get(PAGE)
    assert "+852 •••• 67" in text(page)
    assert "5123" not in page.content.decode()


def test_one_text_for_one_right_password_and_none_before(eli, here):
    """R-27."""
    here.get("/sign-in/")
    for password in ("", "wrong", "correct horse battery"):
        here.post("/sign-in/", {"username": "eli", "password": password})
    assert sent(kind="sign-in") == []
    give_password(here, eli)
    carry()
    assert sent(kind="sign-in") == [("sign-in", "text", "handed")]


def test_before_the_password_no_page_tells_of_a_number(eli, here):
    """AT-092."""
    for path in ("/sign-in/", PAGE, "/sign-in/verify/", "/sign-in/status/"):
        page = here.get(path).content.decode()
        assert "••••" not in page
        assert "67" not in text(here.get("/sign-in/"))


def test_no_page_sends_by_being_opened_or_opened_again(waiting):
    before = dump()
    for path in (
        PAGE,
        f"{PAGE}?again=1",
        "/sign-in/verify/",
        "/sign-in/verify/manual/",
        "/sign-in/status/",
        "/sign-in/",
    ):
        for read in (waiting.get, waiting.head):
            for _ in range(3):
                read(path)
    for path in (f"{PAGE}again/", f"{PAGE}call/", "/sign-in/verify/choose/"):
        for method in ("get", "head", "put", "patch", "delete"):
            assert getattr(waiting, method)(path).status_code == 405
    assert dump() == before
    assert len(codes_to()) == 1


def test_the_password_again_in_the_same_browser_sends_a_new_code_and_ends_the_old(one_clock, eli, waiting):
    old = code_to()
    one_clock.shift(1)
    give_password(waiting, eli)
    new = code_to()
    assert new != old
    assert len(codes_to()) == 2
    type_code(waiting, old)
    assert nobody_is_in(waiting)
    type_code(waiting, new)
    assert is_in(waiting)


def test_a_sign_in_by_text_makes_the_browser_a_known_one(eli, waiting):
    type_code(waiting, code_to())
    assert KnownBrowser.objects.filter(user=eli).count() == 1


def test_the_approval_has_to_be_claimed_by_the_browser_that_typed_the_password(eli, waiting):
    """AT-013: the right code typed elsewhere is worth nothing."""
    code, thief = code_to(), desk()
    type_code(thief, code)
    finish(thief)
    assert nobody_is_in(thief, waiting)
    assert state(waiting) == "waiting"
    type_code(waiting, code)
    assert is_in(waiting)


# --- Too late ---


def test_a_code_lives_five_minutes(one_clock, waiting):
    code = code_to()
    one_clock.shift(300)
    assert "This code is over" in text(type_code(waiting, code))
    assert nobody_is_in(waiting)


def test_and_to_the_end_of_them_it_works(one_clock, waiting):
    one_clock.shift(298)
    type_code(waiting, code_to())
    assert is_in(waiting)


def test_a_code_does_not_outlive_its_sign_in(one_clock, waiting):
    """P-01: ten minutes from the password to the session, whatever was sent again."""
    one_clock.shift(301)
    again(waiting)
    code = code_to()
    assert (waiting.get(PAGE).context["ends"] - login_of(waiting).created) <= accounts_policy.LOGIN_LIFE
    one_clock.shift(accounts_policy.LOGIN_LIFE.total_seconds() - 301)
    type_code(waiting, code)
    again(waiting)
    call(waiting)
    assert nobody_is_in(waiting)
    assert len(codes_to()) == 2


def test_a_session_is_claimed_within_the_request_that_typed_the_code(one_clock, waiting):
    type_code(waiting, code_to())
    sign_out(waiting)
    finish(waiting)
    assert nobody_is_in(waiting)


# --- What happens meanwhile (R-04) ---


def test_after_a_cancel_the_code_is_worth_nothing_and_no_text_goes_out(eli, here):
    give_password(here, eli)
    here.post("/sign-in/cancel/")
    carry()
    assert texts(NUMBER) == []
    give_password(here, eli)
    code = code_to()
    here.post("/sign-in/cancel/")
    for post in (lambda: type_code(here, code), lambda: again(here), lambda: call(here), lambda: finish(here)):
        post()
    assert nobody_is_in(here)
    assert len(messages(NUMBER)) == 1


def test_somebody_who_is_switched_off_is_not_let_in_and_gets_no_text(one_clock, eli, waiting):
    User.objects.filter(pk=eli.pk).update(is_active=False)
    one_clock.shift(61)
    again(waiting)
    call(waiting)
    carry()
    assert len(messages(NUMBER)) == 1
    type_code(waiting, code_to())
    assert nobody_is_in(waiting)


def test_whatever_ends_all_sessions_ends_the_sign_in_too(eli, waiting):
    """R-04: the epoch."""
    code = code_to()
    eli.bump_epoch()
    type_code(waiting, code)
    assert nobody_is_in(waiting)
    assert state(waiting) == "failed"


def test_a_wrong_code_after_the_sign_in_has_ended_costs_nothing(eli, waiting):
    wrong = wrong_code()
    waiting.post("/sign-in/cancel/")
    for _ in range(6):
        type_code(waiting, wrong)
    there = desk()
    give_password(there, eli)
    assert type_code(there, wrong_code()).status_code == 200


def test_the_record_says_who_was_sent_what_and_how_it_ended(eli, waiting):
    type_code(waiting, code_to())
    assert events("code.send")[-1] == events("delivery.hand")[-1] == ("ok", "")
    assert Login.objects.filter(user=eli, state="consumed", expires__gt=timezone.now()).exists()
