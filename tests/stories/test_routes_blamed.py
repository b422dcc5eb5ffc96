"""What speaks of one person's number is no fault of the route for everybody else (N13)."""

import pytest
from django.utils import timezone

from tests.factories import person
from twofactor import policy
from twofactor.models import Code, Delivery, Phone
from twofactor.models.delivery import is_failing, routes
from twofactor.numbers import known

pytestmark = pytest.mark.django_db


def tried(who, state="failed", reason="unreachable"):
    """One text with a code to a number of this person, and what became of it."""
    phone = Phone.objects.filter(user=who).first() or Phone.fresh(who, known(f"+852612340{who.pk % 100:02d}", "HK"))
    code = Code.objects.create(user=who, phone=phone, state="replaced", expires=timezone.now())
    Delivery.objects.create(
        user=who, way="text", kind="confirm", phone=phone, code=code, language="en", country="HK", state=state,
        reason=reason, deadline=timezone.now(), handed_at=timezone.now(), reports=True,
    )  # fmt: skip


def people(count):
    return [person(f"person{each}") for each in range(count)]


def test_losses_of_five_people_are_the_routes():
    for each in people(policy.HEALTH_LEAST):
        tried(each)
    assert is_failing("HK", "text")


@pytest.mark.parametrize("reason", ["number", "blocked", "unanswered", "expired"])
def test_numbers_that_cannot_receive_blame_no_route(reason):
    for each in people(policy.HEALTH_LEAST):
        tried(each, reason=reason)
    assert not is_failing("HK", "text")


@pytest.mark.parametrize("reason", ["busy", "unreachable", "setup", "malformed"])
def test_a_carrier_that_fails_does(reason):
    for each in people(policy.HEALTH_LEAST):
        tried(each, reason=reason)
    assert is_failing("HK", "text")


def test_one_person_is_one_however_often_they_try(mara):
    for _ in range(3 * policy.HEALTH_LEAST):
        tried(mara)
    assert [(row["good"], row["bad"]) for row in routes()] == [(0, 1)]
    assert not is_failing("HK", "text")


def test_nor_does_one_person_make_a_failing_route_look_good(mara):
    for each in people(policy.HEALTH_LEAST):
        tried(each)
    for _ in range(3 * policy.HEALTH_LEAST):
        tried(mara, state="delivered", reason="")
    assert is_failing("HK", "text")
