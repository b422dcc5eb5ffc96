"""A Celery worker beside a measured server that runs on PostgreSQL and Redis."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator

from bench.broken import Broken
from bench.server import ROOT, Server
from twofactor import policy

_PATIENCE = 30


@contextlib.contextmanager
def working(server: Server) -> Iterator[int]:
    """A worker beside this server for as long as the block lasts; gives its process."""
    options = ["-A", "portal", "worker", "--pool", "threads", "--concurrency", str(policy.SENDERS), "-l", "INFO"]
    options += ["--without-gossip", "--without-mingle"]
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "--quiet", *options],
        cwd=ROOT, env=server.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    ready = threading.Event()
    listener = threading.Thread(target=_listen, args=(process, ready), daemon=True)
    listener.start()
    try:
        if not ready.wait(_PATIENCE):
            raise Broken("the worker did not start")
        yield process.pid
    finally:
        process.terminate()
        process.wait(_PATIENCE)
        listener.join()


def _listen(process: subprocess.Popen[str], ready: threading.Event) -> None:
    for line in process.stdout or ():
        if line.rstrip().endswith("ready."):
            ready.set()
