"""The response carried by hand: always on offer, three tries a question, five in five minutes for a person."""

import secrets
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import policy as accounts_policy
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
    sign_in,
    state,
    text,
)
from twofactor import policy
from twofactor.models import Challenge, PortalKey


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
    ["1234567", "123456789", "1234 567a", "+1234567", "1e7", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "x" * 10_000, "\0" * 8],
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
        pages.append(text(respond(waiting, response)).replace("You have 2 more tries", "").replace("You have 1 more try", ""))
    pages = [page.partition("Check the challenge code and your PIN")[1] for page in pages]
    assert pages == ["Check the challenge code and your PIN"] * 2


# --- Three tries, three questions (P-13) ---


def test_three_wrong_responses_end_the_question(clock, waiting, pocket):
    assert "3 tries left" in text(waiting.get("/sign-in/verify/manual/"))
    for left in ("2 more tries", "1 more try"):
        wrong_response = pocket.respond(question_at(waiting), WRONG_PIN)
        assert left in text(respond(waiting, wrong_response))
    assert wrong(waiting, pocket) == 200
    assert question_at(waiting) == ""
    assert "New challenge" in text(waiting.get("/sign-in/verify/manual/"))
    assert pocket.challenges() == []
    assert state(waiting) == "failed"
    send_again(waiting, then="verify-manual")
    respond(waiting, right(waiting, pocket))
    assert is_in(waiting)


def test_the_third_question_is_the_last(waiting, pocket):
    for _ in range(3):
        Tally.objects.filter(name__startswith="factor").delete()  # what is counted for the person is another promise
        assert 429 not in [wrong(waiting, pocket) for _ in range(3)]
        send_again(waiting, then="verify-manual")
    assert state(waiting) == "failed"
    assert question_at(waiting) == ""
    send_again(waiting)
    assert Challenge.objects.filter(login_id=waiting.session["login"]).count() == 3
    finish(waiting)
    assert not is_in(waiting)


# --- For the person, whatever the sign-in (P-22) ---


def test_five_wrong_responses_in_five_minutes_are_enough(clock, mara, pocket):
    """AT-030: three sign-ins, two wrong ones in each."""
    desks = [desk() for _ in range(3)]
    for browser in desks:
        give_password(browser, mara)
    tries = [wrong(browser, pocket) for browser in desks for _ in range(2)]
    assert tries == [200] * 5 + [429]
    refused = respond(desks[2], right(desks[2], pocket))
    assert refused.status_code == 429
    assert not is_in(desks[2])
    clock.shift(300)
    give_password(desks[2], mara)
    respond(desks[2], right(desks[2], pocket))
    assert is_in(desks[2])


def test_nothing_but_a_success_refills_the_budget(clock, mara, pocket):
    """AT-031: not a new question, a new sign-in, the password, another address, browser or spelling."""
    first = desk()
    give_password(first, mara)
    assert [wrong(first, pocket) for _ in range(3)] == [200] * 3
    send_again(first, then="verify-manual")
    assert wrong(first, pocket, "203.0.113.1") == 200
    other = desk(**{"user-agent": "Another/1.0"})
    other.post("/sign-in/", {"username": " ＭＡＲＡ", "password": "correct horse battery staple"})
    assert wrong(other, pocket, "203.0.113.2") == 200
    assert wrong(other, pocket, "203.0.113.3") == 429
    third = desk()
    give_password(third, mara)
    assert wrong(third, pocket, "203.0.113.4") == 429


def test_a_success_by_hand_refills_it(clock, mara, pocket, waiting):
    assert [wrong(waiting, pocket) for _ in range(2)] == [200] * 2
    respond(waiting, right(waiting, pocket))
    assert is_in(waiting)
    assert not Tally.objects.filter(name__startswith="factor/").exists()


