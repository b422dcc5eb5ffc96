"""The demo's carrier: what it takes over lies on a phone in this process, and it reports what becomes of it."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.stories.on_the_phone import CODE, DELIVERED, ELI, UNANSWERED, call, state, text
from twofactor.gateways import REASONS, DeliveryFailed, Report, demo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reports(handset):
    """What the carrier reports, in order. The phone is empty."""
    told = []
    demo.listeners.append(lambda carried, report: report and told.append((carried.message.id, report)))
    return told


def test_a_text_arrives_and_is_reported(reports):
    assert demo.send(text()) == ""
    assert state("one") == "arrived"
    assert reports == [("one", DELIVERED)]


def test_a_second_attempt_of_the_same_message_shows_nothing_twice(reports):
    demo.send(text())
    demo.send(text(said="something else"))
    assert [each.message.text for each in demo.handset.all()] == [text().text]
    assert reports == [("one", DELIVERED)]


def test_an_emptied_phone_takes_everything_again_and_its_pages_hear_of_it(reports):
    demo.send(text("old"))
    demo.handset.set_reception(False)
    demo.handset.refuse("busy", "text")
    before = demo.handset.version
    demo.handset.clear()
    assert demo.handset.all() == []
    assert demo.handset.version > before
    demo.send(text("new"))
    assert reports == [("old", DELIVERED), ("new", DELIVERED)]


def test_many_threads_lose_and_double_nothing(reports):
    names = [f"text-{n}" for n in range(60)]
    threads = [threading.Thread(target=lambda: [demo.send(text(name)) for name in names]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.message.id for each in demo.handset.all()) == sorted(names)
    assert sorted(reports) == sorted((name, DELIVERED) for name in names)


def test_it_keeps_no_more_than_it_says():
    for n in range(demo.KEPT + 5):
        demo.send(text(f"text-{n}"))
    kept = [each.message.id for each in demo.handset.all()]
    assert len(kept) == demo.KEPT
    assert (kept[0], kept[-1]) == (f"text-{demo.KEPT + 4}", "text-5")


def test_it_takes_nothing_where_there_is_no_demo(settings):
    settings.PORTAL_CARRIERS = ["http"]
    assert not demo.configured()
    with pytest.raises(DeliveryFailed) as failed:
        demo.send(text())
    assert (failed.value.reason, failed.value.permanent) == ("setup", True)
    assert demo.handset.all() == []


def test_what_it_keeps_shows_neither_number_nor_code_in_a_trace():
    demo.send(text())
    told = repr(demo.handset.all())
    assert ELI not in told
    assert CODE not in told


def test_without_reception_a_text_waits_until_there_is_some(reports):
    demo.handset.set_reception(False)
    demo.send(text("one"))
    demo.send(text("two"))
    assert (state("one"), state("two"), reports) == ("waiting", "waiting", [])
    demo.handset.set_reception(True)
    assert reports == [("one", DELIVERED), ("two", DELIVERED)]


def test_what_waited_longer_than_it_is_worth_never_arrives(clock, reports):
    demo.handset.set_reception(False)
    demo.send(text(expires=timezone.now() + timedelta(minutes=5)))
    clock.shift(300)
    demo.handset.set_reception(True)
    assert reports == []
    demo.handset.lapse()
    assert (state("one"), reports) == ("dropped", [("one", Report("failed", "expired"))])


@pytest.mark.parametrize("answered", [False, True])
def test_without_reception_no_call_gets_through(answered, reports):
    demo.send(call("before"))
    if answered:
        demo.handset.move("before", "answer")
    demo.handset.set_reception(False)
    demo.send(call("after"))
    demo.handset.set_reception(True)
    assert (state("before"), state("after")) == ("missed", "missed")
    assert reports == [("before", UNANSWERED), ("after", UNANSWERED)]


def test_reception_that_goes_does_not_undo_what_was_heard(reports):
    demo.send(call())
    demo.handset.move("call", "answer")
    demo.handset.move("call", "press")
    demo.handset.set_reception(False)
    assert (state(), reports) == ("speaking", [("call", DELIVERED)])


@pytest.mark.parametrize("reason", demo.REFUSALS)
def test_it_refuses_for_the_reason_that_was_chosen(reason, reports):
    assert reason in REASONS
    demo.handset.refuse(reason)
    with pytest.raises(DeliveryFailed) as failed:
        demo.send(text())
    assert (failed.value.reason, failed.value.permanent) == (reason, demo.REFUSALS[reason])
    assert (demo.handset.all(), reports) == ([], [])
    demo.handset.refuse("")
    demo.send(text())
    assert state("one") == "arrived"


def test_one_way_can_be_refused_alone():
    demo.handset.refuse("blocked", "text")
    with pytest.raises(DeliveryFailed):
        demo.send(text())
    demo.send(call())
    assert state() == "ringing"


CALLS = {
    "heard": (["answer", "press", "end"], "ended", [DELIVERED]),
    "declined": (["decline"], "declined", [UNANSWERED]),
    "hung up before a key": (["answer", "miss"], "missed", [UNANSWERED]),
    "a key while it rings": (["press"], "ringing", []),
    "answered twice": (["answer", "answer"], "greeting", []),
    "declined after the answer": (["answer", "decline"], "greeting", []),
    "a key pressed twice": (["answer", "press", "press"], "speaking", [DELIVERED]),
    "missed after it was heard": (["answer", "press", "miss"], "speaking", [DELIVERED]),
    "answered after it was declined": (["decline", "answer", "press"], "declined", [UNANSWERED]),
}


@pytest.mark.parametrize("road", CALLS)
def test_a_call_goes_this_road(road, reports):
    events, end, told = CALLS[road]
    demo.send(call())
    for event in events:
        demo.handset.move("call", event)
    assert state() == end
    assert reports == [("call", report) for report in told]


LAPSES = {
    "nobody answers": ([], demo.RINGS, "missed", [UNANSWERED]),
    "nobody presses a key": (["answer"], demo.LISTENS, "missed", [UNANSWERED]),
    "it has said everything": (["answer", "press"], demo.SPEAKS, "ended", [DELIVERED]),
}


@pytest.mark.parametrize("what", LAPSES)
def test_a_call_ends_by_itself(what, clock, reports):
    events, lasts, end, told = LAPSES[what]
    demo.send(call())
    for event in events:
        demo.handset.move("call", event)
    clock.shift(lasts - timedelta(seconds=1))
    demo.handset.lapse()
    assert state() != end
    clock.shift(timedelta(seconds=1))
    demo.handset.lapse()
    assert state() == end
    assert reports == [("call", report) for report in told]


@pytest.mark.parametrize(("before", "late"), [([], "answer"), (["answer"], "press")])
def test_nothing_is_answered_after_its_time(before, late, clock, reports):
    demo.send(call())
    for event in before:
        demo.handset.move("call", event)
    clock.shift(demo.RINGS)
    assert not demo.handset.move("call", late)
    assert reports == []
