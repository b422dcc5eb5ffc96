"""The threads that carry: woken, asleep, never twice on one errand, and alive whatever breaks. Without a database."""

import logging
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from twofactor import policy
from twofactor.runner import Runner

# Only how long a broken runner is waited for; one that works never needs it.
PATIENCE = 20


class Bell(threading.Event):
    """Writes down how long each sleep would last, and rings when another one begins."""

    def __init__(self):
        super().__init__()
        self.sleeps: list[float | None] = []
        self.asleep = threading.Semaphore(0)

    def wait(self, timeout=None):
        self.sleeps.append(timeout)
        self.asleep.release()
        return super().wait(PATIENCE)


class Outbox:
    """What is due, and what was done: an errand lasts until `go` lets it."""

    def __init__(self):
        self.ids: list[str] = []
        self.next_at = None
        self.looks = 0
        self.done: list[str] = []
        self.began = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()
        self.breaks = lambda _each: None

    def find(self):
        self.looks += 1
        return list(self.ids), self.next_at

    def work(self, each):
        self.began.release()
        assert self.go.wait(PATIENCE)
        self.done.append(each)
        if each in self.ids:
            self.ids.remove(each)
        self.breaks(each)


@pytest.fixture
def outbox():
    return Outbox()


def started(outbox, beat=None):
    """A runner that has been woken once, and its bell."""
    runner = Runner(outbox.find, outbox.work, beat)
    runner._bell = bell = Bell()
    runner.wake()
    return runner, bell


def sleeps(bell, times=1):
    """Wait until it has gone to sleep this many times more."""
    for _ in range(times):
        assert bell.asleep.acquire(timeout=PATIENCE)
    return bell.sleeps[-1]


def began(outbox, times=1):
    for _ in range(times):
        assert outbox.began.acquire(timeout=PATIENCE)


def asleep_with_nothing_to_do(outbox, bell):
    """Wait until it sleeps after a look at an empty outbox."""
    while True:
        sleeps(bell)
        if not outbox.ids and not bell.is_set():
            return


# --- Waking and sleeping ---


def test_nothing_runs_before_somebody_wakes_it(outbox):
    outbox.ids = ["one"]
    before = threading.active_count()
    Runner(outbox.find, outbox.work, 5.0)
    assert threading.active_count() == before
    assert outbox.looks == 0


def test_it_does_what_is_due_when_it_is_woken(outbox):
    outbox.ids = ["one", "two"]
    _runner, bell = started(outbox)
    began(outbox, 2)
    asleep_with_nothing_to_do(outbox, bell)
    assert sorted(outbox.done) == ["one", "two"]


def test_with_nothing_to_do_it_sleeps_until_it_is_woken(outbox):
    """It asks the database nothing meanwhile."""
    runner, bell = started(outbox)
    assert sleeps(bell, 2) is None
    assert outbox.looks == 1
    outbox.ids = ["one"]
    runner.wake()
    began(outbox)


def test_it_sleeps_until_the_next_errand_is_ripe(outbox):
    outbox.next_at = timezone.now() + timedelta(seconds=30)
    _runner, bell = started(outbox)
    assert 25 < sleeps(bell, 2) <= 30


def test_what_is_overdue_is_looked_at_again_soon_and_not_in_a_circle(outbox):
    outbox.next_at = timezone.now() - timedelta(seconds=30)
    _runner, bell = started(outbox)
    assert 0 < sleeps(bell, 2) <= 1


def test_where_others_carry_it_looks_now_and_then(outbox):
    _runner, bell = started(outbox, beat=5.0)
    assert sleeps(bell, 2) == 5.0


def test_the_beat_does_not_make_a_ripe_errand_wait(outbox):
    outbox.next_at = timezone.now() + timedelta(seconds=2)
    _runner, bell = started(outbox, beat=5.0)
    assert sleeps(bell, 2) <= 2


def test_woken_by_many_it_is_one(outbox):
    runner, bell = started(outbox)
    thread = runner._thread
    for caller in [threading.Thread(target=runner.wake) for _ in range(20)]:
        caller.start()
        caller.join()
    sleeps(bell, 2)
    assert runner._thread is thread
    assert thread.is_alive()
    assert thread.daemon


