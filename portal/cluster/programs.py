"""The parts of the whole form, each as a process in the foreground that writes into a log of its own."""

from __future__ import annotations

import glob
import os
import shutil
import signal
import subprocess  # nosec B404
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from portal.cluster.place import BELLS_USER, DATABASES_USER, Place
from portal.demo.refusal import Refusal

ROOT = Path(__file__).parents[2]
# Seconds that a part may take to start on a busy machine, and to end.
STARTING, ENDING = 120, 20
LOOK_EVERY = 0.05
_MISSING = "{} is not installed: `make cluster` installs what it needs, as does apt-get install {}."


class Program:
    """One part: started, asked to end, started anew; the same part all the time."""

    def __init__(
        self,
        name: str,
        command: list[str],
        place: Place,
        *,
        user: str = "",
        is_ready: Callable[[], bool] = lambda: True,
        ends_by: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = place.logs / f"{name}.log"
        self._command = [*_bound_to_us(ends_by, user), *command]
        self._place, self._is_ready, self._ends_by = place, is_ready, ends_by
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._end_what_is_left()
        with self.log.open("ab") as log:
            # A session of its own: Ctrl+C reaches us alone, and we end the parts in their order.
            self._process = subprocess.Popen(  # noqa: S603 # nosec B603
                self._command,
                cwd=ROOT,
                env=self._place.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def expect_ready(self) -> None:
        """Go on once it serves. Raises Refusal."""
        end = time.monotonic() + STARTING
        while not self._is_ready():
            if self.has_ended or time.monotonic() > end:
                raise Refusal(f"{self.name} did not start; {self.log} ends with\n{self._last_words()}")
            time.sleep(LOOK_EVERY)

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def end(self) -> None:
        """Ask it to end, and go on."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self._ends_by)

    def stop(self) -> None:
        self.end()
        try:
            self.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._kill()
        self._end_what_is_left()

    def wait(self, seconds: float = STARTING) -> None:
        """Until it has ended. Raises TimeoutExpired."""
        if self._process:
            self._process.wait(seconds)

    def _kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def _end_what_is_left(self) -> None:
        """Of one that was killed: what it has begun itself goes on without it, and keeps its port."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])


def _bound_to_us(ends_by: signal.Signals, user: str) -> list[str]:
    """What stands before a command so that it ends with us however we end, and as whom it runs."""
    as_user = ["--reuid", user, "--regid", user, "--init-groups"] if user else []
    return ["setpriv", *as_user, "--pdeathsig", ends_by.name.removeprefix("SIG"), "--"]


# --- The parts -----------------------------------------------------------------------------------------------------


def database(place: Place) -> Program:
    """PostgreSQL, reached over a socket in its folder by nobody but its owner and root."""
    tools = _postgresql()
    data = place.database / "data"
    if not (data / "PG_VERSION").exists():
        _make_database(tools, place, data)
    options = {"listen_addresses": "", "unix_socket_directories": str(place.database), "max_connections": "200"}
    given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    asked = [str(tools / "pg_isready"), "-q", "-h", str(place.database), "-d", "postgres", "-U", "portal"]
    return Program(
        "database",
        [str(tools / "postgres"), "-D", str(data), *given],
        place,
        user=DATABASES_USER if place.by_root else "",
        is_ready=lambda: subprocess.run(asked, check=False).returncode == 0,  # noqa: S603 # nosec B603
        # Whoever is connected is sent away.
        ends_by=signal.SIGINT,
    )


def _make_database(tools: Path, place: Place, data: Path) -> None:
    command = [str(tools / "initdb"), "-D", str(data), "-A", "trust", "-U", "portal", "-E", "UTF8"]
    # Trust: the folder lets nobody else come as far as the socket.
    making = Program("initdb", [*command, "--locale=C.UTF-8"], place, user=DATABASES_USER if place.by_root else "")
    # One that was broken off is begun anew.
    shutil.rmtree(data, ignore_errors=True)
    making.start()
    making.wait()
    if not (data / "PG_VERSION").exists():
        raise Refusal(f"The database in {place.database} could not be made; {making.log} says why.")


def bell(place: Place) -> Program:
    """Redis. What is in it is on its way and nothing else, so it keeps nothing."""
    options = ["--port", "0", "--unixsocket", str(place.bell / "redis.sock"), "--unixsocketperm", "700"]
    kept_nowhere = ["--save", "", "--appendonly", "no", "--dir", str(place.bell)]
    asked = [_found("redis-cli", "redis-server"), "-s", str(place.bell / "redis.sock"), "ping"]
    return Program(
        "bell",
        [_found("redis-server", "redis-server"), *options, *kept_nowhere],
        place,
        user=BELLS_USER if place.by_root else "",
        is_ready=lambda: subprocess.run(asked, check=False, capture_output=True).stdout == b"PONG\n",  # noqa: S603 # nosec B603
    )


def server(place: Place, number: int) -> Program:
    """A process that serves pages and sockets, for the proxy alone: others do not reach the folder of its socket."""
    door = place.door(number)
    command = [sys.executable, "-m", "portal.serve", "--unix", str(door)]
    return Program(f"portal-{number}", command, place, is_ready=lambda: place.answers_at(door))


def worker(place: Place) -> Program:
    command = ["-m", "celery", "--quiet", "-A", "portal", "worker", "--pool", "threads", "--concurrency", "4"]
    # Workers have nothing to tell each other: what is taken stands in rows.
    alone = ["--without-gossip", "--without-mingle"]
    return Program("worker", [sys.executable, *command, *alone, "--loglevel", "INFO"], place)


def clock(place: Place) -> Program:
    """What lets the worker sweep: one, however many workers there are."""
    command = ["-m", "celery", "--quiet", "-A", "portal", "beat", "--schedule", str(place.folder / "schedule")]
    return Program("clock", [sys.executable, *command, "--pidfile", ""], place)


def proxy(place: Place) -> Program:
    nginx = _found("nginx", "nginx")
    command = [nginx, "-c", str(place.proxy / "nginx.conf"), "-p", str(place.proxy), "-g", "daemon off;"]
    return Program("proxy", [*command, "-e", "stderr"], place, is_ready=place.answers)


def run(place: Place, *words: str) -> None:
    """A command of the portal on this data, with its words on the screen only when it fails. Raises Refusal."""
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=ROOT, env=place.environment, capture_output=True, text=True, check=False)  # noqa: S603 # nosec B603
    if done.returncode:
        raise Refusal(f"{' '.join(words)} failed:\n{(done.stderr or done.stdout)[-2000:]}")


def _postgresql() -> Path:
    newest = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[4]))
    return Path(newest[-1]) if newest else Path(_found("initdb", "postgresql")).parent


def _found(program: str, package: str) -> str:
    # Debian keeps nginx where only root looks.
    found = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise Refusal(_MISSING.format(program, package))
    return found
