"""`python -m bench.hammer`: the same request again and again over kept connections, in a process of its own.

One JSON object in, one out: {"port", "head", "connections", "seconds"}; requests a second, and how long each took, in
milliseconds: the median and the 99th of a hundred.
"""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench.broken import Broken
from bench.server import ROOT, Server


@dataclass
class Hammer(asyncio.Protocol):
    """One connection: as soon as an answer is whole, the next request leaves."""

    request: bytes
    until: float
    took: list[float]
    done: asyncio.Future[None]
    _sent_at: float = 0.0
    _kept: bytes = b""
    _transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        assert self._transport
        self._sent_at = time.monotonic()
        self._transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self._kept += data
        head, end, body = self._kept.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        now = time.monotonic()
        if not head.startswith(b"HTTP/1.1 200"):
            self._end(Broken(head.partition(b"\r\n")[0].decode()))
            return
        self.took.append((now - self._sent_at) * 1000)
        self._kept = b""
        if now < self.until:
            self._send()
        else:
            self._end(None)

    def connection_lost(self, problem: Exception | None) -> None:
        self._end(problem or Broken("the server has closed a connection"))

    def _end(self, problem: Exception | None) -> None:
        if not self.done.done():
            if problem:
                self.done.set_exception(problem)
            else:
                self.done.set_result(None)
        if self._transport:
            self._transport.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise Broken("an answer without a length")


async def _run(port: int, head: str, connections: int, seconds: float) -> dict[str, float]:
    loop, took = asyncio.get_running_loop(), list[float]()
    begun = time.monotonic()
    ends = [loop.create_future() for _each in range(connections)]
    for end in ends:
        request = f"{head}\r\n\r\n".encode()
        await loop.create_connection(lambda: Hammer(request, begun + seconds, took, end), "127.0.0.1", port)  # noqa: B023
    await asyncio.gather(*ends)
    passed = time.monotonic() - begun
    took.sort()
    p50, p99 = (took[math.ceil(share * len(took)) - 1] for share in (0.5, 0.99))
    return {"rate": len(took) / passed, "p50": p50, "p99": p99}


def hammer(server: Server, path: str, connections: int, seconds: float, **headers: str) -> dict[str, float]:
    """Ask this server for a page for some seconds, from a process of its own."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {server.base_url.partition('//')[2]}", "Accept-Encoding: gzip, br"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    asked = {"port": server.port, "head": "\r\n".join(lines), "connections": connections, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-m", "bench.hammer"], cwd=ROOT, input=json.dumps(asked), capture_output=True, text=True
    )
    if done.returncode:
        raise Broken(f"asking for {path} failed:\n{done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(**json.load(sys.stdin)))))
