"""Pages in one hop: which view answers is looked up once, hostile paths fill nothing, and no line is without an end."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse
from django.urls import resolve

from accounts import policy
from accounts.threads import Threads
from portal import probes
from portal.engine import Engine
from twofactor.policy import RETRY_DATABASE


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def asked(path: str) -> Any:
    return ASGIRequest({"method": "GET", "path": path, "headers": []}, io.BytesIO())


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/help/", "/health/live", "/authenticator/"])
def test_a_path_that_is_written_out_in_full_is_looked_up_once(engine: Engine, path: str) -> None:
    first, second = asked(path), asked(path)
    assert engine.resolve_request(first) is engine.resolve_request(second)
    assert first.resolver_match is second.resolver_match
    assert first.resolver_match.func is resolve(path).func


@pytest.mark.parametrize("path", ["/help/lost-phone/", "/help/anything/", "/admin/anything/"])
def test_a_path_of_which_there_are_many_is_not_kept(engine: Engine, path: str) -> None:
    before = len(engine._found)
    engine.resolve_request(asked(path))
    assert len(engine._found) == before


def test_a_path_that_does_not_exist_is_not_kept(engine: Engine) -> None:
    before = len(engine._found)
    with pytest.raises(Http404):
        engine.resolve_request(asked("/nothing/of/ours"))
    assert len(engine._found) == before


async def test_where_no_thread_begins_a_page_says_when_to_come_back_and_the_next_one_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    engine = Engine()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    status, headers = await answer(engine, "/health/live")
    assert status == 503
    assert int(headers[b"Retry-After"]) > 0
    assert headers[b"Content-Security-Policy"].startswith(b"default-src 'none'")
    monkeypatch.undo()
    assert (await answer(engine, "/health/live"))[0] == 200


async def answer(engine: Engine, path: str) -> tuple[int, dict[bytes, bytes]]:
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        said.append(message)

    host = [(b"host", b"localhost")]
    await engine({"type": "http", "method": "GET", "path": path, "headers": host}, receive, send)
    return said[0]["status"], dict(said[0]["headers"])


# --- The line ---

SOON = 20
# Of somebody who is signed in, or says so: to look would be to ask the database, which no test of this folder may.
KNOWN = (b"cookie", f"{settings.SESSION_COOKIE_NAME}={'a' * 32}".encode())


class Line:
    """An engine of one thread for pages, a clock that is put on by hand, and who came past the line."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now, self.told, self.answered = 1000.0, list[str](), list[str]()
        self._begun, self._free = threading.Semaphore(0), threading.Event()
        patch.setattr("portal.engine.time", SimpleNamespace(monotonic=lambda: self.now))
        patch.setattr("portal.engine.watching", SimpleNamespace(tell=self.told.append))
        patch.setattr("django.conf.settings.PORTAL_THREADS", 1)
        self.engine: Any = Engine()
        self._chain = self.engine._middleware_chain
        self.engine._middleware_chain = self._through

    def _through(self, request: Any) -> Any:
        self.answered.append(request.path)
        if request.path.startswith("/health/"):
            return self._chain(request)
        if request.GET:
            self._begun.release()
            assert self._free.wait(SOON)
        return HttpResponse("answered")

    def ask(self, path: str, method: str = "GET", query: bytes = b"", *, known: bool = True) -> asyncio.Task[Any]:
        headers = [(b"host", b"localhost"), (b"accept-language", b"zh-Hant"), *([KNOWN] if known else [])]
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}
        return asyncio.create_task(self._asked(scope))

    async def _asked(self, scope: Any) -> Any:
        said: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            said.append(message)

        async with asyncio.timeout(SOON):
            await self.engine(scope, receive, send)
        start, body = said
        names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return SimpleNamespace(status=start["status"], headers=names, text=body["body"].decode())

    async def is_stuck(self, path: str = "/", method: str = "GET") -> asyncio.Task[Any]:
        """One more thread waits, for as long as it takes."""
        stuck = self.ask(path, method, b"stuck")
        assert await asyncio.to_thread(self._begun.acquire, timeout=SOON)
        return stuck

    def goes_on(self) -> None:
        self._free.set()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    line = Line(monkeypatch)
    yield line
    line.goes_on()


