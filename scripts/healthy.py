"""Ask the portal of this container whether it is ready; ends with 1 when it is not.

With the Host of PORTAL_BASE_URL, for the portal answers to no other name.
"""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit


def main() -> int:
    host = urlsplit(os.environ["PORTAL_BASE_URL"]).netloc
    door = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
    try:
        door.request("GET", "/health/ready", headers={"Host": host})
        status = door.getresponse().status
    except OSError as problem:
        print(f"The portal does not answer: {problem}.", file=sys.stderr)
        return 1
    if status != 200:
        print(f"The portal is not ready: {status}.", file=sys.stderr)
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
