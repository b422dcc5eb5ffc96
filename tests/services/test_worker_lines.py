"""A worker's line to Redis breaks again and again: nothing of the old one stays with its loop."""

from types import SimpleNamespace

from kombu import Connection
from kombu.asynchronous import Hub

from accounts import redis
from portal.celery import OneLine


def test_a_line_that_broke_leaves_nothing_with_the_loop(running):
    """What kombu has the loop do for a line at every turn, it does not take back when the line breaks."""
    url, options = redis.broker(running.bell.url)
    hub = Hub()
    hub.on_tick.add(always := lambda: None)
    consumer = SimpleNamespace(hub=hub)
    step = OneLine(consumer)
    for _line in range(3):
        before = set(hub.on_tick)
        with Connection(url, transport_options=options) as line:
            line.transport.register_with_event_loop(line.connection, hub)
        (its_own,) = hub.on_tick - before
        step.start(consumer)
        assert hub.on_tick == {always, its_own}
    hub.close()
