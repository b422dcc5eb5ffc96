"""The virtual phone where several processes are one portal: it lies in Redis and is the same for all of them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from redis.exceptions import LockError

from tests.stories.on_the_phone import call, mail, text
from twofactor.gateways import DeliveryFailed, demo


@pytest.fixture
def phones(cluster, settings, monkeypatch) -> list[demo.SharedHandset]:
    """As two processes have it, and empty."""
    settings.REDIS_URL = cluster.bell.url
    monkeypatch.setattr(demo, "listeners", [])
    both = [demo.SharedHandset(), demo.SharedHandset()]
    both[0].clear()
    return both


def test_what_one_process_takes_over_all_of_them_show_as_it_was(phones):
    one, other = phones
    given = [text(expires=timezone.now() + timedelta(minutes=5)), mail(), call()]
    for each in given:
        one.take(each)
    assert [each.message for each in other.all()] == given[::-1]
    assert other.all() == one.all()
    assert other.version == one.version
    assert other.move("call", "answer")
    assert one.get("call") == other.get("call")
    assert one.get("call").state == "greeting"


def test_what_it_is_told_at_one_process_holds_at_all(phones):
    one, other = phones
    one.set_reception(False)
    one.refuse("busy", "text")
    assert (other.reception, other.refusal, other.refused_way) == (False, "busy", "text")
    with pytest.raises(DeliveryFailed):
        other.take(text())
    assert one.all() == []
    other.clear()
    assert (one.reception, one.refusal) == (True, "")


def test_while_one_process_has_it_in_hand_no_other_one_has(phones, monkeypatch):
    """What both read and both write, one of them would have written in vain."""
    one, other = phones
    with one._held() as phone:
        monkeypatch.setattr(demo, "_WAIT", 0.01)
        with pytest.raises(LockError):
            other.take(text("in between"))
        phone.put(demo.Carried(text(), "arrived", timezone.now()))
    other.take(text("after it"))
    assert [each.message.id for each in one.all()] == ["after it", "one"]
