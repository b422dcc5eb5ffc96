"""Redis hangs while many errands come: they wait on one thread, and go on with it."""

import json
import threading

import pytest
from celery import Celery
from django.conf import settings
from redis import Redis

from accounts import redis
from accounts.requests import NOBODY
from tests.services.programs import PATIENCE
from twofactor import tasks
from twofactor.publisher import Publisher

# A list of Redis that no worker reads.
UNHEARD = "unheard"
ROWS = [f"row {number}" for number in range(200)]


@pytest.fixture
def published(running, monkeypatch):
    """What lies in Redis, oldest first."""
    url, options = redis.broker(running.bell.url)
    with Celery("errands", set_as_current=False) as app:
        app.config_from_object(settings, namespace="CELERY")
        known = app.conf.broker_transport_options
        app.conf.update(
            broker_url=url,
            # Who hangs is given up sooner here.
            broker_transport_options={**known, **options, "socket_timeout": 1},
            task_default_queue=UNHEARD,
        )
        monkeypatch.setattr("celery.current_app", app)
        with Redis.from_url(running.bell.url) as line:

            def lying():
                # The body of the message is its arguments, packed; its header says them in clear.
                return [json.loads(each)["headers"]["argsrepr"] for each in reversed(line.lrange(UNHEARD, 0, -1))]

            yield lying
            line.delete(UNHEARD)


def test_while_redis_hangs_two_hundred_errands_take_one_thread_and_leave_in_their_order_once_it_answers(
    running, published
):
    """FI-03."""
    tried = threading.Semaphore(0)

    def publish(delivery_id, asked_by):
        tasks.publish(delivery_id, asked_by)
        tried.release()

    publisher, before = Publisher(publish), threading.active_count()
    with running.bell.held_up():
        for row in ROWS:
            publisher.put(row, NOBODY)
        assert threading.active_count() <= before + 1
        # The first ones are given up, and found by the sweep.
        assert tried.acquire(timeout=PATIENCE)
    publisher.join()
    lie, wanted = published(), [repr([row]) for row in ROWS]
    assert len(lie) < len(wanted)
    assert lie[-1:] == wanted[-1:]
    assert lie == [each for each in wanted if each in lie]
