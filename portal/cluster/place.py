"""Where a whole form lives: its folder, its secrets, its address, and what every part of it is told."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.demo import doors, folder
from portal.demo.refusal import Refusal

# Neither runs as root; their packages bring these users along. The proxy's workers are everybody's on Debian.
DATABASES_USER, BELLS_USER, PROXYS_USER = "postgres", "redis", "www-data"
# Others have to pass through root's own home on the way to their data, and may not.
_ROOTS_PLACE = "/var/lib/client-portal-cluster"
_MOST_PROCESSES = 64
_COMMAND = "make cluster"
# It stands in addresses and configurations, and the system cuts the paths of sockets at 108 bytes.
_PLAIN = re.compile(r"[\w./+-]{1,80}", re.ASCII)


@dataclass(frozen=True)
class Place:
    """The folder and its rooms; `environment` is that of every part."""

    folder: Path
    listens: doors.Doors
    processes: int
    environment: Mapping[str, str]

    @property
    def by_root(self) -> bool:
        return os.geteuid() == 0

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def database(self) -> Path:
        return self.folder / "database"

    @property
    def bell(self) -> Path:
        return self.folder / "bell"

    @property
    def proxy(self) -> Path:
        return self.folder / "proxy"

    @property
    def base_url(self) -> str:
        return self.environment["PORTAL_BASE_URL"]

    @property
    def numbers(self) -> range:
        """Of its processes."""
        return range(1, self.processes + 1)

    def door(self, number: int) -> Path:
        """The socket at which one of the processes serves."""
        return self.folder / "doors" / f"{number}.sock"

    def answers(self) -> bool:
        """Whether somebody at our address gets an answer of the portal."""
        return self._asked(http.client.HTTPConnection(self.listens.addresses[0], self.listens.port, timeout=5))

    def answers_at(self, door: Path) -> bool:
        return self._asked(_Local(door))

    def _asked(self, line: http.client.HTTPConnection) -> bool:
        host = self.base_url.partition("://")[2]
        try:
            line.request("GET", "/health/ready", headers={"Host": host})
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


class _Local(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, door: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._door = str(door)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._door)


def choose(environment: Mapping[str, str]) -> Place:
    """Read PORTAL_DATA, PORT and PROCESSES, and make sure that folder and port are ours alone. Raises Refusal."""
    found = find(environment)
    doors.free(doors.LOCALHOST, found.listens.port, "localhost", _COMMAND)
    folder.occupy(found.folder)
    return found


def find(environment: Mapping[str, str]) -> Place:
    """The same of a form that may be running. Raises Refusal."""
    named = folder.open_folder(environment, "client-portal-cluster", _ROOTS_PLACE if os.geteuid() == 0 else "")
    if not _PLAIN.fullmatch(str(named)):
        raise Refusal(f"The folder {named} cannot be used: its name has to be short and plain, for sockets lie in it.")
    port = doors.read_port(environment, "PORT", 8000, _COMMAND)
    listens = doors.Doors(doors.here(), port, loopback=True)
    place = Place(named, listens, _processes(environment), _environment(environment, named, port))
    _furnish(place)
    return place


def _processes(environment: Mapping[str, str]) -> int:
    text = environment.get("PROCESSES") or "2"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_PROCESSES:
        raise Refusal(f"PROCESSES={text} is no number of processes: give one from 1 to {_MOST_PROCESSES}.")
    return int(text)


def _furnish(place: Place) -> None:
    """The rooms, each open to whoever works in it and to nobody else."""
    outer = 0o711 if place.by_root else 0o700
    place.folder.chmod(outer)
    for room in (place.logs, place.database, place.bell, place.proxy, place.door(1).parent):
        room.mkdir(mode=0o700, exist_ok=True)
    if not place.by_root:
        return
    try:
        shutil.chown(place.database, DATABASES_USER, DATABASES_USER)
        shutil.chown(place.bell, BELLS_USER, BELLS_USER)
        shutil.chown(place.door(1).parent, "root", PROXYS_USER)
    except LookupError as missing:
        raise Refusal(f"{missing}: `make cluster` installs what it needs.") from None
    place.proxy.chmod(0o711)
    # SECURITY: whoever reaches these sockets may say from where anybody comes. That is the proxy's right alone.
    place.door(1).parent.chmod(0o710)


def _environment(given: Mapping[str, str], named: Path, port: int) -> dict[str, str]:
    secrets = folder.read_or_make_secrets(named)
    usual = {
        "PORTAL_BASE_URL": f"http://localhost:{port}",
        "PORTAL_SECRET_KEY": secrets["secret_key"],
        "PORTAL_PEPPER": secrets["pepper"],
        "PORTAL_FIELD_KEYS": secrets["field_keys"],
        "PORTAL_VAPID_KEY": secrets["vapid_key"],
        "PORTAL_DEMO_PASSWORD": secrets["demo_password"],
    }
    ours = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_DATA": str(named),
        "PORTAL_STATIC_ROOT": str(named / "static"),
        "PORTAL_PROXIES": "1",
        "DATABASE_URL": f"postgres://portal@/postgres?host={named}/database",
        "REDIS_URL": f"unix://{named}/bell/redis.sock",
    }
    return {**given, **{name: given.get(name) or value for name, value in usual.items()}, **ours}
