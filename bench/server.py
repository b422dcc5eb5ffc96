"""A real server for one measurement: `python -m portal.serve`, on a free port, with a folder and secrets of its own."""

from __future__ import annotations

import base64
import contextlib
import functools
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.broken import Broken
from bench.services import services
from tests.given import inherited

ROOT = Path(__file__).resolve().parent.parent
APPLICATION = "portal.asgi:application"
PASSWORD = "the measured password"
PEOPLE = tuple(f"person{at:02}" for at in range(16))
# As in production, and as `make run` does.
UVICORN = ("portal.serve", "--fd", "{fd}", "{application}")
DAPHNE = ("daphne", "--fd", "{fd}", "-v", "0", "{application}")
_PATIENCE = 120


@dataclass(frozen=True)
class Run:
    """What was asked for: few rounds or many, the browser to use, and on what the portal runs."""

    quick: bool = False
    chromium: str | None = None
    cluster: bool = False
    # How many people wait; 0: as many as the measurement likes.
    waiting: int = 0


@dataclass(frozen=True)
class Server:
    """A running portal with PEOPLE, of whom nobody has a key yet."""

    base_url: str
    port: int
    pid: int
    environment: dict[str, str]
    # How it was started: so is what comes beside it.
    command: tuple[str, ...] = UVICORN

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU that this process has used."""
        return cpu_of(self.pid)

    @property
    def ticks(self) -> float:
        """The same in milliseconds from /proc/<pid>/stat, to hold the clock against."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_of(pid: int) -> float:
    """Milliseconds of CPU that a process has used, all threads, those that have ended included.

    The process's CPU clock (clock_getcpuclockid(3)) counts what utime + stime of /proc/<pid>/stat count, in
    nanoseconds instead of hundredths of a second, so that one step of a sign-in can be told from the next.
    """
    return time.clock_gettime(~pid << 3 | 2) * 1000


@contextlib.contextmanager
def serving(
    run: Run, application: str = APPLICATION, command: tuple[str, ...] = UVICORN, **extra: str
) -> Iterator[Server]:
    """Run a portal with PEOPLE for as long as the block lasts. Raises Broken when it does not start."""
    apart: AbstractContextManager[dict[str, str]] = (
        services(_prepared_database()) if run.cluster else contextlib.nullcontext({})
    )
    with (
        apart as shared,
        tempfile.TemporaryDirectory(prefix="portal-bench-") as place,
        socket.create_server(("127.0.0.1", 0)) as door,
    ):
        folder = Path(place)
        shutil.copytree(_prepared().name, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("postgresql"))
        port = door.getsockname()[1]
        base_url = f"http://localhost:{port}"
        environment = _environment(folder, base_url) | shared | extra
        with process(door, application, environment, folder / "server.log", command) as pid:
            yield Server(base_url, port, pid, environment, command)


@contextlib.contextmanager
def beside(server: Server, application: str = APPLICATION) -> Iterator[Server]:
    """One more process of the same portal, on a port of its own: they share PostgreSQL and Redis, and nothing else."""
    log = Path(server.environment["PORTAL_DATA"]) / f"{server.pid}-beside.log"
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with process(door, application, server.environment, log, server.command) as pid:
            yield replace(server, port=port, pid=pid)


@contextlib.contextmanager
def process(
    door: socket.socket,
    application: str,
    environment: dict[str, str],
    log: Path,
    command: tuple[str, ...] = UVICORN,
) -> Iterator[int]:
    """A server at this door for as long as the block lasts."""
    port, fd = door.getsockname()[1], door.fileno()
    given = [part.format(fd=fd, port=port, application=application) for part in command]
    with log.open("wb") as said:
        # The port is open before the server is: whoever comes early waits in the queue, nobody has to ask again.
        process = subprocess.Popen(
            [sys.executable, "-m", *given], cwd=ROOT, env=environment, pass_fds=[fd], stdout=said, stderr=said
        )
    try:
        door.close()
        _expect_life(port, process, log)
        yield process.pid
    finally:
        _stop(process)


@functools.cache
def _prepared() -> tempfile.TemporaryDirectory[str]:
    """A folder with tables, static files and people, made once for all servers of a run and gone with it."""
    kept = tempfile.TemporaryDirectory(prefix="portal-bench-")
    run_module(_environment(Path(kept.name), "http://localhost"), "bench.prepare", PASSWORD, *PEOPLE)
    return kept


@functools.cache
def _prepared_database() -> Path:
    """A database with the same, made once for all servers of a run: its tables take longer than what is measured."""
    template = Path(_prepared().name) / "postgresql"
    with services(template) as shared, tempfile.TemporaryDirectory(prefix="portal-bench-") as unused:
        environment = _environment(Path(unused), "http://localhost") | shared
        run_module(environment, "bench.prepare", PASSWORD, *PEOPLE)
    return template


def _environment(folder: Path, base_url: str) -> dict[str, str]:
    """As in production: no demo, its own secrets, the record of events written to the log."""
    return {
        **inherited(),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_BASE_URL": base_url,
        # All people of a measurement come from one address, and more often than anybody would.
        "PORTAL_P_SOCKET_OPENINGS": "1000000",
        "PORTAL_P_SOCKETS_ADDRESS": "100000",
        "PORTAL_DATA": str(folder),
        "PORTAL_STATIC_ROOT": str(folder / "static"),
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_PEPPER": secrets.token_urlsafe(32),
        "PORTAL_FIELD_KEYS": "1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("="),
    }


def run_module(environment: dict[str, str], module: str, *arguments: str) -> str:
    """Run a module in a process of its own, with the environment of a server; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise Broken(f"python -m {module} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def _expect_life(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        if _lives(port):
            return
        time.sleep(0.05)  # a server that opens the door anew, and not at once
    raise Broken(f"The server did not start (it ended with {process.poll()}):\n{log.read_text()[-2000:]}")


def _lives(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as asking:
            asking.sendall(b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in asking.recv(64)
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
