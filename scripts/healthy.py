"""Ask a process of the portal whether it is ready: that of this container, or the one whose socket is named; ends with
1 when it is not.

With the Host of PORTAL_BASE_URL, for the portal answers to no other name.
"""

import os
import socket
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

_PATIENCE = 4


def main(words: list[str]) -> int:
    host = urlsplit(os.environ["PORTAL_BASE_URL"]).netloc
    door = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=_PATIENCE)
    try:
        if words:
            door.sock = _opened(words[0])
        door.request("GET", "/health/ready", headers={"Host": host})
        status = door.getresponse().status
    except OSError as problem:
        print(f"The portal does not answer: {problem}.", file=sys.stderr)
        return 1
    if status != 200:
        print(f"The portal is not ready: {status}.", file=sys.stderr)
    return 0 if status == 200 else 1


def _opened(path: str) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(_PATIENCE)
    line.connect(path)
    return line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