async def test_whoever_has_stood_in_line_too_long_comes_back_and_nobody_is_looked_up(line: Line) -> None:
    """FI-04: else 200 people would wait for a database that hangs, eight at a time."""
    stuck = await line.is_stuck("/help/")
    old = line.ask("/security/")
    await asyncio.sleep(0)
    line.now += policy.PAGE_LINE + 0.1
    fresh = line.ask("/")
    await asyncio.sleep(0)
    line.goes_on()
    assert [(await each).status for each in (stuck, old, fresh)] == [200, 503, 200]
    assert line.answered == ["/help/", "/"]
    said = (await old).headers
    assert said["retry-after"] == str(RETRY_DATABASE)
    assert "set-cookie" not in said
    assert said["content-language"] == "zh-hant"
    assert {"x-request-id", "content-security-policy", "x-frame-options"} <= set(said)
    assert "系統" in (await old).text


async def test_a_page_that_waited_on_a_busy_machine_is_answered(line: Line) -> None:
    stuck = await line.is_stuck()
    patient = line.ask("/security/")
    await asyncio.sleep(0)
    line.now += policy.PAGE_LINE
    line.goes_on()
    assert [(await each).status for each in (stuck, patient)] == [200, 200]


async def test_a_password_whose_turn_comes_too_late_is_counted_and_not_hashed(line: Line) -> None:
    """FI-23."""
    threads = line.engine._passwords._most
    stuck = [await line.is_stuck("/sign-in/", "POST") for _each in range(threads)]
    old = line.ask("/sign-in/", "POST")
    await asyncio.sleep(0)
    line.now += policy.PAGE_LINE + 0.1
    line.goes_on()
    assert (await old).status == 503
    assert [(await each).status for each in stuck] == [200] * threads
    assert line.answered == ["/sign-in/"] * threads
    assert line.told == ["hash-refusal"]


async def test_it_says_that_it_lives_while_no_thread_is_free_and_asks_no_database(line: Line) -> None:
    """FI-04, R-91: whoever is not live is started again, which would help nobody."""
    await line.is_stuck()
    alive = await line.ask("/health/live")
    assert (alive.status, alive.text) == (200, '{"live": true}')


class MuteRedis:
    """It takes every line, and answers when it is let."""

    def __init__(self) -> None:
        self.lines, self.asked, self.free = 0, threading.Semaphore(0), threading.Event()

    @contextmanager
    def client(self, **options: Any) -> Iterator[MuteRedis]:
        self.lines += 1
        yield self

    def ping(self) -> None:
        self.asked.release()
        assert self.free.wait(SOON)


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[MuteRedis]:
    mute = MuteRedis()
    monkeypatch.setattr(probes, "redis", mute)
    monkeypatch.setattr("django.conf.settings.REDIS_URL", "redis://mute")
    monkeypatch.setattr(probes, "_bell", probes._Bell())
    monkeypatch.setattr(probes, "_database", lambda: dict(probes._GOOD))
    monkeypatch.setattr(probes, "_outbox", lambda: "moving")
    yield mute
    mute.free.set()


async def test_strangers_who_probe_a_redis_that_hangs_keep_one_thread_and_one_line(
    line: Line, redis: MuteRedis
) -> None:
    """FI-03: whoever asks meanwhile is told what was heard last, and pages go on."""
    line.engine._pages = Threads(2, "page")
    first = line.ask("/health/ready", known=False)
    assert await asyncio.to_thread(redis.asked.acquire, timeout=SOON)
    answers = await asyncio.gather(*(line.ask("/health/ready", known=False) for _each in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert {json.loads(answer.text)["bell"] for answer in answers} == {"mute"}
    assert (await line.ask("/")).status == 200
    assert redis.lines == 1
    redis.free.set()
    assert json.loads((await first).text)["bell"] == "rings"
    assert json.loads((await line.ask("/health/ready", known=False)).text)["bell"] == "rings"
    assert redis.lines == 2
