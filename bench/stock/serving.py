"""The stock assembly as a running server, started as ours is."""

from __future__ import annotations

import contextlib
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from bench.others import with_others
from bench.server import DAPHNE, PASSWORD, PEOPLE, Run, Server, process, run_module
from bench.services import services
from tests.given import inherited

APPLICATION = "bench.stock.asgi:application"


@contextlib.contextmanager
def serving_stock(run: Run, application: str = APPLICATION, **extra: str) -> Iterator[Server]:
    """Run it with PEOPLE for as long as the block lasts. Raises Broken when it does not start."""
    apart: AbstractContextManager[dict[str, str]] = services() if run.cluster else contextlib.nullcontext({})
    with (
        apart as shared,
        tempfile.TemporaryDirectory(prefix="portal-bench-") as place,
        socket.create_server(("127.0.0.1", 0)) as door,
    ):
        port = door.getsockname()[1]
        environment = inherited() | {
            "DJANGO_SETTINGS_MODULE": "bench.stock.settings",
            "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
            "PORTAL_DATA": place,
        }
        environment = with_others(environment | shared | extra)
        run_module(environment, "bench.stock.prepare", PASSWORD, *PEOPLE)
        with process(door, application, environment, Path(place) / "server.log", DAPHNE) as pid:
            yield Server(f"http://localhost:{port}", port, pid, environment, DAPHNE)
