"""One name for each request: in its answer, in every line of the log about it, and in what is done for it later."""

import asyncio
import json
import logging
import re
import threading
from types import SimpleNamespace

import pytest
from django.test import override_settings

from accounts import requests
from portal import logs
from portal.draining import draining
from tests.doors.sockets import story
from tests.factories import desk, give_password
from twofactor import tasks
from twofactor.sockets import Limited

NAME = "X-Request-ID"
OURS = re.compile(r"[0-9a-f]{16}")
GIVEN = "7d1f3d3e-93b0-4c43-9d3a-2f6a3d0b6c11"


@pytest.fixture
def said():
    """Lines of the portal's log, as both forms write them."""
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            words = logs.OneLine("%(name)s [%(request_id)s] %(message)s").format(record)
            lines.append((words, json.loads(logs.Json().format(record))))

    kept, log = Kept(), logging.getLogger("portal")
    before = log.level
    log.addHandler(kept)
    log.setLevel(logging.INFO)
    yield lines
    log.removeHandler(kept)
    log.setLevel(before)


def test_every_answer_says_its_name(db, here):
    names = [here.get(path)[NAME] for path in ("/sign-in/", "/sign-in/", "/health/live", "/no/such/page")]
    assert all(OURS.fullmatch(name) for name in names)
    assert len(set(names)) == len(names)


def test_every_line_about_a_request_has_its_name(mara, here, said):
    name = give_password(here, mara)[NAME]
    assert said
    for words, told in said:
        assert words.startswith(f"portal.audit [{name}] ")
        assert told["request"] == name


def test_what_django_says_at_the_very_end_has_its_name_too(db, here, said, monkeypatch):
    monkeypatch.setattr(draining, "is_set", lambda: True)
    django = logging.getLogger("django.request")
    with monkeypatch.context() as heard:
        heard.setattr(django, "handlers", logging.getLogger("portal").handlers)
        name = here.get("/health/ready")[NAME]
    assert [(words, told["request"]) for words, told in said] == [
        (f"django.request [{name}] Service Unavailable: /health/ready", name)
    ]


def test_what_is_nobodys_request_has_none(said):
    logging.getLogger("portal").error("by itself")
    assert said[0][0] == "portal [-] by itself"
    assert "request" not in said[0][1]


def test_a_proxy_of_ours_may_name_it(db):
    with override_settings(PORTAL_PROXIES=1):
        assert desk().get("/health/live", headers={NAME: GIVEN})[NAME] == GIVEN


def test_nobody_else_may(db):
    assert OURS.fullmatch(desk().get("/health/live", headers={NAME: GIVEN})[NAME])


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "seven ] INFO", "12345678\n", "a_b_c_d_e_f", "１２３４５６７８", '"},{"level":']
)
def test_a_name_that_could_pass_for_more_is_not_taken(given):
    """AT-126."""
    with override_settings(PORTAL_PROXIES=1):
        assert OURS.fullmatch(requests.of_client(given))


def test_a_name_ends_with_its_request():
    with requests.named("outer"):
        with requests.named("inner"):
            assert requests.current() == "inner"
        with pytest.raises(ZeroDivisionError), requests.named("broken"):
            raise ZeroDivisionError
        assert requests.current() == "outer"
    assert requests.current() == ""


# --- What is done for it later ---


@pytest.fixture
def one_errand(monkeypatch):
    """What is carried is noted with the name under which it is; nothing is."""
    carried = []
    monkeypatch.setattr(tasks, "_deliver", lambda each: carried.append((each, requests.current())))
    return carried


def test_an_errand_of_this_process_has_the_name_of_who_asked(monkeypatch, one_errand):
    monkeypatch.setattr(tasks.runner, "wake", lambda: None)
    with requests.named("whoever-asked"):
        tasks._start("row")
    tasks.deliver("row")
    assert one_errand == [("row", "whoever-asked")]


def test_what_is_tried_again_has_a_name_of_its_own(one_errand):
    tasks.deliver("row")
    tasks.deliver("row")
    (_row, first), (_same, second) = one_errand
    assert OURS.fullmatch(first)
    assert first != second


def test_the_queue_takes_the_name_along(settings, monkeypatch):
    sent, there = [], threading.Event()
    settings.PORTAL_ERRANDS = "celery"
    monkeypatch.setattr(tasks.runner, "wake", lambda: None)
    monkeypatch.setattr(
        "celery.current_app", SimpleNamespace(send_task=lambda *_given, **more: (sent.append(more), there.set()))
    )
    with requests.named("whoever-asked"):
        tasks._start("row")
    assert there.wait(10)
    assert sent == [{"args": ["row"], "ignore_result": True, "headers": {"portal_request": "whoever-asked"}}]


# --- Sockets ---


@pytest.mark.django_db(transaction=True)
@story
async def test_a_socket_has_a_name_for_as_long_as_it_is_open(monkeypatch):
    seen = []

    async def called(self, receive):
        seen.append(requests.current())
        await asyncio.sleep(0)
        seen.append(requests.current())

    monkeypatch.setattr(Limited, "talk", called)
    headers = [(NAME.lower().encode(), GIVEN.encode())]
    with override_settings(PORTAL_PROXIES=1):
        await Limited()({"headers": headers}, None, None)
    await Limited()({"headers": headers}, None, None)
    assert seen[:2] == [GIVEN, GIVEN]
    assert OURS.fullmatch(seen[2])
    assert seen[2] == seen[3]
    assert requests.current() == ""


@pytest.mark.django_db(transaction=True)
@story
async def test_a_socket_that_is_rung_looks_under_its_own_name(monkeypatch):
    """Whoever approves rings it, from another request."""
    seen = []

    class Watching(Limited):
        async def look(self):
            seen.append(requests.current())

    async def called(self, receive):
        seen.append(requests.current())
        with requests.named("whoever-rings"):
            self.rung()
        await asyncio.sleep(0)

    monkeypatch.setattr(Limited, "talk", called)
    await Watching()({"headers": []}, None, None)
    assert OURS.fullmatch(seen[0])
    assert seen == [seen[0], seen[0]]
