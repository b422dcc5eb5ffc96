"""The outbox with several carriers and several workers: each carrier once, each row by one of them (FI-09)."""

import pytest

from accounts.models import AuditEvent
from tests.factories import give_password
from tests.stories.carried import (
    NUMBER,
    Carrier,
    carry,
    failing,
    texts,
)
from twofactor import policy, tasks
from twofactor.models import Delivery

PAGE = "/sign-in/verify/code/"


@pytest.fixture
def waiting(eli, here):
    """Eli's password was right; nobody has carried anything yet."""
    give_password(here, eli)
    return here


def row(**fields):
    return Delivery.objects.get(kind="sign-in", **fields)


# --- The next carrier ---


def test_the_next_carrier_is_asked_when_the_first_fails_twice(one_clock, waiting, carriers):
    one, two = carriers(one=Carrier(failing(), failing(), failing()), two=Carrier())
    carry()
    one_clock.shift(3)
    carry()
    assert (len(one.asked), len(two.asked)) == (2, 1)
    assert (row().carrier, row().state) == ("two", "handed")


def test_at_once_when_the_first_cannot(waiting, carriers):
    one, two = carriers(one=Carrier(failing("setup", permanent=True)), two=Carrier())
    carry()
    assert (len(one.asked), len(two.asked)) == (1, 1)
    assert row().carrier == "two"


def test_but_not_for_a_number_that_is_wrong(waiting, carriers):
    """Another carrier would only be paid for the same answer."""
    one, two = carriers(one=Carrier(failing("number", permanent=True)), two=Carrier())
    carry()
    assert (len(one.asked), len(two.asked)) == (1, 0)
    assert row().state == "failed"


def test_no_carrier_is_gone_back_to(one_clock, waiting, carriers):
    one, two = carriers(
        one=Carrier(failing("setup", permanent=True)),
        two=Carrier(failing(), failing(), failing("blocked", permanent=True)),
    )
    for _ in range(10):
        carry()
        one_clock.shift(20)
    assert (len(one.asked), len(two.asked)) == (1, 3)
    assert row().state == "failed"


def test_the_record_says_which_carrier_failed(waiting, carriers):
    carriers(one=Carrier(failing("setup", permanent=True)), two=Carrier())
    carry()
    assert AuditEvent.objects.get(kind="delivery.try").facts["carrier"] == "one"
    assert AuditEvent.objects.filter(kind="delivery.hand").first().facts["carrier"] == "two"


def test_a_carrier_that_was_taken_off_the_list_meanwhile_is_not_asked(one_clock, settings, waiting, carriers):
    one, two = carriers(one=Carrier(failing()), two=Carrier())
    carry()
    settings.PORTAL_CARRIERS = ["two"]
    one_clock.shift(5)
    carry()
    assert (len(one.asked), len(two.asked)) == (1, 1)


# --- Once ---


def test_two_workers_carry_it_once(waiting, carriers):
    (one,) = carriers(one=Carrier())
    one.during = lambda message: pytest.fail("twice") if tasks.deliver(message.id) else None
    assert tasks.deliver(row().pk)
    assert not tasks.deliver(row().pk)
    assert len(one.asked) == 1


def test_an_errand_for_nothing_does_nothing(handset, db):
    assert not tasks.deliver("no-such-row")


def test_before_its_time_it_is_not_taken(waiting, carriers):
    """A second errand for the same row does not shorten the wait."""
    (one,) = carriers(one=Carrier(failing("busy", after=30)))
    carry()
    assert not tasks.deliver(row().pk)
    assert len(one.asked) == 1


def test_what_a_dead_worker_had_taken_is_carried_by_the_next(one_clock, waiting):
    """FI-09: killed between taking and handing over."""
    assert row().take()
    carry()
    assert texts(NUMBER) == []
    one_clock.shift(policy.SEND_LEASE.total_seconds() - 1)
    carry()
    assert texts(NUMBER) == []
    one_clock.shift(1)
    carry()
    assert len(texts(NUMBER)) == 1
    assert row().state == "handed"


def test_what_is_taken_comes_with_what_it_is_about(waiting, django_assert_num_queries):
    """While it is carried, nothing is looked for again: it may be gone by then, with its person."""
    taken = row()
    assert taken.take(Delivery.objects.select_related("user", "code__phone"))
    with django_assert_num_queries(0):
        assert taken.code.phone.number == NUMBER
        assert taken.user.pk == taken.code.user_id


def test_whoever_lost_the_row_settles_nothing(one_clock, waiting, carriers):
    """A worker is held up for longer than its lease, and fails when another has long handed it over."""
    (one,) = carriers(one=Carrier(failing("setup", permanent=True)))
    (other,) = [Carrier("theirs")]

    def while_it_sleeps(_message):
        one_clock.shift(policy.SEND_LEASE.total_seconds() + 1)
        carriers(one=other)
        carry()
        carriers(one=one)

    one.during = while_it_sleeps
    tasks.deliver(row().pk)
    assert (row().state, row().carrier_id) == ("handed", "theirs")
    assert row().cost > 0


def test_a_lease_is_longer_than_any_carrier_may_take():
    assert policy.SEND_LEASE.total_seconds() > policy.CARRIER_TOTAL


def test_what_is_removed_while_it_is_taken_is_carried_by_nobody(waiting, carriers, monkeypatch):
    """A person is removed at this very moment, and their deliveries with them."""
    (one,) = carriers(one=Carrier())
    monkeypatch.setattr(Delivery, "refresh_from_db", _gone)
    assert not tasks.deliver(row().pk)
    assert one.asked == []


def _gone(self, **_which):
    raise Delivery.DoesNotExist
