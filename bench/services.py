"""PostgreSQL and Redis of one measurement, in a folder of their own and gone with it: `--cluster`."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.broken import Broken


def are_here() -> bool:
    """Whether this machine has both."""
    return bool(_tools() and shutil.which("redis-server"))


def _tools() -> str:
    """The folder of PostgreSQL's programs, or nothing."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [os.path.dirname(shutil.which("initdb") or "")]
    return found[-1]


@contextlib.contextmanager
def services(template: Path | None = None) -> Iterator[dict[str, str]]:
    """Run both; gives DATABASE_URL and REDIS_URL. Raises Broken when this machine has not got them.

    With a `template` the database begins as what stands in this folder, which an earlier one has left; where nothing
    stands there yet, this one leaves what it has at its end.
    """
    if not are_here():
        raise Broken("--cluster needs PostgreSQL and Redis: apt-get install postgresql redis-server")
    port = _free_port()
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        _postgresql(Path(folder), Path(_tools()), template) as database,
        redis(port),
    ):
        yield {"DATABASE_URL": database, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}


@contextlib.contextmanager
def _postgresql(folder: Path, tools: Path, template: Path | None) -> Iterator[str]:
    """As it comes, every commit written through to the disk: that is what a sign-in waits for."""
    # It does not run as root; the packaged user is there for that.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    port, data = _free_port(), folder / "data"

    def run(tool: str, *arguments: str) -> None:
        command = [str(tools / tool), "-D", str(data), *arguments]
        done = subprocess.run(command, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise Broken(f"{tool}: {done.stderr.decode()[-500:]}")

    if template and template.exists():
        _copy(template, data, user)
    else:
        run("initdb", "-A", "trust", "-U", "portal", "-E", "UTF8", "--locale=C.UTF-8")
    listen = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", listen, "start")
    try:
        yield f"postgres://portal@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "fast", "stop")
    if template and not template.exists():
        shutil.copytree(data, template)


def _copy(template: Path, data: Path, user: str | None) -> None:
    shutil.copytree(template, data)
    for each in (data, *data.rglob("*")) if user else ():
        shutil.chown(each, user)


@contextlib.contextmanager
def redis(port: int) -> Iterator[None]:
    """Redis at this port, which keeps nothing."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if not any("Ready to accept connections" in line for line in process.stdout or ()):
            raise Broken("redis-server did not start")
        yield
    finally:
        process.terminate()
        process.communicate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
