"""How much the cleverest guesser gets through in a month, under a clock that is not real (R-48, R-50)."""

import math
import time

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from accounts import limits, policy
from tests.fuzz.limiter import DAY, MONTH, Waits, Windows, best_series, most_in_waits, most_in_windows
from tests.fuzz.much import tries
from tests.given import LONG
from twofactor.policy import CODE_TRIES, DESK_LOCKS

FACTOR, PASSWORD = policy.FACTOR_PERSON, policy.PASSWORD
# What a guesser may wait for: nothing, a moment, and each window from just before to just after its end.
gaps = st.one_of(
    st.just(0),
    st.sampled_from([edge + by for edge in (1, 300, 900, 3600, DAY) for by in (-1, 0, 1)]),
    st.integers(0, 2 * DAY),
)


def counted(charge):
    """Whether the portal's own counter had room."""
    try:
        charge()
    except limits.RateLimited:
        return False
    return True


# --- The model is the code ---


def test_windows_count_as_they_are_written_down(one_clock):
    begins = time.time()

    @tries(25, 2000)
    @given(st.lists(st.tuples(gaps, st.sampled_from(("take", "take", "take", "back", "forget"))), max_size=25))
    def walk(steps):
        limits.clear(FACTOR, "walk")
        one_clock.move_to(begins)
        model = Windows(FACTOR)
        for gap, what in steps:
            one_clock.shift(gap)
            if what == "take":
                now = time.time()
                assert counted(lambda: limits.charge(FACTOR, "walk")) == model.take(now)
                opens = limits.opens_at(FACTOR, "walk")
                assert (opens.timestamp() if opens else now) == pytest.approx(model.opens(now), abs=0.001)
            elif what == "back":
                limits.refund(FACTOR, "walk")
                model.give_back()
            else:
                limits.clear(FACTOR, "walk")
                model = Windows(FACTOR)

    walk()


def test_waits_count_as_they_are_written_down(one_clock):
    begins = time.time()

    @tries(25, 2000)
    @given(st.lists(gaps, max_size=30))
    def walk(steps):
        limits.clear((PASSWORD,), "walk")
        one_clock.move_to(begins)
        model = Waits(PASSWORD)
        for gap in steps:
            one_clock.shift(gap)
            now = time.time()
            assert counted(lambda: limits.charge_backoff(PASSWORD, "walk")) == model.take(now)

    walk()


# --- The most that gets through ---


def test_no_schedule_of_a_month_beats_the_budget_of_second_factors(db):
    """P-22: fifty a day, whatever the order: 1,500 in thirty days."""
    most = most_in_windows(FACTOR, MONTH)
    assert most == 30 * 50

    @tries(40, 3000)
    @given(st.lists(gaps, min_size=1, max_size=60))
    def search(pattern):
        through, now, model = 0, 0.0, Windows(FACTOR)
        # The pattern over and over, each time waiting for room as well: patience never costs a guesser anything.
        while now < MONTH:
            for gap in pattern:
                now = max(now + gap, model.opens(now))
                through += now < MONTH and model.take(now)
            now += not any(pattern)
        target(float(through))
        assert through <= most

    search()


def test_the_best_schedule_of_second_factors_reaches_it_and_no_more(one_clock):
    """P-22: as soon as there is room, day and night, against the portal's own counter."""
    days = 30 if LONG else 5
    begins, through = time.time(), 0
    while time.time() < begins + days * DAY - 1:
        if counted(lambda: limits.charge(FACTOR, "guesser")):
            through += 1
        else:
            one_clock.move_to(math.ceil(limits.opens_at(FACTOR, "guesser").timestamp()))
    assert through == most_in_windows(FACTOR, days * DAY) == days * 50


def test_what_a_month_of_guesses_is_worth(db):
    """P-22, P-13, P-14: six digits are found with less than two in a thousand, eight with seven steps in a hundred
    thousand; by hand the way closes long before (P-23)."""
    month = most_in_windows(FACTOR, MONTH)
    assert month / 10**6 < 0.002
    assert 7 * month / 10**8 < 0.0002
    assert 7 * DESK_LOCKS / 10**8 < 0.00001
    assert FACTOR[0].count >= CODE_TRIES


def test_no_schedule_of_a_month_beats_the_waits_of_passwords(db):
    """P-25: what strangers together may try at one name."""
    most = most_in_waits(PASSWORD, MONTH)
    assert best_series(PASSWORD) == 11
    assert most == 27_771

    @tries(20, 1000)
    @given(st.lists(gaps, min_size=1, max_size=40))
    def search(pattern):
        through, now, model = 0, 0.0, Waits(PASSWORD)
        while now < MONTH / (1 if LONG else 30):
            for gap in pattern:
                now = max(now + gap, model.open_at)
                through += now < MONTH and model.take(now)
            now += not any(pattern)
        target(float(through))
        assert through <= most

    search()


def test_the_best_schedule_of_passwords_reaches_it_and_no_more(one_clock):
    """P-25: eleven in a row, then a quarter of an hour of peace, against the portal's own counter."""
    span = DAY if LONG else DAY // 8
    series, through, begins = best_series(PASSWORD), 0, time.time()
    model = Waits(PASSWORD)
    while time.time() < begins + span:
        for _ in range(series):
            if time.time() < begins + span:
                assert counted(lambda: limits.charge_backoff(PASSWORD, "guesser"))
                assert model.take(time.time())
                through += 1
                one_clock.move_to(model.open_at)
        one_clock.move_to(model.resets)
    assert most_in_waits(PASSWORD, span) - series < through <= most_in_waits(PASSWORD, span)
