"""Looking for codes and numbers where none may be: what Redis was told, every row, every log."""

import base64
import binascii
import re
import socket
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.services.cluster import Cluster

# What is written beside every line and may look like six digits: times of day, and seconds since 1970 with a fraction.
_TIMES = re.compile(rb"\d\d:\d\d:\d\d[.,]\d+|\b\d{10}\.\d{6}\b")
_PACKED = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")


class Monitor:
    """Everything that anybody tells Redis while it listens, as Redis itself repeats it (MONITOR)."""

    def __init__(self, path: str) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(path)
        self._line.sendall(b"MONITOR\r\n")
        assert self._line.recv(5) == b"+OK\r\n"
        self._heard: list[bytes] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while part := self._line.recv(65_536):
            self._heard.append(part)

    def end(self) -> bytes:
        self._line.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._line.close()
        return b"".join(self._heard)


@contextmanager
def all_statements_logged(cluster: Cluster) -> Iterator[None]:
    """Within this block PostgreSQL writes every statement, with its values, to its log."""
    for statement in ("ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()"):
        cluster.write(statement)
    cluster.wait_for("SELECT current_setting('log_statement') = 'all'")
    try:
        yield
    finally:
        for statement in ("ALTER SYSTEM RESET log_statement", "SELECT pg_reload_conf()"):
            cluster.write(statement)


def rows(cluster: Cluster) -> bytes:
    """Every row of every table."""
    tables = cluster.rows("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
    found = [row[0] for (table,) in tables for row in cluster.rows(f"SELECT each::text FROM {table} each")]
    return "\n".join(found).encode()


def found_in(text: bytes, codes: Iterable[str], numbers: Iterable[str]) -> list[str]:
    """Which of these stand in the text, or in anything that is packed in it: base64, compressed or not."""
    clear = _TIMES.sub(b"", b"\n".join([text, *_unpacked(text)]))
    patterns = {code: rf"(?<![0-9A-Za-z]){code[:3]}[ .-]?{code[3:]}(?![0-9A-Za-z])" for code in codes}
    # With or without its calling code, in one piece or in groups.
    patterns |= {number: r"[ .-]?".join(number[-8:]) for number in numbers}
    return [what for what, pattern in patterns.items() if re.search(pattern.encode(), clear)]


def _unpacked(text: bytes) -> Iterator[bytes]:
    for packed in set(_PACKED.findall(text)):
        packed = packed.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            data = base64.b64decode(packed + b"=" * (-len(packed) % 4))
        except binascii.Error:
            continue
        yield data
        try:
            yield zlib.decompress(data)
        except zlib.error:
            continue
