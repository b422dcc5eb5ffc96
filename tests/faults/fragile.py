"""The portal of tests/services, whose processes reach database and bell over lines that tests can put in trouble."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPException
from pathlib import Path

import psycopg

from tests.faults.lines import Line
from tests.services.cluster import Cluster, Server
from tests.services.talk import PATIENCE, Answer, Message

# Seconds in place of what docs/operating.md says, so that a test does not wait as long as people do.
CONNECTING = 2
LOCKED = 1
STATEMENT = 2
# Seconds in which a process that was asked to end has ended.
DRAINED = 20
# The most that a page takes: for a line that is dead, for the next one, and for itself on a machine with much to do.
LONGEST = STATEMENT + CONNECTING + 4

# The portal's own role: no superuser, so the database may refuse it. It looks for deadlocks before LOCKED is over.
CLERK = "clerk"
_CLERK = [
    f"CREATE ROLE {CLERK} LOGIN",
    f"ALTER ROLE {CLERK} SET deadlock_timeout = '500ms'",
    f"GRANT ALL ON SCHEMA public TO {CLERK}",
]


class Fragile(Cluster):
    """Tests look at the rows past all lines."""

    def _start_what_they_share(self, folder: Path) -> None:
        super()._start_what_they_share(folder)
        with psycopg.connect(f"host={self.database.folder} user=portal dbname=postgres", autocommit=True) as line:
            for statement in _CLERK:
                line.execute(statement)
        self.to_database = Line(folder / "database/.s.PGSQL.5432")
        self._stops.append(self.to_database.close)
        self.to_bell = Line(folder / "bell/redis.sock")
        self._stops.append(self.to_bell.close)

    @property
    def shared(self) -> dict[str, str]:
        limits = f"connect_timeout={CONNECTING}&options=-c%20lock_timeout={LOCKED}s&sslmode=disable&gssencmode=disable"
        return {
            "DATABASE_URL": f"postgres://{CLERK}@127.0.0.1:{self.to_database.port}/postgres?{limits}",
            "REDIS_URL": f"redis://127.0.0.1:{self.to_bell.port}/0",
            "PORTAL_DATABASE_PATIENCE": str(STATEMENT),
        }

    def sending(self, message: Message, at: Server | None = None) -> "Future[Answer | None]":
        """Send it and go on. There is no answer from a process that dies."""
        return self._crowd.submit(self._sent, message, at or self.either)

    def _sent(self, message: Message, at: Server) -> Answer | None:
        try:
            return self.send(message, at)
        except (OSError, HTTPException):
            return None

    def hang_up(self) -> None:
        """End all connections of the portal from the database's side."""
        self.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", CLERK)

    @contextmanager
    def holding(self, statement: str, *values: object) -> Iterator[psycopg.Connection]:
        """A transaction of somebody else that has got so far, and goes no further within the block."""
        with psycopg.connect(self._line) as other:
            other.execute(statement, values)  # type: ignore[arg-type]
            yield other
            other.rollback()

    def look_again(self) -> None:
        """The tests' own view of the rows has died with the database."""
        self.sql = psycopg.connect(self._line, autocommit=True)


Trouble = Callable[[Fragile], AbstractContextManager[None]]


@contextmanager
def killed(cluster: Fragile) -> Iterator[None]:
    """The database crashes; at the end of the block it is there again."""
    cluster.database.stop()
    try:
        yield
    finally:
        cluster.database.start()
        cluster.look_again()


def paused(cluster: Fragile) -> AbstractContextManager[None]:
    """Every process of the database stands still, with all its connections open."""
    return cluster.database.held_up()


def cut(cluster: Fragile) -> AbstractContextManager[None]:
    """Nobody reaches the database any more, and it knows nothing of it."""
    return cluster.to_database.cut()


def hanging(cluster: Fragile) -> AbstractContextManager[None]:
    """Whatever is said to the database arrives when this is over."""
    return cluster.to_database.hanging()


@contextmanager
def bell_killed(cluster: Fragile) -> Iterator[None]:
    """Redis crashes, and comes back with nothing in it."""
    cluster.bell.kill()
    try:
        yield
    finally:
        cluster.bell.start()


def bell_paused(cluster: Fragile) -> AbstractContextManager[None]:
    return cluster.bell.held_up()


def bell_cut(cluster: Fragile) -> AbstractContextManager[None]:
    return cluster.to_bell.cut()


def bell_slow(cluster: Fragile) -> AbstractContextManager[None]:
    """Each of its answers is two seconds late."""
    return cluster.to_bell.slow(2)


def worker_killed(cluster: Fragile) -> AbstractContextManager[None]:
    return cluster.worker.absent()


@contextmanager
def process_killed(cluster: Fragile) -> Iterator[None]:
    """The first of the processes that serve pages is gone without a word; people are sent to the other."""
    first, *others = cluster.servers
    first.kill()
    with _without(cluster, first, others):
        yield


@contextmanager
def process_ended(cluster: Fragile) -> Iterator[None]:
    """The same process is asked to end, as a new version's arrival does, and does so soon."""
    first, *others = cluster.servers
    first.end()
    with _without(cluster, first, others):
        yield
        first.process.wait(DRAINED)


@contextmanager
def _without(cluster: Fragile, first: Server, others: list[Server]) -> Iterator[None]:
    cluster.servers = others
    try:
        yield
    finally:
        cluster.servers = [first, *others]
        first.again()
        first.expect_ready()


def in_the_middle(
    cluster: Fragile, message: Message, *words: bytes, trouble: Trouble, answered: bool = False
) -> Answer | None:
    """What is answered when the trouble begins just as the portal says these words to its database."""
    with cluster.to_database.stopped_at(*words, answered=answered) as stop:
        answering = cluster.sending(message, cluster.servers[0])
        stop.reached()
        with trouble(cluster):
            stop.go_on()
            return answering.result(PATIENCE)
