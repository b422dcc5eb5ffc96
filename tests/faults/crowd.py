"""So many who type a password again as soon as they are answered, for names that nobody has: a process of its own.

As threads of the tests they would keep the portal's lines to its database (`lines`) waiting, which run there as well.
It says so once the first of them was answered, and all their answers when nobody speaks to it any more.
"""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from tests.given import FIREFOX, PASSWORD
from tests.services.talk import PATIENCE, Answer, Message, send

if TYPE_CHECKING:
    from tests.faults.fragile import Fragile

ROOT = Path(__file__).parents[2]
# As many passwords are in line at any time; two processes hash far fewer in the second that one waits at most.
CROWD = 40


@contextmanager
def crowd(cluster: Fragile) -> Iterator[list[Answer]]:
    """It stands in line within this block; what it was answered is there afterwards."""
    answers = list[Answer]()
    ports = [str(server.port) for server in cluster.servers]
    command = [sys.executable, "-m", "tests.faults.crowd", cluster.address, *ports]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline(), "nobody of the crowd was answered"
        try:
            yield answers
        finally:
            said, _ = process.communicate(timeout=2 * PATIENCE)
    answers += pickle.loads(said)


class Crowd:
    def __init__(self, address: str, ports: list[int]) -> None:
        self._address, self._ports = address, itertools.cycle(ports)
        self._numbers = itertools.count()
        self._over = Event()
        self.answers: list[Answer] = []

    def stand(self) -> None:
        with ThreadPoolExecutor(CROWD) as people:
            all_of_them = [people.submit(self._insist) for _each in range(CROWD)]
            # Until nobody speaks to us any more.
            sys.stdin.read()
            self._over.set()
        for each in all_of_them:
            each.result()

    def _insist(self) -> None:
        while not self._over.is_set():
            number = next(self._numbers)
            self.answers.append(send(self._typed(number), next(self._ports)))
            if number == 0:
                print(flush=True)

    def _typed(self, number: int) -> Message:
        """Each comes from an address of their own (RFC 2544: the half that no test's people come from)."""
        headers = {
            "Host": urlsplit(self._address).netloc,
            "Origin": self._address,
            "User-Agent": FIREFOX,
            "X-Forwarded-For": f"198.19.{number >> 8}.{number & 255}",
            "Cookie": f"csrftoken={'a' * 32}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        fields = {"username": f"nobody-{number}", "password": PASSWORD, "csrfmiddlewaretoken": "a" * 32}
        return Message("POST", "/sign-in/", headers, urlencode(fields).encode())


if __name__ == "__main__":
    standing = Crowd(sys.argv[1], [int(each) for each in sys.argv[2:]])
    standing.stand()
    sys.stdout.buffer.write(pickle.dumps(standing.answers))
