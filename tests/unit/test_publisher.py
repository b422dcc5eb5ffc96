"""Errands on their way to a broker: in their order, on one thread, and never more of them than there is room for."""

import logging
import os
import signal
import socket
import threading
from types import SimpleNamespace

import pytest
from celery import Celery
from django.conf import settings

from accounts.requests import NOBODY
from twofactor import publisher as publishers
from twofactor import tasks
from twofactor.publisher import Publisher

PATIENCE = 10


class Broker:
    """Takes errands once `go` lets it."""

    def __init__(self):
        self.go, self.taken = threading.Event(), []
        self.asked = threading.Semaphore(0)

    def publish(self, delivery_id, _asked_by):
        self.asked.release()
        assert self.go.wait(PATIENCE)
        self.taken.append(delivery_id)


@pytest.fixture
def broker():
    broker = Broker()
    yield broker
    broker.go.set()


@pytest.fixture(autouse=True)
def _heard(caplog):
    caplog.set_level(logging.WARNING, "portal.outbox")


def rows(many):
    return [f"row {number}" for number in range(many)]


def put(publisher, names):
    for name in names:
        publisher.put(name, NOBODY)


def test_a_broker_that_hangs_is_waited_for_by_one_thread_and_takes_all_in_their_order_afterwards(broker):
    publisher, before = Publisher(broker.publish), threading.active_count()
    put(publisher, rows(200))
    assert threading.active_count() == before + 1
    assert broker.taken == []
    broker.go.set()
    publisher.join()
    assert broker.taken == rows(200)


def test_a_redis_that_answers_nothing_leaves_one_thread_more(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"redis://127.0.0.1:{door.getsockname()[1]}/0"
        app = Celery("errands", set_as_current=False)
        app.config_from_object(settings, namespace="CELERY")
        app.conf.broker_url = url
        monkeypatch.setattr("celery.current_app", app)
        publisher, before = Publisher(tasks.publish), threading.active_count()
        put(publisher, rows(200))
        assert threading.active_count() <= before + 1
    # It is gone now, so each is refused, and the thread is there for the next.
    publisher.join()
    app.close()


def test_what_the_broker_refuses_keeps_nothing_back(broker, monkeypatch, caplog):
    def refuse(_name, args, **_more):
        if args == ["row 0"]:
            raise ConnectionError("no broker")
        broker.taken.extend(args)

    # For whichever thread: of Celery's own each may have another one.
    monkeypatch.setattr("celery.current_app", SimpleNamespace(send_task=refuse))
    publisher = Publisher(tasks.publish)
    put(publisher, rows(3))
    publisher.join()
    assert broker.taken == ["row 1", "row 2"]
    assert [line for line in caplog.messages if "the sweep will" in line] == [
        "the broker did not take an errand; the sweep will"
    ]


def test_those_for_which_there_is_no_room_are_left_to_the_sweep_and_it_is_said_once(broker, monkeypatch, caplog):
    monkeypatch.setattr(publishers, "_WAITING", 3)
    publisher = Publisher(broker.publish)
    for _time in range(2):
        put(publisher, ["first"])
        # The thread has it, and there is room for three more.
        assert broker.asked.acquire(timeout=PATIENCE)
        put(publisher, rows(10))
        broker.go.set()
        publisher.join()
        assert broker.taken == ["first", *rows(3)]
        assert [line for line in caplog.messages if "too slowly" in line] == [
            "the broker takes errands too slowly; the sweep will find those that come now"
        ]
        # And as soon as it takes them again, there is room, and something to say the next time.
        broker.go.clear()
        broker.taken.clear()
        caplog.clear()
        while broker.asked.acquire(blocking=False):
            pass


def test_a_process_that_is_split_off_publishes_its_own_and_nothing_of_ours(broker):
    publisher = Publisher(broker.publish)
    put(publisher, rows(3))
    assert broker.asked.acquire(timeout=PATIENCE)
    child = os.fork()
    if not child:
        # Whatever it waits for in vain ends it.
        signal.alarm(PATIENCE)
        try:
            broker.go.set()
            put(publisher, ["its own"])
            publisher.join()
        finally:
            os._exit(broker.taken != ["its own"])
    assert os.waitpid(child, 0)[1] == 0
    broker.go.set()
    publisher.join()
    assert broker.taken == rows(3)


def test_where_no_thread_begins_nothing_is_raised_and_the_next_one_takes_both_along(broker, monkeypatch, caplog):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    publisher = Publisher(broker.publish)
    broker.go.set()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        put(publisher, ["row 0"])
    assert "no thread is left to publish an errand; the sweep will find it" in caplog.messages
    put(publisher, ["row 1"])
    publisher.join()
    assert broker.taken == ["row 0", "row 1"]


def test_the_end_of_a_process_does_not_wait_for_a_broker(broker):
    put(Publisher(broker.publish), rows(2))
    assert broker.asked.acquire(timeout=PATIENCE)
    assert all(each.daemon for each in threading.enumerate() if each.name == "errands")
