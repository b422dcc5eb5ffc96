"""`python -m portal.cluster` as people start it, with a carrier beside it; everybody comes through its proxy."""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from tests.given import inherited
from tests.running.portal import free_port
from tests.services.carrier import Carrier
from tests.services.cluster import ROOT, STARTING, Cluster
from tests.services.talk import PATIENCE, Message


@dataclass(frozen=True)
class Door:
    """Where messages go: a port."""

    port: int


class Whole(Cluster):
    """What people of `tests.services` know as a cluster, only that each of their messages goes through the proxy."""

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-whole-"))
        self._stops.append(lambda: shutil.rmtree(self.folder, ignore_errors=True))
        self.carrier = Carrier()
        self._stops.append(self.carrier.stop)
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.servers = [Door(self.port)]  # type: ignore[list-item]
        self._stops.append(self.end)
        self.begin()
        self._line = f"host={self.folder}/database user=portal dbname=postgres"
        self.connect()
        self._stops.append(lambda: self.sql.close())
        self._noted = 0

    def send(self, message: Message, at: Any = None) -> Any:
        return super().send(message, at or self.servers[0])

    def answers_at_its_door(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE):
                return True
        except ConnectionRefusedError:
            return False

    # --- What the proxy notes ---

    def noted(self, *wanted: str) -> dict[str, str]:
        """What it has noted of these requests, by request: each comes after its answer has gone."""
        end = monotonic() + PATIENCE
        while not all(f'"{request}"' in self._notes() for request in wanted):
            assert monotonic() < end, self._notes()
            self.sql.execute("SELECT pg_sleep(0.01)")
        return {line.split('"')[1]: line for line in self._notes().splitlines()}

    def note_anew(self) -> None:
        """Forget what was noted so far."""
        self._noted = len((self.folder / "logs" / "requests.log").read_text())

    def _notes(self) -> str:
        return (self.folder / "logs" / "requests.log").read_text()[self._noted :]

    # --- The process that holds all the others ---

    def environment(self, **more: str) -> dict[str, str]:
        chosen = {"PORT": str(self.port), "PORTAL_DATA": str(self.folder)}
        return inherited() | self.carrier.environment | chosen | more

    def begin(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portal.cluster"],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self._news = threading.Condition()
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        self.expect("Ready: ", STARTING)

    def expect(self, beginning: str, within: float = PATIENCE) -> str:
        """The line that begins so, once it has been said; it is not found again."""
        with self._news:
            self._news.wait_for(lambda: self._found(beginning) or "" in self.said, within)
            line = self._found(beginning)
            assert line, "".join(self.said)
            self.said.remove(line)
            return line

    def has_said(self, beginning: str) -> bool:
        self.sql.execute("SELECT pg_sleep(0.1)")
        with self._news:
            assert "" not in self.said, "".join(self.said)
            return bool(self._found(beginning))

    def _found(self, beginning: str) -> str:
        return next((line for line in self.said if line.startswith(beginning)), "")

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        for line in process.stdout:
            self._say(line)
        self._say("")

    def _say(self, line: str) -> None:
        with self._news:
            self.said.append(line)
            self._news.notify_all()

    def end(self) -> int:
        """As Ctrl+C does, to which what a script begins beside itself is deaf; gives the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(60)

    def manage(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "portal.cluster.manage", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment(**more), capture_output=True, text=True, timeout=STARTING
        )

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """All processes start anew, one after the other, while this block goes on; it ends when they have."""
        self.process.send_signal(signal.SIGHUP)
        yield
        self.expect("All processes have started anew", STARTING)
