"""What Django looks for all the time is kept as asgiref keeps it, and the same things see it."""

import asyncio
import contextvars
import threading

import pytest
from asgiref.local import Local
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connections
from django.urls import base as urls
from django.utils import html, timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from portal.nearby import Nearby, _escaped, _lazily


@pytest.fixture(params=[Local, lambda: Nearby("test")], ids=["asgiref's", "ours"])
def kept(request):
    return request.param()


def value_of(kept):
    return getattr(kept, "value", None)


def in_a_thread(asked):
    found = []
    thread = threading.Thread(target=lambda: found.append(asked()))
    thread.start()
    thread.join()
    return found[0]


def test_what_nobody_has_set_is_not_there(kept):
    assert not hasattr(kept, "value")
    with pytest.raises(AttributeError):
        del kept.value


def test_what_was_taken_away_is_not_there(kept):
    kept.value = "en"
    del kept.value
    assert not hasattr(kept, "value")


def test_another_thread_does_not_see_it(kept):
    kept.value = "en"
    assert in_a_thread(lambda: value_of(kept)) is None
    assert kept.value == "en"


def test_what_runs_apart_changes_nothing_outside(kept):
    kept.value = "en"
    contextvars.copy_context().run(setattr, kept, "value", "zh-hant")
    assert kept.value == "en"


def test_a_task_changes_nothing_for_another_one(kept):
    async def tell(word):
        kept.value = word
        await asyncio.sleep(0)
        return kept.value

    async def both():
        return await asyncio.gather(tell("en"), tell("zh-hant"))

    assert asyncio.run(both()) == ["en", "zh-hant"]


def test_it_goes_along_from_a_loop_to_a_thread_and_back(kept):
    async def ask():
        kept.value = "en"
        seen = await sync_to_async(value_of)(kept)
        await sync_to_async(setattr)(kept, "value", "zh-hant")
        return seen, kept.value

    assert async_to_sync(ask)() == ("en", "zh-hant")


def test_django_keeps_its_own_there():
    # But for the language: a test with settings of another one gives Django its own back (django.test.signals).
    kept = (timezone._active, urls._prefixes, urls._urlconfs)
    assert all(isinstance(each, Nearby) for each in kept)
    assert isinstance(connections._connections, threading.local)


@pytest.mark.parametrize("text", ["Mara <Lee> & 'co'", 7, None, SafeString("<b>"), gettext_lazy("Sign in")])
def test_what_is_written_is_escaped_as_django_escapes_it(text):
    assert html.escape is _escaped
    ours, theirs = _escaped(text), _lazily(text)
    assert (ours, type(ours)) == (theirs, type(theirs))


def test_what_is_said_later_is_escaped_later():
    later = _escaped(gettext_lazy("Sign in"))
    with translation.override("zh-hant"):
        assert later == str(gettext_lazy("Sign in")) != "Sign in"
        assert html.conditional_escape(later) == later


def test_each_thread_has_a_connection_of_its_own():
    assert in_a_thread(lambda: id(connections["default"])) != id(connections["default"])
