"""`python -m portal.cluster`: the whole production form on this machine until Ctrl+C, all of it private processes.

Reads PORTAL_DATA, PORT, PROCESSES and PORTAL_DEMO; docs/operating.md says what each does. SIGHUP takes a new version
up: tables, static files, and one process after the other.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from queue import SimpleQueue
from typing import Any

from portal.cluster import place, programs, proxy
from portal.demo.refusal import Refusal

# Seconds that a part rests which has ended by itself before it is started again.
_REST = 1


def main() -> int:
    os.umask(0o077)
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.pop(name, ""):
            print(f"{name} is set and left aside: these processes bring their own.", file=sys.stderr)
    signal.signal(signal.SIGTERM, _stop)
    try:
        found = place.choose(os.environ)
        with Whole(found) as whole:
            print("\n".join(_screen(found)), flush=True)
            whole.watch()
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The data stays in", found.folder, flush=True)
    return 0


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


class Whole:
    """All parts, in the order in which they start; they end in the opposite one."""

    def __init__(self, found: place.Place) -> None:
        self._place = found
        self._parts: list[programs.Program] = []
        self._servers: list[programs.Program] = []
        self._errands: list[programs.Program] = []

    def __enter__(self) -> Whole:
        print("Starting ...", file=sys.stderr, flush=True)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        self._add(programs.database(self._place), programs.bell(self._place))
        programs.run(self._place, "portal.cluster.prepare")
        self._servers = [programs.server(self._place, number) for number in self._place.numbers]
        self._errands = [programs.worker(self._place), programs.clock(self._place)]
        self._add(*self._servers, *self._errands)
        proxy.write(self._place)
        self._add(programs.proxy(self._place))

    def _add(self, *parts: programs.Program) -> None:
        """Start them beside each other."""
        self._parts += parts
        for part in parts:
            part.start()
        for part in parts:
            part.expect_ready()

    def watch(self) -> None:
        """Until somebody ends us: start again what ends by itself, and take up a new version when we are asked to."""
        news: SimpleQueue[signal.Signals] = SimpleQueue()
        for name in (signal.SIGCHLD, signal.SIGHUP):
            signal.signal(name, lambda given, _frame: news.put(signal.Signals(given)))
        while True:
            # Whatever ended before we listened.
            self._mend()
            if news.get() == signal.SIGHUP:
                self._renew()

    def _mend(self) -> None:
        for part in self._parts:
            if part.has_ended:
                print(f"{part.name} has ended by itself and starts again; {part.log} may say why.", file=sys.stderr)
                time.sleep(_REST)
                part.start()

    def _renew(self) -> None:
        """The next version: whoever is served meanwhile is served by the other processes."""
        try:
            programs.run(self._place, "portal.cluster.prepare")
            for part in (*self._servers, *self._errands):
                part.stop()
                part.start()
                part.expect_ready()
                print(f"{part.name} has started anew.", flush=True)
        except Refusal as refusal:
            print(f"The new version was not taken up as a whole. {refusal}", file=sys.stderr, flush=True)
            return
        print("All processes have started anew.", flush=True)

    def stop(self) -> None:
        """End all of it. What takes its time is asked first."""
        for name in (signal.SIGCHLD, signal.SIGHUP):
            signal.signal(name, signal.SIG_DFL)
        for part in (*self._servers, *self._errands):
            part.end()
        for part in reversed(self._parts):
            # A second Ctrl+C hurries nobody: the database ends in order.
            with contextlib.suppress(KeyboardInterrupt):
                part.stop()


def _screen(found: place.Place) -> list[str]:
    manage = f"PORTAL_DATA={found.folder} PORT={found.listens.port} {sys.executable} -m portal.cluster.manage"
    demo = os.environ.get("PORTAL_DEMO", "").lower() in ("1", "true", "yes", "on")
    return [
        "",
        f"  Portal          {found.base_url}/",
        f"  Authenticator   {found.base_url}/authenticator/",
        f"  Processes       {found.processes} of the portal, worker, clock, proxy, PostgreSQL, Redis",
        f"  Logs            {found.logs}",
        *(_made_up(found) if demo else _first_person(manage)),
        "",
        f"  kill -HUP {os.getpid()} takes a new version up; Ctrl+C stops all; the data stays in {found.folder}",
        "",
        f"Ready: {found.base_url}/",
    ]


def _made_up(found: place.Place) -> list[str]:
    return [
        f"  Virtual phone   {found.base_url}/demo/phone/",
        "  Sign in as      mara, dana or eli (clients), sol (staff), root (superuser)",
        f"  Password        {found.environment['PORTAL_DEMO_PASSWORD']}",
    ]


def _first_person(manage: str) -> list[str]:
    return [
        "",
        "  The first person is made by a command, and signs in with a code of another one:",
        f"    {manage} createsuperuser",
        f"    {manage} enrolment_code USERNAME",
    ]


if __name__ == "__main__":
    sys.exit(main())