def test_an_errand_that_comes_while_it_looks_is_not_overlooked(outbox):
    """The bell is put down before the look, not after it."""
    first = outbox.find

    def find():
        found = first()
        if outbox.looks == 1:
            outbox.ids = ["late"]
            runner.wake()
        return found

    runner = Runner(find, outbox.work, None)
    runner.wake()
    began(outbox)


# --- Side by side ---


def test_one_errand_is_never_done_twice_at_once(outbox):
    outbox.ids = ["one"]
    outbox.go.clear()
    runner, bell = started(outbox)
    began(outbox)
    for _ in range(3):
        sleeps(bell)
        runner.wake()
    sleeps(bell)
    assert not outbox.began.acquire(blocking=False)
    outbox.go.set()
    asleep_with_nothing_to_do(outbox, bell)
    assert outbox.done == ["one"]


def test_an_errand_that_is_due_again_is_done_again(outbox):
    outbox.ids = ["one", "one"]
    started(outbox)
    began(outbox, 2)


def test_a_slow_one_does_not_hold_up_the_others(outbox):
    outbox.ids = [f"slow {number}" for number in range(policy.SENDERS)]
    outbox.go.clear()
    runner, bell = started(outbox)
    began(outbox, policy.SENDERS)
    outbox.ids.append("one more")
    runner.wake()
    sleeps(bell, 3)
    assert not outbox.began.acquire(blocking=False), "no more at a time than there are senders"
    outbox.go.set()
    began(outbox)
    asleep_with_nothing_to_do(outbox, bell)
    assert len(outbox.done) == policy.SENDERS + 1


# --- Whatever breaks ---


def test_an_outbox_that_cannot_be_read_is_looked_at_again(outbox):
    def find():
        if outbox.looks == 0:
            outbox.looks += 1
            raise ConnectionError("no database")
        return Outbox.find(outbox)

    outbox.ids = ["one"]
    runner = Runner(find, outbox.work, None)
    runner._bell = bell = Bell()
    runner.wake()
    assert sleeps(bell, 2) == policy.RETRY_DATABASE
    runner.wake()
    began(outbox)


def test_an_errand_that_breaks_takes_nobody_with_it(outbox):
    def breaks(each):
        if each == "bad":
            raise ValueError("broken")

    outbox.breaks = breaks
    outbox.ids = ["bad", "good"]
    runner, bell = started(outbox)
    began(outbox, 2)
    asleep_with_nothing_to_do(outbox, bell)
    assert sorted(outbox.done) == ["bad", "good"]
    outbox.ids = ["bad"]
    runner.wake()
    began(outbox)


def test_what_an_errand_broke_with_is_not_in_the_log(outbox, caplog):
    """What an exception quotes may be the message."""
    caplog.set_level(logging.DEBUG)

    def breaks(_each):
        raise ValueError("482913 is your security code")

    outbox.breaks = breaks
    outbox.ids = ["one"]
    _runner, bell = started(outbox)
    began(outbox)
    while not caplog.records:
        sleeps(bell)
    told = [record.getMessage() + str(record.exc_info) for record in caplog.records]
    assert any("ValueError" in line for line in told)
    assert not any("482913" in line for line in told)


def test_an_errand_that_no_thread_takes_any_more_is_told_in_a_line_and_taken_later(outbox, caplog, monkeypatch):
    """As at the end of a process, when no thread begins."""
    caplog.set_level(logging.WARNING, logger="portal.outbox")
    runner, bell = started(outbox)
    asleep_with_nothing_to_do(outbox, bell)

    def ends(*_given):
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    with monkeypatch.context() as ending:
        ending.setattr(runner._pool, "submit", ends)
        outbox.ids = ["one"]
        runner.wake()
        while not caplog.records:
            sleeps(bell)
    told = [record for record in caplog.records if "waits for the next look" in record.getMessage()]
    assert len(told) == 1
    assert told[0].exc_info is None
    runner.wake()
    began(outbox)
