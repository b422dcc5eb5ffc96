"""What many desks ask together is answered as if each had asked alone, in as few statements."""

import pytest
from django.utils import timezone

from accounts.models import Login
from tests.factories import desk, give_password, person
from twofactor import consumers, live, numbers, policy
from twofactor.models import Code, Delivery, Phone, Standing

pytestmark = pytest.mark.django_db


def with_a_text(user):
    """As if they had asked for a code by text just now."""
    give_password(desk(), user)
    phone, soon = Phone.fresh(user, numbers.read("+41 78 677 00 01", "CH", {"CH"})), timezone.now() + policy.CODE_LIFE
    code = Code.objects.create(user=user, phone=phone, login=Login.objects.get(user=user), expires=soon)
    Delivery.objects.create(user=user, way="text", kind="code", code=code, language="en", deadline=soon)


def test_many_sign_ins_are_read_as_each_by_itself(django_assert_num_queries, mara, pocket):
    """With a question, with a code and its text, with neither, and one that is gone."""
    with_a_text(person("eli"))
    for user in (mara, person("tom")):
        give_password(desk(), user)
    names = [*Login.objects.values_list("pk", flat=True), "A" * 22]
    one_by_one = [Standing.named(name) for name in names]
    with django_assert_num_queries(4):
        together = Standing.of_all(names)
        assert together == one_by_one
        assert [each and (each.state, each.version) for each in together] == [
            each and (each.state, each.version) for each in one_by_one
        ]
    assert any(each and each.deliveries for each in together)
    assert together[-1] is None


def test_of_many_tickets_each_opens_its_own_sign_in_or_nothing(monkeypatch):
    """Those that open nothing are not even read with."""
    read = []
    monkeypatch.setattr(live, "use_up", lambda tickets: [ticket != "used" for ticket in tickets])
    monkeypatch.setattr(
        Standing, "of_all", lambda names: read.extend(names) or [f"how {name} stands" for name in names]
    )
    found = consumers._first([("good", "a"), ("used", "b"), ("good", "c")])
    assert found == ["how a stands", None, "how c stands"]
    assert read == ["a", "c"]