def test_an_approval_on_the_phone_does_not_refill_it(clock, mara, pocket, waiting):
    """R-48: a success of the same factor only."""
    assert [wrong(waiting, pocket) for _ in range(2)] == [200] * 2
    approve(waiting, pocket)
    finish(waiting)
    assert is_in(waiting)
    other = desk()
    give_password(other, mara)
    assert [wrong(other, pocket) for _ in range(3)] == [200] * 3
    third = desk()
    give_password(third, mara)
    assert wrong(third, pocket) == 429


def test_the_phone_still_approves_when_the_budget_is_used_up(clock, mara, pocket, known):
    """A stranger with the password cannot keep the owner out by typing nonsense."""
    thief = desk()
    give_password(thief, mara)
    for _ in range(3):
        wrong(thief, pocket)
    give_password(thief, mara)
    for _ in range(3):
        wrong(thief, pocket)
    sign_in(known, mara, pocket)


@pytest.mark.parametrize(("limit", "count", "seconds"), [(1, 20, 3600), (2, 50, 86_400)])
def test_the_longer_budgets_hold_too(clock, waiting, pocket, limit, count, seconds):
    rule = accounts_policy.FACTOR_PERSON[limit]
    assert (rule.count, rule.seconds) == (count, seconds)
    wrong(waiting, pocket)
    Tally.objects.filter(name=rule.name).update(count=count)
    assert wrong(waiting, pocket) == 429


# --- For an address (P-24, AT-032, AT-034) ---


def test_ten_wrong_responses_from_one_address_are_enough(clock, mara, pocket, waiting):
    short, long = accounts_policy.FACTOR_ADDRESS
    assert (short.count, short.seconds, long.count, long.seconds) == (10, 300, 50, 3600)
    wrong(waiting, pocket, "203.0.113.1")
    Tally.objects.filter(name=short.name).update(count=10)
    assert wrong(waiting, pocket, "203.0.113.1") == 429
    assert wrong(waiting, pocket, "203.0.113.2") == 200


def test_somebody_elses_success_gives_nothing_back(clock, mara, pocket, waiting):
    for _ in range(2):
        wrong(waiting, pocket)
    before = dict(Tally.objects.filter(name__startswith="factor").values_list("name", "count"))
    dana, browser = person("dana"), desk()
    danas = activated(desk(), dana)
    give_password(browser, dana)
    respond(browser, danas.respond(question_at(browser), PIN))
    assert is_in(browser)
    assert dict(Tally.objects.filter(name__startswith="factor").values_list("name", "count")) == before


def test_a_closed_address_costs_the_person_nothing(clock, mara, pocket, waiting):
    """What is not compared is not counted."""
    wrong(waiting, pocket, "203.0.113.1")
    Tally.objects.filter(name=accounts_policy.FACTOR_ADDRESS[0].name).update(count=10)
    for _ in range(6):
        assert wrong(waiting, pocket, "203.0.113.1") == 429
    assert wrong(waiting, pocket, "203.0.113.2") == 200


# --- For the key (P-23) ---


def test_wrong_responses_at_desks_are_no_wrong_pins(waiting, pocket):
    wrong(waiting, pocket)
    assert PortalKey.objects.get().pin_failures == 0
    assert PortalKey.objects.get().desk_failures == 1


def test_fifty_wrong_responses_in_a_row_close_this_way_and_never_the_key(mara, waiting, pocket):
    """They come from whoever knows the password; the owner still approves on the phone, and opens it again by that."""
    assert policy.DESK_LOCKS == 50
    PortalKey.objects.update(desk_failures=49)
    assert wrong(waiting, pocket) == 200
    closed = respond(waiting, right(waiting, pocket))
    assert "Too many wrong responses" in text(closed)
    assert not is_in(waiting)
    assert PortalKey.objects.get().state == "active"
    approve(waiting, pocket)
    finish(waiting)
    assert is_in(waiting)
    other = desk()
    give_password(other, mara)
    respond(other, right(other, pocket))
    assert is_in(other)


def test_a_right_one_ends_the_row(waiting, pocket):
    PortalKey.objects.update(desk_failures=49)
    respond(waiting, right(waiting, pocket))
    assert PortalKey.objects.get().desk_failures == 0


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
