"""`python -m bench.doorway FD OPTION ...`: granian at the port of a door that it cannot take over as it is."""

from __future__ import annotations

import os
import socket
import sys


def main(fd: int, options: list[str]) -> None:
    with socket.socket(fileno=fd) as door:
        port = door.getsockname()[1]
    os.execv(sys.executable, [sys.executable, "-m", "granian", "--host", "127.0.0.1", "--port", str(port), *options])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
