"""Somebody who can write to Redis and nowhere else: a worker tells them nothing and takes no order from them."""

import json

import pytest
from celery import Celery
from celery.worker.control import Panel

from accounts import redis
from tests.services.programs import PATIENCE

OTHERS = sorted(set(Panel.data) - {"ping"})


@pytest.fixture
def stranger(cluster):
    """Whoever knows the address of Redis, with Celery's own means."""
    cluster.worker.expect_ready()
    url, options = redis.broker(cluster.bell.url)
    with Celery("stranger", broker=url, broker_transport_options=options, set_as_current=False) as celery:
        yield celery.control


def answer(stranger, name, **arguments):
    """What the one worker says to it."""
    replies = stranger.broadcast(name, arguments, reply=True, limit=1, timeout=PATIENCE)
    ((said,),) = (each.values() for each in replies)
    return said


def test_a_worker_that_is_asked_for_its_settings_tells_none(stranger, cluster):
    told = [answer(stranger, "conf", with_defaults=True), answer(stranger, "report"), answer(stranger, "stats")]
    known = cluster.worker.environment
    assert [name for name in ("PORTAL_PEPPER", "PORTAL_DATA") if known[name] in json.dumps(told)] == []
    assert told == [{"error": f"KeyError('{name}')"} for name in ("conf", "report", "stats")]


def test_a_worker_takes_no_order_and_still_says_that_it_is_well(stranger):
    assert {"shutdown", "cancel_consumer", "rate_limit", "pool_shrink", "revoke", "hello", "dump_conf"} < set(OTHERS)
    assert [name for name in OTHERS if "KeyError" not in str(answer(stranger, name))] == []
    # As the health check of deploy/compose.yaml asks.
    assert answer(stranger, "ping") == {"ok": "pong"}
