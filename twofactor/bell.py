"""The bell between processes: one subscription each, and a table of who is here. It carries names of groups.

Whoever waits puts a callback into the table of its process. A ring calls those at once, and tells the other processes
over one channel of Redis: it sends a few bytes along a line that is at rest, while a thread hears the answers, opens
lines and says what could not be sent. So no page ever waits for Redis, and a bell can be rung from anywhere. What is
lost is no loss: rows are the truth, and while this process hears nothing (`is_deaf`) those who wait look often by
themselves (R-70, R-89). A word behind a name says what has happened, to whoever can do without a look; it decides
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from django.conf import settings

from accounts import redis
from twofactor import policy

_log = logging.getLogger("portal.live")
_CHANNEL = "portal.bell"
# More names than this in one message would keep a reader from its pings.
_AT_ONCE = 500

Watcher = Callable[[str], None]


class _Line:
    """One connection to Redis for what is told. Two threads never use it at the same time."""

    def __init__(self, client: Any) -> None:
        # Kept: a client that is let go closes all its connections.
        self._client = client
        self._connection = client.connection_pool.get_connection()

    def send(self, *words: str) -> None:
        self._connection.send_command("PUBLISH", _CHANNEL, " ".join(words))

    def hear_answers(self, count: int) -> None:
        for _each in range(count):
            self._connection.read_response()

    def end(self) -> None:
        self._connection.disconnect()


class Bell:
    """Of one process. Its threads begin with the first who waits or rings where there is Redis."""

    def __init__(self, *, shared: bool) -> None:
        self._is_shared, self._me = shared, secrets.token_hex(4)
        self._lock = threading.Lock()
        self._watchers: dict[str, dict[Watcher, asyncio.AbstractEventLoop]] = defaultdict(dict)
        # What was rung here, and over which line it has been sent to the others already.
        self._rung: queue.SimpleQueue[tuple[str, _Line | None]] = queue.SimpleQueue()
        self._line: _Line | None = None
        self._speaks = threading.Lock()
        self._working: set[str] = set()
        self._hears = not shared
        self._is_over = False

    # --- Who is here ---

    def watch(self, group: str, look: Watcher) -> None:
        """Call `look` in this event loop, with the word, whenever the group is rung, until `leave`.

        What rang before is not kept.
        """
        with self._lock:
            self._watchers[group][look] = asyncio.get_running_loop()
        self._begin(self._tell, self._hear)

    def leave(self, group: str, look: Watcher) -> None:
        with self._lock:
            self._watchers[group].pop(look, None)
            if not self._watchers[group]:
                del self._watchers[group]

    @property
    def is_deaf(self) -> bool:
        """Whether bells of other processes are missed now: those who wait should look by themselves."""
        return not self._hears

    @property
    def looks_every(self) -> float | None:
        """How often those who wait here look by themselves now, in seconds; None: a bell is enough.

        The more there are, the longer each of them waits, so that the database answers all of them.
        """
        if self._hears:
            return None
        return min(max(policy.SOCKET_LOOKS_DEAF, len(self._watchers) / policy.SOCKETS_LOOKING), policy.SOCKET_LOOKS)

    def ring(self, group: str, word: str = "") -> None:
        """Here and elsewhere at once. Returns without having waited for anything."""
        self._call(group, word)
        if self._is_shared:
            told = f"{group} {word}" if word else group
            self._rung.put((told, self._send(told)))
            self._begin(self._tell)

    def _send(self, told: str) -> _Line | None:
        """Send it from this very thread: the other one would first have to be woken, and to get its turn.

        The line over which it went; None: the other thread is speaking, or has no line, and will say it. As long as it
        waits for an answer it is speaking, so a line that nobody reads any more is never filled from here.
        """
        if not self._speaks.acquire(blocking=False):
            return None
        try:
            if self._line:
                self._line.send(self._me, told)
        except Exception:  # noqa: BLE001
            # The other thread opens another, and says so if it cannot.
            self._line = None
        finally:
            line = self._line
            self._speaks.release()
        return line

    def _call_all(self) -> None:
        with self._lock:
            groups = list(self._watchers)
        for group in groups:
            self._call(group)

    def _call(self, group: str, word: str = "") -> None:
        with self._lock:
            found = list(self._watchers.get(group, {}).items())
        for look, loop in found:
            # A loop that has ended has nobody left to tell.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(look, word)

    # --- The others ---

    def _begin(self, *works: Callable[[], None]) -> None:
        for work in works if self._is_shared else ():
            if work.__name__ in self._working:
                continue
            with self._lock:
                if work.__name__ in self._working:
                    continue
                # In a moment without room for a thread nobody is refused: whoever waits or rings next begins it.
                with contextlib.suppress(RuntimeError):
                    threading.Thread(target=work, name=f"bell{work.__name__}", daemon=True).start()
                    self._working.add(work.__name__)

    def _connect(self) -> Any:
        return redis.client(
            socket_timeout=policy.BELL_WAIT, socket_connect_timeout=policy.BELL_WAIT, decode_responses=True
        )

    def _tell(self) -> None:
        """Say to the others what is rung here and not sent yet, all in one message, and now and then that we live."""
        while not self._is_over:
            rung = self._gathered()
            with self._speaks:
                # That a line has ended is seen when it is used: then all of it once more, over another.
                is_used = self._line is not None
                if not (self._say(rung) or (is_used and self._say(rung))):
                    self._lose()

    def _say(self, rung: Sequence[tuple[str, _Line | None]]) -> bool:
        """Whether Redis has taken all of this."""
        try:
            # Another server may be the master by now.
            self._line = line = self._line or _Line(self._connect())
            unsaid = {told for told, sent_over in rung if sent_over is not line}
            answers = sum(sent_over is line for _told, sent_over in rung)
            if unsaid or not rung:
                line.send(self._me, *unsaid)
                answers += 1
            line.hear_answers(answers)
        except Exception:  # noqa: BLE001
            # A bell that does not ring is no reason to fail what has already been decided and committed.
            _log.warning("the bell was not taken by Redis", exc_info=True)
            if self._line:
                self._line.end()
            self._line = None
            return False
        return True

    def _gathered(self) -> list[tuple[str, _Line | None]]:
        """What was rung since the last time, or nothing after a while without."""
        rung: list[tuple[str, _Line | None]] = []
        with contextlib.suppress(queue.Empty):
            rung.append(self._rung.get(timeout=policy.BELL_BEAT))
            while len(rung) < _AT_ONCE:
                rung.append(self._rung.get_nowait())
        return rung

    def _hear(self) -> None:
        while not self._is_over:
            try:
                self._listen()
            except Exception:  # noqa: BLE001
                _log.warning("the bell cannot be heard", exc_info=True)
            self._lose()
            # Not all processes come back at once.
            time.sleep(policy.BELL_AGAIN * (1 + secrets.randbelow(1000) / 500))

    def _listen(self) -> None:
        """Until there is silence: each process says now and then that it lives, and so do we."""
        with self._connect() as line, line.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(_CHANNEL)
            until = time.monotonic() + policy.BELL_SILENCE
            while time.monotonic() < until and not self._is_over:
                message: Any = subscription.get_message(timeout=policy.BELL_BEAT)
                if message is None:
                    continue
                until = time.monotonic() + policy.BELL_SILENCE
                self._found()
                sender, *names = message["data"].split(" ")
                for group, word in _read(names) if sender != self._me else ():
                    self._call(group, word)
        _log.warning("the bell has been silent for too long")

    def end(self) -> None:
        """Let the threads go, within a beat."""
        self._is_over = True

    def _lose(self) -> None:
        """From now on those who wait look often: they are called to begin with it."""
        if self._hears:
            self._hears = False
            self._call_all()

    def _found(self) -> None:
        """Nobody knows what was missed, so everybody looks once."""
        if not self._hears:
            self._hears = True
            self._call_all()


def _read(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The groups, each with its word, which stands behind it: the name of a group has a dot, and a word has none.

    A process of an older release takes a word for a group in which nobody is, and looks.
    """
    for name, behind in pairwise([*names, "."]):
        if "." in name:
            yield name, "" if "." in behind else behind


bell = Bell(shared=bool(settings.REDIS_URL))
