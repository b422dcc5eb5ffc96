"""The outbox: a row is carried hop by hop, tried again within its life, and never after it (R-90)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import give_password
from tests.stories.carried import (
    NUMBER,
    Carrier,
    carry,
    code_to,
    failing,
    texts,
)
from tests.stories.ways import events
from twofactor import gateways, policy, tasks
from twofactor.models import Delivery

PAGE = "/sign-in/verify/code/"


@pytest.fixture
def waiting(eli, here):
    """Eli's password was right; nobody has carried anything yet."""
    give_password(here, eli)
    return here


def row(**fields):
    return Delivery.objects.get(kind="sign-in", **fields)


def shown(browser):
    return browser.get(PAGE).context["last"]


# --- Hop by hop ---


def test_a_text_is_queued_handed_over_and_delivered(waiting):
    assert shown(waiting)["state"] == "queued"
    assert tasks.deliver_due() == 1
    last = shown(waiting)
    assert (last["state"], last["way"], last["reason"]) == ("handed", "text", "")
    assert last["handed_at"] is not None
    assert tasks.report(row().pk, gateways.Report("delivered"), "demo")
    last = shown(waiting)
    assert last["state"] == "delivered"
    assert last["delivered_at"] is not None
    assert events("delivery.hand")[-1] == events("delivery.arrive")[-1] == ("ok", "")


def test_nothing_leaves_while_the_page_is_being_answered(django_capture_on_commit_callbacks, eli, here, carriers):
    """Only what is committed is carried, so a page that fails has sent nothing."""
    (one,) = carriers(one=Carrier())
    with django_capture_on_commit_callbacks() as after:
        give_password(here, eli)
        assert one.asked == []
    assert after
    assert one.asked == []


def test_the_row_knows_the_name_that_the_carrier_gave_it(waiting, carriers):
    carriers(one=Carrier("SM123"))
    carry()
    assert (row().carrier, row().carrier_id, row().reports) == ("one", "SM123", True)


def test_a_long_name_is_cut(waiting, carriers):
    carriers(one=Carrier("x" * 500))
    carry()
    assert len(row().carrier_id) == 128


def test_each_attempt_has_the_same_name_and_says_the_same(one_clock, waiting, carriers):
    """Idempotency: a carrier that knows the name sends once."""
    (one,) = carriers(one=Carrier(failing(), failing()))
    carry()
    for _ in range(2):
        one_clock.shift(10)
        carry()
    assert len(one.asked) == 3
    assert len({message.id for message in one.asked}) == len({message.text for message in one.asked}) == 1
    assert row().state == "handed"


# --- Tried again (FI-10) ---


def test_the_waits_grow(one_clock, waiting, carriers):
    (one,) = carriers(one=Carrier(*[failing() for _ in range(20)]))
    carry()
    for count, wait in enumerate(policy.SEND_WAITS[:4], 1):
        assert row().state == "queued"
        one_clock.shift(wait.total_seconds() - 0.5)
        carry()
        assert len(one.asked) == count
        one_clock.shift(0.5)
        carry()
        assert len(one.asked) == count + 1
    assert list(policy.SEND_WAITS) == sorted(policy.SEND_WAITS)


def test_a_carrier_may_say_when_to_come_back(one_clock, waiting, carriers):
    (one,) = carriers(one=Carrier(failing("busy", after=30)))
    carry()
    one_clock.shift(29)
    carry()
    assert len(one.asked) == 1
    one_clock.shift(1)
    carry()
    assert row().state == "handed"


def test_it_ends_with_the_life_of_the_code(one_clock, waiting, carriers):
    """Never after it: a dead code is worse than none."""
    (one,) = carriers(one=Carrier(*[failing() for _ in range(100)]))
    for _ in range(70):
        carry()
        one_clock.shift(5)
    assert row().state == "failed"
    assert row().reason == "unreachable"
    tried = len(one.asked)
    assert all(message.expires > timezone.now() - timedelta(seconds=60) for message in one.asked)
    one_clock.shift(3600)
    carry()
    assert len(one.asked) == tried


def test_one_that_lay_too_long_is_not_sent(one_clock, waiting):
    """FI-08: the worker comes back after an hour; there is no burst of stale texts."""
    one_clock.shift(policy.CODE_LIFE.total_seconds())
    carry()
    assert texts(NUMBER) == []
    assert (row().state, row().reason) == ("failed", "expired")
    assert row().cost == 0


def test_at_the_last_moment_it_is(one_clock, waiting):
    one_clock.shift(policy.CODE_LIFE.total_seconds() - 1)
    assert code_to()


@pytest.mark.parametrize("reason", ["number", "blocked", "setup"])
def test_where_trying_again_would_be_no_use_it_is_not_tried(one_clock, waiting, carriers, reason):
    (one,) = carriers(one=Carrier(failing(reason, permanent=True)))
    carry()
    assert (row().state, row().reason) == ("failed", reason)
    one_clock.shift(60)
    carry()
    assert len(one.asked) == 1
    assert shown(waiting)["reason"] == reason


def test_a_carrier_that_breaks_has_failed_and_is_tried_again(one_clock, waiting, carriers, caplog):
    (one,) = carriers(one=Carrier(RuntimeError(f"could not reach {NUMBER}")))
    carry()
    assert (row().state, row().reason) == ("queued", "unreachable")
    assert NUMBER not in caplog.text
    one_clock.shift(5)
    carry()
    assert len(one.asked) == 2
    assert row().state == "handed"


def test_without_any_carrier_left_it_fails_as_a_matter_of_setup(settings, waiting):
    settings.PORTAL_CARRIERS = []
    carry()
    assert (row().state, row().reason) == ("failed", "setup")
