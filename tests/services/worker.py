"""A Celery worker with its clock, as docs/operating.md starts one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from tests.services.programs import PATIENCE

# Seconds that it may take to start beside much else: it is a session of its own, and a machine shares by sessions.
_STARTING = 120
_OPTIONS = ["-A", "portal", "worker", "-B", "--pool", "threads", "--concurrency", "2", "--loglevel", "INFO"]
_OPTIONS += ["--without-gossip", "--without-mingle"]


class Worker:
    """It and the process of its clock are one group, which starts and ends as one; its log grows from life to life."""

    def __init__(self, folder: Path, root: Path, environment: dict[str, str]) -> None:
        self.log = folder / "worker.log"
        self.log.touch()
        self._root, self.environment = root, environment
        self._command = [sys.executable, "-m", "celery", "--quiet", *_OPTIONS, "--schedule", str(folder / "schedule")]
        self.start()

    def start(self) -> None:
        """Start it and go on; `expect_ready` waits for it."""
        self._ready = Event()
        self.process = subprocess.Popen(
            self._command,
            cwd=self._root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._listener = Thread(target=self._listen, args=(self.process, self._ready), daemon=True)
        self._listener.start()

    def _listen(self, process: "subprocess.Popen[str]", ready: Event) -> None:
        assert process.stdout
        with self.log.open("a") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                if line.rstrip().endswith("ready."):
                    ready.set()

    def expect_ready(self) -> None:
        assert self._ready.wait(_STARTING), self.log.read_text()[-2000:]

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Stopped in whatever it was doing, as on a machine that is paused; it goes on afterwards."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    @contextmanager
    def absent(self) -> Iterator[None]:
        """Gone without a word; another one is on its way afterwards."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def kill(self) -> None:
        """Take it away without a word, as a crash does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self._reap()

    def end(self) -> None:
        """Ask it to end, and go on."""
        self.process.terminate()

    def stop(self) -> None:
        self.end()
        try:
            self.process.wait(PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self._reap()

    def _reap(self) -> None:
        self.process.wait(PATIENCE)
        # The pipe ends with the last of the group.
        self._listener.join(PATIENCE)
        assert self.process.stdout
        self.process.stdout.close()
