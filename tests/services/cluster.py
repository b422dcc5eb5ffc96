"""One portal on two server processes and a worker, with the database and the bell that they share, and a carrier."""

import base64
import itertools
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Barrier
from time import monotonic, sleep
from typing import Any

import psycopg

from tests.given import LONG, inherited
from tests.prepared import give_static
from tests.running.portal import free_port
from tests.services.carrier import Carrier
from tests.services.programs import PATIENCE, PostgreSQL, Redis
from tests.services.talk import Answer, Message, send
from tests.services.worker import Worker

ROOT = Path(__file__).parents[2]
# As many as are ever released at once, and the order in which they find their process.
CROWD = 50
# Seconds that a process may take to start beside much else.
STARTING = 120
METRICS_TOKEN = "the token of the services' tests"


class Server:
    """`python -m portal.serve`, as in production: its own process, its log in a file."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str], door: socket.socket) -> None:
        self.name, self.port = name, door.getsockname()[1]
        self.log = folder / f"{name}.log"
        self.environment = environment
        self._start(door)

    def _start(self, door: socket.socket) -> None:
        # The door is open before the server is: who comes early waits in the queue, nobody has to ask again.
        command = [sys.executable, "-m", "portal.serve", "--fd", str(door.fileno())]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, pass_fds=[door.fileno()], stdout=log, stderr=log
            )
        door.close()

    def expect_ready(self) -> None:
        """Until people may be sent to it. On a busy machine it may first say that a line to its database took long."""
        asked, end = Message("GET", "/health/ready", {"Host": "localhost"}), monotonic() + STARTING
        while send(asked, self.port, patience=STARTING).status != 200:
            assert monotonic() < end, self.log.read_text()[-2000:]
            sleep(0.05)

    def kill(self) -> None:
        """Take it away without a word, as a crash does."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def again(self) -> None:
        """Another life behind the same door, and go on."""
        self._start(socket.create_server(("127.0.0.1", self.port)))

    def end(self) -> None:
        """Ask it to end, and go on: it gives those who are connected a moment."""
        self.process.terminate()

    def expect_closed(self) -> None:
        """It lets nobody in any more."""
        end = monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                return
            assert monotonic() < end, self.log.read_text()[-2000:]

    def stop(self) -> None:
        self.end()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


