"""`python -m bench.waiters`: a crowd at waiting pages, in a process of its own, that does what its input asks for.

One JSON object a line: {"do": "open", ...}; one answers it. It runs with the environment of the server that it loads.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django
import uvloop

from bench.sockets import Lane, Watching, watch

APPROVED = b'"approved"'
# Whoever has been told nothing for so many seconds looks without a bell: a little less than policy.SOCKET_LOOKS.
BEAT = 24.5


def run(crowd: Any) -> None:
    """Do with these people what the input asks for, until it ends."""
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        # It runs on the cores of the servers that it measures.
        uvloop.run(_serve(Waiters(crowd)))


async def _serve(waiters: Waiters) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        try:
            said = await getattr(waiters, asked.pop("do"))(**asked)
        except Exception as problem:  # noqa: BLE001 - whoever asked is told, and ends this process
            said = {"problem": repr(problem)}
        print(json.dumps(said), flush=True)


class Waiters:
    """Who waits, and where."""

    def __init__(self, crowd: Any) -> None:
        self._crowd = crowd
        self._known = 0
        # By the sign-in: who, at which process, and their socket.
        self._waiting: dict[str, tuple[Any, int, Watching]] = {}

    async def fill(self, count: int) -> dict[str, Any]:
        """Make so many people, without sockets yet."""
        begun = time.monotonic()
        self._fresh = await asyncio.to_thread(self._crowd.fill, self._known, count)
        self._known += count
        return {"seconds": time.monotonic() - begun}

    async def open(self, ports: list[int], flight: int) -> dict[str, Any]:
        """Open the sockets of all who were made last."""
        # In turn at each process; each place when its turn comes, because a ticket does not last.
        places = (waiter.place(ports[at % len(ports)]) for at, waiter in enumerate(self._fresh))
        crowd, opened = await watch(places, (APPROVED,), flight)
        people = {waiter.login: waiter for waiter in self._fresh}
        for each in crowd:
            self._waiting[each.place.name] = people[each.place.name], each.place.port, each
        self._fresh = []
        return vars(opened)

    async def count(self) -> dict[str, Any]:
        """Whose socket is still open."""
        return {"open": sum(socket.is_open for _who, _port, socket in self._waiting.values())}

    async def approve(
        self, ports: list[int], count: int, flight: int, patience: float, stamps: str = "", every: float = 0
    ) -> dict[str, Any]:
        """Let so many of those who wait approve on their phones, each at the process where they do not wait.

        With `every`, one leaves each so many seconds, whatever became of the others. Gives milliseconds: from the
        answer on the wire to the frame, and from its commit; how many were decided, and of these not told (`lost`).
        """
        chosen = self._silent(count)
        queue, sent, accepted, refused = iter(chosen), dict[str, float](), set[str](), 0
        begun = time.monotonic()

        async def lane() -> None:
            nonlocal refused
            lanes: dict[int, Lane] = {}
            for at, (waiter, port, _socket) in enumerate(queue):
                if every:
                    await asyncio.sleep(max(0.0, begun + at * every - time.monotonic()))
                other = next((each for each in ports if each != port), port)
                status, sent[waiter.login] = await _answer(lanes, other, *self._crowd.approval(waiter))
                if status == 200:
                    accepted.add(waiter.login)
                else:
                    refused += 1
            for each in lanes.values():
                each.close()

        await asyncio.gather(*(lane() for _each in range(flight)))
        took = {"seconds": time.monotonic() - begun, "answered": len(accepted), "refused": refused}
        # An answer that nobody was told of may have been taken all the same: the rows say it.
        unsure = sent.keys() - accepted
        accepted.update(await asyncio.to_thread(self._crowd.approved, unsure))
        return took | await self._heard({login: sent[login] for login in accepted}, patience, stamps)

    async def ring(self, count: int, patience: float) -> dict[str, Any]:
        """Approve so many of them in the rows at once, and then ring all their bells as fast as they can be rung."""
        logins = [waiter.login for waiter, _port, _socket in self._silent(count)]
        await asyncio.to_thread(self._crowd.decide, logins)
        begun = time.monotonic()
        await self._crowd.ring(logins)
        took = {"seconds": time.monotonic() - begun, "answered": len(logins), "refused": 0}
        return took | await self._heard(dict.fromkeys(logins, begun), patience)

    def _silent(self, count: int) -> list[tuple[Any, int, Watching]]:
        """So many of those who wait and have heard nothing yet."""
        return [each for each in self._waiting.values() if each[2].is_open and not each[2].told][:count]

    async def _heard(self, sent: dict[str, float], patience: float, stamps: str = "") -> dict[str, Any]:
        """Wait for the frames of these sign-ins, whose answers left then. `late`: how many looked by themselves."""
        told = [self._waiting[login][2].hears(APPROVED) for login in sent]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*told), patience)
        committed = _stamped(stamps) if stamps else {}
        whole, bell, late, lost = [], [], 0, 0
        for login in sent:
            _waiter, _port, socket = self._waiting.pop(login)
            heard = socket.told.get(APPROVED)
            socket.close()
            if heard is None:
                lost += 1
                continue
            late += socket.silence > BEAT
            whole.append((heard - sent[login]) * 1000)
            if login in committed:
                bell.append((heard - committed[login]) * 1000)
        told_of = {"decided": len(sent), "lost": lost, "late": late, "whole": whole, "bell": bell}
        return told_of | await self.count()

    async def beside(self) -> dict[str, Any]:
        """The processes of the database and of Redis, asked over their own connections."""
        from django.db import connection

        found: dict[str, list[int]] = {"postgresql": [], "redis": []}
        if connection.vendor == "postgresql":
            found["postgresql"] = await asyncio.to_thread(_database_processes)
        if os.environ.get("REDIS_URL"):
            import redis

            with redis.Redis.from_url(os.environ["REDIS_URL"]) as asking:
                found["redis"] = [int(asking.info("server")["process_id"])]
        return found


async def _answer(lanes: dict[int, Lane], port: int, head: str, body: bytes) -> tuple[int, float]:
    """Post one answer over this lane's connection to the process; the status, 0 for none, and when it left."""
    lane = lanes.setdefault(port, Lane(port))
    try:
        status, _content = await lane.ask(head, body)
    except (OSError, EOFError):
        lane.close()
        status = 0
    return status, lane.sent_at


def _stamped(file: str) -> dict[str, float]:
    """When the bell of each sign-in was first rung, as `bench.rung` writes it down."""
    found: dict[str, float] = {}
    for line in Path(file).read_text().splitlines():
        group, _, moment = line.partition(" ")
        found.setdefault(group.removeprefix("desk."), float(moment))
    return found


def _database_processes() -> list[int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        parent = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()[1]
    connection.close()
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in (parent, *children)]


if __name__ == "__main__":
    django.setup()
    from bench.crowd import Crowd

    run(Crowd())
