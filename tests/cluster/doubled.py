"""A database with a standby, and a Redis with a replica and those who watch over both."""

import subprocess
from pathlib import Path
from time import monotonic

import psycopg

from tests.running.portal import free_port
from tests.services.cluster import Cluster
from tests.services.programs import PATIENCE, PostgreSQL, Redis

SERVICE = "portal"
_WATCHED = """\
port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor {service} 127.0.0.1 {master} 2
sentinel down-after-milliseconds {service} 500
sentinel failover-timeout {service} 1000
"""


class Standby(PostgreSQL):
    """A copy that follows, and takes over when it is told to."""

    def __init__(self, folder: Path, primary: PostgreSQL) -> None:
        self._primary = primary
        super().__init__(folder)

    def _make(self) -> None:
        self._run("pg_basebackup", "-h", str(self._primary.folder), "-U", "portal", "-R", "-c", "fast", "--no-sync")

    def promote(self) -> None:
        self._run("pg_ctl", "-w", "promote")


class PostgreSQLs(PostgreSQL):
    """A primary and its standby; the address names both, and leads to whichever may be written to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.standby = Standby(folder.with_name("standby"), self)
        self._primary_serves = True

    @property
    def _hosts(self) -> str:
        return f"{self.folder},{self.standby.folder}"

    @property
    def url(self) -> str:
        return f"postgres://portal@/postgres?host={self._hosts}&target_session_attrs=read-write"

    @property
    def line(self) -> str:
        return f"host={self._hosts} target_session_attrs=read-write user=portal dbname=postgres"

    def fail_over(self) -> None:
        """The primary dies with all that the standby has heard of; the standby takes its place."""
        with psycopg.connect(self.line, autocommit=True) as line:
            _until(line, "SELECT bool_and(replay_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication")
        self._stop_primary()
        self.standby.promote()

    def _stop_primary(self) -> None:
        if self._primary_serves:
            self._primary_serves = False
            super().stop()

    def stop(self) -> None:
        self.standby.stop()
        self._stop_primary()


def _until(line: psycopg.Connection, query: str) -> None:
    end = monotonic() + PATIENCE
    while not line.execute(query).fetchone()[0]:  # type: ignore[index, arg-type]
        assert monotonic() < end, query
        line.execute("SELECT pg_sleep(0.01)")


class Redises(Redis):
    """A master, its replica, and three Sentinels who agree about which of the two is which."""

    def __init__(self, folder: Path) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self.ports = [free_port() for _ in range(5)]
        super().__init__(folder)

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports[2:])
        return f"redis+sentinel://{hosts}/{SERVICE}?db=0"

    def start(self) -> None:
        master, replica, *watching = self.ports
        bare = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        self._run(*bare, "--port", str(master))
        self._run(*bare, "--port", str(replica), "--replicaof", "127.0.0.1", str(master))
        self._expect(replica, "INFO replication", "master_link_status:up")
        for port in watching:
            place = self.folder / str(port)
            place.mkdir()
            file = place / "sentinel.conf"
            file.write_text(_WATCHED.format(port=port, folder=place, service=SERVICE, master=master))
            self._run(str(file), "--sentinel")
        for port in watching:
            # One that has stood still for two seconds, as on a busy machine, would trust nobody for half a minute.
            self._expect(port, "SENTINEL DEBUG TILT-PERIOD 500", "OK")
            self._expect(port, f"SENTINEL CKQUORUM {SERVICE}", "OK 3 usable")
            self._expect(port, f"SENTINEL REPLICAS {SERVICE}", "role-reported\nslave")

    def _run(self, *words: str) -> None:
        log = subprocess.DEVNULL
        self._running.append(subprocess.Popen([self.program, *words], cwd=self.folder, stdout=log, stderr=log))

    def _expect(self, port: int, asked: str, said: str) -> None:
        end = monotonic() + PATIENCE
        while said not in self._ask(port, asked):
            assert monotonic() < end, self._ask(port, asked)

    @staticmethod
    def _ask(port: int, asked: str) -> str:
        command = ["redis-cli", "-p", str(port), *asked.split()]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout

    def kill(self) -> None:
        """The master is gone without a word."""
        master = self._running[0]
        master.kill()
        master.wait()

    def expect_failover(self) -> None:
        """Go on once all Sentinels name the other one, and it takes what is written."""
        for port in self.ports[2:]:
            self._expect(port, f"SENTINEL GET-MASTER-ADDR-BY-NAME {SERVICE}", f"\n{self.ports[1]}\n")
        self._expect(self.ports[1], "ROLE", "master")

    def stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            process.wait(PATIENCE)


class Doubled(Cluster):
    """The portal on two processes and a worker; what they keep is there twice."""

    DATABASE = PostgreSQLs
    BELL = Redises
