"""The response carried by hand: always on offer, three tries a question, five in five minutes for a person."""

import secrets
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Tally
from tests.factories import PIN, desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.ways import (
    WRONG_PIN,
    activated,
    approve,
    events,
    is_in,
    number_at,
    question_at,
    respond,
    send_again,
    state,
    text,
)
from twofactor.models import Challenge


@pytest.fixture
def waiting(mara, pocket, here):
    """A new browser that waits for an answer."""
    give_password(here, mara)
    return here


def right(browser, pocket):
    return pocket.respond(question_at(browser), PIN)


def wrong(browser, pocket, address="127.0.0.1"):
    """Type a response that does not fit; the status says whether it was compared (200) or not (429)."""
    sent = {"response": pocket.respond(question_at(browser) or "000000", WRONG_PIN)}
    return browser.post("/sign-in/verify/manual/", sent, REMOTE_ADDR=address).status_code


# --- The road ---


def test_it_signs_in_without_any_network_on_the_phone(waiting, pocket):
    pocket._post = lambda path, body: pytest.fail("the phone has no network")
    pocket.learns = False
    assert respond(waiting, right(waiting, pocket))["Location"] == "/"
    assert is_in(waiting)
    assert events("challenge.approve")[-1] == ("ok", "")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda r: r.replace(" ", ""),
        lambda r: f"  {r} ",
        lambda r: r.replace(" ", "-"),
        lambda r: " ".join(r.replace(" ", "")),
        lambda r: "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in r),
        lambda r: r.replace(" ", "\u00a0"),
        lambda r: r.replace(" ", "\u2013"),
    ],
    ids=["plain", "blanks", "dash", "spaced", "full width", "no-break", "en dash"],
)
def test_eight_digits_are_read_as_people_type_them(waiting, pocket, spelling):
    respond(waiting, spelling(right(waiting, pocket)))
    assert is_in(waiting)


@pytest.mark.parametrize(
    "typed",
    [
        "1234567",
        "123456789",
        "1234 567a",
        "+1234567",
        "1e7",
        "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
        "x" * 10_000,
        "\0" * 8,
    ],
    ids=range(8),
)
def test_anything_but_eight_digits_is_no_try(waiting, typed):
    """AT-038: neither compared nor counted."""
    response = respond(waiting, typed)
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    assert Challenge.objects.latest("created").response_tries == 0
    assert not Tally.objects.filter(name__startswith="factor").exists()


def test_leading_zeros_count(waiting, pocket):
    while not right(waiting, pocket).startswith("0"):
        Challenge.objects.filter(state="pending").update(question=f"{int(question_at(waiting)) + 1:06d}"[-6:])
    respond(waiting, right(waiting, pocket))
    assert is_in(waiting)


def test_it_settles_the_question_for_the_phone_too(waiting, pocket):
    """Whichever way finishes first decides, once."""
    asked, number = pocket.challenge(), number_at(waiting)
    respond(waiting, right(waiting, pocket))
    assert pocket.challenges() == []
    for act in (lambda: pocket.approve(asked, PIN, number=number), lambda: pocket.not_me(asked)):
        with pytest.raises(Problem) as refusal:
            act()
        assert (refusal.value.code, refusal.value.body["state"]) == ("settled", "approved")
    assert is_in(waiting)


def test_the_phones_approval_settles_it_for_the_desk_too(waiting, pocket):
    response = right(waiting, pocket)
    approve(waiting, pocket)
    page = respond(waiting, response)
    assert page["Location"] == "/sign-in/verify/"
    assert not is_in(waiting)
    finish(waiting)
    assert is_in(waiting)


def test_a_response_of_one_sign_in_does_not_fit_another(clock, mara, pocket, waiting):
    """AT-035: the same person, the same minute."""
    other = desk()
    give_password(other, mara)
    response = right(waiting, pocket)
    assert question_at(other) != question_at(waiting)
    respond(other, response)
    assert not is_in(other)
    respond(waiting, response)
    assert is_in(waiting)


def test_a_response_of_another_person_does_not_fit(waiting, pocket):
    dana = person("dana")
    danas = activated(desk(), dana)
    respond(waiting, danas.respond(question_at(waiting), PIN))
    assert not is_in(waiting)


def test_a_response_does_not_work_twice(mara, waiting, pocket):
    response = right(waiting, pocket)
    respond(waiting, response)
    other = desk()
    give_password(other, mara)
    respond(other, response)
    assert not is_in(other)


def test_a_question_never_comes_back_within_thirty_days(mara, pocket, waiting, monkeypatch):
    """R-18: whatever the dice say."""
    first = question_at(waiting)
    dice = iter([int(first), int(first), 123_456])
    monkeypatch.setattr(secrets, "randbelow", lambda n: next(dice))
    other = desk()
    give_password(other, mara)
    assert question_at(other) == "123456"


def test_an_expired_question_is_answered_by_nothing(waiting, pocket):
    response = right(waiting, pocket)
    Challenge.objects.filter(state="pending").update(expires=timezone.now() - timedelta(seconds=1))
    respond(waiting, response)
    assert not is_in(waiting)
    send_again(waiting, then="verify-manual")
    respond(waiting, right(waiting, pocket))
    assert is_in(waiting)


@pytest.mark.parametrize("minutes", [-3, 3])
def test_the_clock_of_the_phone_may_be_three_minutes_off(clock, waiting, pocket, minutes):
    respond(waiting, pocket.respond(question_at(waiting), PIN, now=pocket.clock() + 60 * minutes))
    assert is_in(waiting)


def test_a_clock_that_is_further_off_is_told(clock, waiting, pocket):
    page = respond(waiting, pocket.respond(question_at(waiting), PIN, now=pocket.clock() + 60 * 10))
    assert "10 minutes ahead" in text(page)
    assert not is_in(waiting)


def test_what_is_wrong_is_not_told(waiting, pocket):
    """Neither whether it was the PIN nor the digits."""
    pages = []
    for response in (pocket.respond(question_at(waiting), WRONG_PIN), "00000000"):
        pages.append(
            text(respond(waiting, response)).replace("You have 2 more tries", "").replace("You have 1 more try", "")
        )
    pages = [page.partition("Check the challenge code and your PIN")[1] for page in pages]
    assert pages == ["Check the challenge code and your PIN"] * 2


# --- Without counters ---


def test_without_counters_nothing_is_compared(waiting, pocket):
    """R-88."""
    response = right(waiting, pocket)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tally RENAME TO out_of_reach")
    assert respond(waiting, response).status_code == 503
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE out_of_reach RENAME TO accounts_tally")
    assert state(waiting) == "waiting"
    respond(waiting, response)
    assert is_in(waiting)