class Cluster:
    """Everything that runs, in one temporary folder; `stop` ends it and takes the folder away.

    People reach it through a proxy of ours (PORTAL_PROXIES=1), which names the address that they come from and hands
    each of their messages to either process. Every answer is kept, so that a test can ask for all of them.
    """

    # What else may stand in their places.
    DATABASE: type[PostgreSQL] = PostgreSQL
    BELL: type[Redis] = Redis

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._stops: list[Any] = []
        self._slow: list[Server | Worker] = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="portal-services-"))
        self._stops.append(lambda: shutil.rmtree(folder, ignore_errors=True))
        # The database's user has to pass.
        folder.chmod(0o755)
        self._start_what_they_share(folder)
        self.carrier = Carrier()
        self._stops.append(self.carrier.stop)
        doors = [socket.create_server(("127.0.0.1", 0)) for _ in "AB"]
        self.address = f"http://localhost:{doors[0].getsockname()[1]}"
        self.worker_metrics = free_port()
        environment = self._environment(folder)
        give_static(folder)
        prepare = [sys.executable, "-m", "tests.services.prepare"]
        done = subprocess.run(prepare, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=STARTING)
        assert done.returncode == 0, done.stderr[-2000:]
        self.servers = []
        for name, door in zip("AB", doors, strict=True):
            self.servers.append(Server(name, folder, environment, door))
            self._stops.append(self.servers[-1].stop)
        self.worker = Worker(folder, ROOT, environment)
        self._stops.append(self.worker.stop)
        self._slow = [*self.servers, self.worker]
        self._line = self.database.line
        self.connect()
        self._stops.append(lambda: self.sql.close())
        self._crowd = ThreadPoolExecutor(CROWD)
        self._stops.append(self._crowd.shutdown)
        self._turns = itertools.count()
        for server in self.servers:
            server.expect_ready()

    def _start_what_they_share(self, folder: Path) -> None:
        self.database = self.DATABASE(folder / "database")
        self._stops.append(self.database.stop)
        self.bell = self.BELL(folder / "bell")
        self._stops.append(self.bell.stop)

    @property
    def shared(self) -> dict[str, str]:
        """How they reach it. Whoever is held at a gate waits there for the whole crowd, and not for three seconds.

        Nor is a database away that lets somebody in late, on a machine that tests other things meanwhile.
        """
        patient = "options=-c%20lock_timeout=20s&connect_timeout=20"
        return {"DATABASE_URL": f"{self.database.url}&{patient}", "REDIS_URL": self.bell.url}

    def connect(self) -> None:
        """Our own line to the database."""
        self.sql = psycopg.connect(self._line, autocommit=True)

    def _environment(self, folder: Path) -> dict[str, str]:
        return (
            inherited()
            | self.carrier.environment
            | self.shared
            | {
                "DJANGO_SETTINGS_MODULE": "portal.settings",
                "PORTAL_BASE_URL": self.address,
                "PORTAL_DATA": str(folder),
                "PORTAL_PROXIES": "1",
                "PORTAL_METRICS_TOKEN": METRICS_TOKEN,
                "PORTAL_WORKER_METRICS": f"127.0.0.1:{self.worker_metrics}",
                "PORTAL_SECRET_KEY": "the secret key of the services' tests, which is long enough",
                "PORTAL_PEPPER": "the pepper of the services' tests",
                "PORTAL_FIELD_KEYS": "test:" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="),
            }
            # A thousand rounds in which sockets are opened would be slowed by their limit, and are not about it.
            | ({"PORTAL_P_SOCKET_OPENINGS": "1000000"} if LONG else {})
        )

    def stop(self) -> None:
        """End all of it in the opposite order, whatever fails on the way. What takes its time is asked first."""
        failed = []
        for each in self._slow:
            each.end()
        while self._stops:
            try:
                self._stops.pop()()
            except Exception as problem:  # noqa: BLE001
                failed.append(problem)
        if failed:
            raise ExceptionGroup("not everything ended well", failed)

    @contextmanager
    def with_settings(self, **environment: str) -> Iterator[None]:
        """Within this block two other processes serve, which are told this as well."""
        folder, doors = self.worker.log.parent, [socket.create_server(("127.0.0.1", 0)) for _ in "AB"]
        known = self._environment(folder) | environment
        others = [Server(f"other{name}", folder, known, door) for name, door in zip("AB", doors, strict=True)]
        usual, self.servers = self.servers, others
        try:
            for server in others:
                server.expect_ready()
            yield
        finally:
            self.servers = usual
            for server in others:
                server.end()
            for server in others:
                server.stop()

    # --- Messages ---

    @property
    def either(self) -> Server:
        """The processes in turn."""
        return self.servers[next(self._turns) % len(self.servers)]

    def send(self, message: Message, at: Server | None = None) -> Answer:
        server = at or self.either
        return self._kept(send(message, server.port))

    def race(self, messages: list[Message], *, gate: tuple[str, object] | None = None) -> list[Answer]:
        """Send all of them but for their last byte, to the processes in turn; then the last byte of all at once.

        With a `gate`, a table and the id of a row, this row is kept from all of them until each has come as far as
        writing to it: so they also meet where it matters, and in the order in which they were given.
        """
        barrier = Barrier(len(messages))
        with self._shut(gate, len(messages)) if gate else nullcontext():
            sent = [
                self._crowd.submit(send, message, self.either.port, lambda: barrier.wait(PATIENCE))
                for message in messages
            ]
        next(self._turns)  # who was at A is at B in the next round
        return [self._kept(answer.result(PATIENCE)) for answer in sent]

    @contextmanager
    def _shut(self, gate: tuple[str, object], count: int) -> Iterator[None]:
        table, pk = gate
        with psycopg.connect(self._line) as holding:
            holding.execute(f"SELECT FROM {table} WHERE id = %s FOR UPDATE", [pk])  # type: ignore[arg-type]
            yield
            self.wait_for("SELECT count(*) = %s FROM pg_stat_activity WHERE wait_event_type = 'Lock'", count)

    @contextmanager
    def holding(self, query: str, *values: object) -> Iterator[None]:
        """Within this block others wait for the rows of this query."""
        with psycopg.connect(self._line) as holding:
            holding.execute(f"{query} FOR UPDATE", values)  # type: ignore[arg-type]
            yield

    def _kept(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        return answer

    # --- What is true ---

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.sql.execute(query, values).fetchall()  # type: ignore[arg-type]

    def row(self, query: str, *values: object) -> tuple[Any, ...]:
        (found,) = self.rows(query, *values)
        return found

    def one(self, query: str, *values: object) -> Any:
        (value,) = self.row(query, *values)
        return value

    def wait_for(self, query: str, *values: object, within: float = PATIENCE) -> None:
        """Go on once this is true."""
        end = monotonic() + within
        while not self.one(query, *values):
            assert monotonic() < end, (query, values)
            # Whoever waits leaves the machine to those who work.
            self.sql.execute("SELECT pg_sleep(0.01)")

    def write(self, statement: str, *values: object) -> None:
        self.sql.execute(statement, values)  # type: ignore[arg-type]
