"""Many people at once: processes that sign in again and again, so that the server is never without work."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from bench.broken import Broken
from bench.road import Pair
from bench.server import Server


@dataclass(frozen=True)
class Burst:
    """What all lanes did in one burst."""

    done: int
    seconds: float
    client_cpu: float

    @property
    def rate(self) -> float:
        """Complete sign-ins a second."""
        return self.done / self.seconds


class Walker(Protocol):
    def __init__(self, base_url: str, username: str) -> None: ...

    def sign_in(self) -> None: ...


class Lanes:
    def __init__(self, pipes: list[Connection]) -> None:
        self._pipes = pipes
        self._begun = 0.0

    def begin(self, seconds: float) -> None:
        """Let every lane sign in until this time is over; the last sign-in of each is completed."""
        self._begun = time.perf_counter()
        for pipe in self._pipes:
            pipe.send(seconds)

    def end(self) -> Burst:
        """Wait for what was begun."""
        told = [_told(pipe) for pipe in self._pipes]
        took = time.perf_counter() - self._begun
        return Burst(sum(done for done, _cpu in told), took, sum(cpu for _done, cpu in told))


@contextlib.contextmanager
def lanes(server: Server, names: tuple[str, ...], walker: type[Walker] = Pair) -> Iterator[Lanes]:
    """One process for each of these people, each with an active phone and a known desk."""
    # Not forked: the parent may run a browser's threads.
    fresh = multiprocessing.get_context("spawn")
    ends = [fresh.Pipe() for _name in names]
    processes = [
        fresh.Process(target=_walk, args=(theirs, walker, server.base_url, name), daemon=True)
        for (_ours, theirs), name in zip(ends, names, strict=True)
    ]
    try:
        for process in processes:
            process.start()
        for _ours, theirs in ends:
            theirs.close()  # so that a lane that dies is heard of
        for ours, _theirs in ends:
            _told(ours)
        yield Lanes([ours for ours, _theirs in ends])
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _told(pipe: Connection) -> tuple[int, float]:
    try:
        said = pipe.recv()
    except EOFError:
        said = "a lane ended; its last words stand above"
    if isinstance(said, str):
        raise Broken(said)
    return said  # type: ignore[no-any-return]


def _walk(pipe: Connection, walker: type[Walker], base_url: str, name: str) -> None:
    try:
        pair = walker(base_url, name)
        pipe.send((0, 0.0))
        while True:
            seconds, done = pipe.recv(), 0
            end, cpu = time.perf_counter() + seconds, time.process_time()
            while time.perf_counter() < end:
                pair.sign_in()
                done += 1
            pipe.send((done, time.process_time() - cpu))
    except Broken as problem:
        pipe.send(str(problem))
    except (EOFError, KeyboardInterrupt):
        pass
