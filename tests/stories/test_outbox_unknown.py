"""A carrier that may have taken a message and has not said so: once more at most, and nothing is given back (FI-09)."""

import pytest

from accounts.models import Tally
from tests.factories import give_password
from tests.stories.carried import Carrier, again, call, carry, code_by_call, failing, type_code
from tests.stories.ways import is_in
from twofactor import budgets, policy, tasks
from twofactor.models import Delivery


@pytest.fixture
def waiting(eli, here):
    give_password(here, eli)
    return here


def row(**fields):
    return Delivery.objects.get(kind="sign-in", **fields)


def long_enough(clock):
    for _ in range(40):
        carry()
        clock.shift(10)


def counted():
    names = ("text-number/24h", "text-person/24h", "carried-site/1h", "money/24h")
    return [sum(Tally.objects.filter(name=name).values_list("count", flat=True)) for name in names]


def lost(count=20, **how):
    return [failing(unknown=True, **how) for _ in range(count)]


def test_it_is_offered_once_more_and_no_further(one_clock, waiting, carriers):
    (one,) = carriers(one=Carrier(*lost()))
    long_enough(one_clock)
    assert len(one.asked) == 2
    assert (row().state, row().reason) == ("failed", "unreachable")


def test_what_may_have_been_carried_is_paid_for(one_clock, waiting, carriers):
    carriers(one=Carrier(*lost()))
    before = counted()
    long_enough(one_clock)
    assert counted() == before
    assert min(before) > 0
    assert row().cost > 0


def test_one_doubt_is_enough_whatever_came_after_it(one_clock, waiting, carriers):
    """First a time-out, then a plain no: the first may have arrived."""
    carriers(one=Carrier(*lost(1), failing("number", permanent=True)))
    before = counted()
    long_enough(one_clock)
    assert row().state == "failed"
    assert counted() == before


def test_a_doubt_is_not_forgotten_by_what_comes_between(one_clock, waiting, carriers):
    (one,) = carriers(one=Carrier(*lost(1), failing("busy"), *lost()))
    long_enough(one_clock)
    assert len(one.asked) == 3
    assert row().cost > 0


def test_what_was_certainly_not_carried_is_tried_on_and_given_back(one_clock, waiting, carriers):
    (one,) = carriers(one=Carrier(*[failing() for _ in range(20)]))
    long_enough(one_clock)
    assert len(one.asked) > 3
    assert row().cost == 0
    assert budgets.money()[0] == 0


def test_the_second_time_is_the_next_carriers_where_there_is_one(one_clock, waiting, carriers):
    one, two, three = carriers(one=Carrier(*lost()), two=Carrier(*lost()), three=Carrier())
    carry()
    assert (len(one.asked), len(two.asked), len(three.asked)) == (1, 1, 0)
    long_enough(one_clock)
    assert len(one.asked) + len(two.asked) + len(three.asked) == 2


def test_an_answer_that_makes_no_sense_moves_on_once(one_clock, waiting, carriers):
    one, two, three = carriers(
        one=Carrier(*lost(1, reason="malformed", permanent=True)),
        two=Carrier(*lost(1, reason="malformed", permanent=True)),
        three=Carrier(),
    )
    long_enough(one_clock)
    assert (len(one.asked), len(two.asked), len(three.asked)) == (1, 1, 0)
    assert row().reason == "malformed"


def test_a_carrier_that_knows_it_again_is_asked_on_and_on(one_clock, waiting, carriers):
    (one,) = carriers(one=Carrier(*lost(4)))
    one.IDEMPOTENT = True
    long_enough(one_clock)
    assert len(one.asked) == 5
    assert row().state == "handed"


def test_a_carrier_that_breaks_may_have_sent_it(one_clock, waiting, carriers):
    (one,) = carriers(one=Carrier(*[ValueError("theirs") for _ in range(9)]))
    long_enough(one_clock)
    assert len(one.asked) == 2
    assert row().unknown


def test_a_notice_comes_again_after_an_outage_and_not_within_it(one_clock, eli, carriers):
    from twofactor import carrying

    (one,) = carriers(one=Carrier(*lost(1)))
    carrying.notice_at(eli, "phone-stopped", eli.phones.get())
    carry()
    one_clock.shift(policy.SEND_WAITS[-1].total_seconds() - 1)
    carry()
    assert len(one.asked) == 1
    one_clock.shift(1)
    carry()
    assert len(one.asked) == 2
    assert Delivery.objects.get().state == "handed"


# --- What a call says ---


def test_a_call_says_nothing_more_once_the_sign_in_is_cancelled(one_clock, waiting):
    carry()
    one_clock.shift(61)
    call(waiting)
    carry()
    calling = row(way="call")
    assert tasks.script(calling.pk, "demo") is not None
    waiting.post("/sign-in/cancel/")
    assert calling.code.state == "live", "it is the sign-in that is over"
    assert tasks.script(calling.pk, "demo") is None


def test_while_it_waits_it_speaks(one_clock, waiting):
    one_clock.shift(61)
    again(waiting)
    call(waiting)
    type_code(waiting, code_by_call("+85251234567"))
    assert is_in(waiting)
