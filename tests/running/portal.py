"""The portal as a process of its own, and a browser without a screen in front of it."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from tests.prepared import TABLES, give_static, give_tables

ROOT = Path(__file__).parents[2]
PASSWORD = "a password for the demo of the tests"
# Seconds for a start or a stop on a busy machine; a portal that needs them all is not well.
PATIENCE = 120


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _hear() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Portal:
    """`python -m portal.demo` on a free port, on the data of one folder; `more` variables as people set them.

    A new folder holds what an interrupted first start has left, unless it is to begin from nothing.
    """

    def __init__(self, data: Path, *, from_nothing: bool = False, **more: str) -> None:
        if not from_nothing and not (data / TABLES).exists():
            give_tables(data / TABLES)
            give_static(data)
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.data = data
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        chosen = {"PORT": str(self.port), "PORTAL_DATA": str(data), "PORTAL_DEMO_PASSWORD": PASSWORD}
        self._environment = kept | chosen | more
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portal.demo"],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # What runs beside something else is deaf to Ctrl+C, and so would be what it starts.
            preexec_fn=_hear,
        )
        self.said: list[str] = []
        self._ready = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._ready.wait(PATIENCE):
            # Nobody will stop what nobody was given.
            self.process.kill()
            self.process.wait()
        assert self.process.poll() is None, self.words

    @property
    def words(self) -> str:
        return "".join(self.said)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command on its data, while it runs."""
        command = [sys.executable, "-m", "portal.demo.manage", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=PATIENCE
        )

    def stop(self) -> int:
        """End it as Ctrl+C does; gives its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ready: "):
                self.address = line.removeprefix("Ready: ").strip().rstrip("/")
                self._ready.set()
        self._ready.set()  # it has ended, and what it said tells why


class Browser:
    """Keeps cookies, follows redirects, and sends the forgery token of the page it is on, as browsers do."""

    def __init__(self, address: str, verify: ssl.SSLContext | bool = True) -> None:
        self.http = httpx.Client(base_url=address, follow_redirects=True, trust_env=False, timeout=20, verify=verify)
        self.address = address
        self.page = ""
        self.path = ""

    def get(self, path: str) -> httpx.Response:
        return self._arrived(self.http.get(path))

    def post(self, path: str, **fields: str) -> httpx.Response:
        data = {"csrfmiddlewaretoken": self.find(r'name="csrfmiddlewaretoken" value="(\w+)"'), **fields}
        return self._arrived(
            self.http.post(path, data=data, headers={"Origin": self.address, "Referer": f"{self.address}/"})
        )

    def give_password(self, username: str) -> None:
        self.get("/sign-in/")
        self.post("/sign-in/", username=username, password=PASSWORD)

    def find(self, pattern: str) -> str:
        """What stands on the page."""
        found = re.search(pattern, self.page)
        assert found, f"{pattern} is not on {self.path}"
        return "".join(found.groups())

    def code(self) -> str:
        return self.find(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b")

    def number(self) -> str:
        return self.find(r"\b(\d{3}) (\d{3})\b")

    def ticket(self) -> str:
        return self.find(r'data-ticket="([^"]+)"')

    def _arrived(self, answer: httpx.Response) -> httpx.Response:
        self.page, self.path = answer.text, answer.url.path
        return answer
