"""PostgreSQL and Redis in a folder of their own, reached over sockets in that folder, so no port can be taken."""

import glob
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 20
MISSING = (
    "These tests need PostgreSQL and Redis, and {} is not installed: "
    "apt-get install -y --no-install-recommends postgresql redis-server (`make test` does it)."
)


class PostgreSQL:
    """A database server that forgets with its folder; nothing waits for a disk."""

    def __init__(self, folder: Path) -> None:
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[4]))
        tools = found[-1] if found else os.path.dirname(shutil.which("initdb") or "")
        assert tools, MISSING.format("PostgreSQL")
        self.folder, self.tools = folder, Path(tools)
        # It does not run as root; the packaged user is there for that.
        self.user = "postgres" if os.geteuid() == 0 else None
        folder.mkdir()
        if self.user:
            shutil.chown(folder, self.user)
        self.log = folder / "log"
        self._make()
        self.start()

    def _make(self) -> None:
        encoding = ["-E", "UTF8", "--locale=C.UTF-8"]
        # Its log in small files, so that none is longer than what `full` still lets it write.
        self._run("initdb", "-A", "trust", "-U", "portal", *encoding, "--no-sync", "--wal-segsize=1")

    @property
    def url(self) -> str:
        return f"postgres://portal@/postgres?host={self.folder}"

    @property
    def line(self) -> str:
        """The address as libpq reads it."""
        return f"host={self.folder} user=portal dbname=postgres"

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=200"
        # 1 s is how long it waits before it looks for a deadlock; we look sooner, so that none hides in a round.
        self._run("pg_ctl", "-w", "-l", str(self.log), "-o", f"{options} -c deadlock_timeout=100ms", "start")

    @property
    def processes(self) -> list[int]:
        """All of them, the one that starts the others first."""
        first = (self.folder / "data/postmaster.pid").read_text().split()[0]
        return [int(first), *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """It takes everything and answers nothing, as on a machine that is paused; it goes on afterwards."""
        os.kill(self.processes[0], signal.SIGSTOP)
        held = self.processes
        try:
            for each in held:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGSTOP)
            yield
        finally:
            for each in reversed(held):
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGCONT)

    @contextmanager
    def full(self) -> Iterator[None]:
        """No file of it grows beyond a megabyte any more, as on a disk without room."""
        self._limit_files("1048576")
        try:
            yield
        finally:
            self._limit_files("unlimited")

    def _limit_files(self, size: str) -> None:
        """The first of them, from which the others inherit it, and only then whoever has begun until now."""
        self._limit_file(size, self.processes[0])
        for each in self.processes[1:]:
            self._limit_file(size, each)

    def _limit_file(self, size: str, process: int) -> None:
        """As its own user, who alone may; it may have ended meanwhile."""
        limit = ["prlimit", "--pid", str(process), f"--fsize={size}:"]
        subprocess.run(limit, user=self.user, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)

    def stop(self) -> None:
        """Take it away without a word, as a crash does."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(self.tools / tool), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60
        )
        assert done.returncode == 0, f"{tool}: {done.stderr.decode()[-500:]}"


class Redis:
    """A bell that can be taken away and put back in its place."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        assert program, MISSING.format("Redis")
        folder.mkdir()
        self.program, self.folder = program, folder
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/redis.sock"

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [self.program, *options, "--dir", str(self.folder)], cwd=self.folder, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            # Over a socket in the file system, an older one says it in other words.
            if "eady to accept connections" in line:
                return
        raise AssertionError("redis-server did not start: " + "".join(said))

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """It takes everything and answers nothing, as on a machine that is paused; it goes on afterwards."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Take it away without a word, as a crash does."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)
