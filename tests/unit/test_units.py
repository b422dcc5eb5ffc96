"""The units of deploy/systemd, and the scripts beside them for whoever runs them."""

import configparser
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.unit.test_supply import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PATIENCE = 20


class Unit(configparser.ConfigParser):
    """As systemd reads it: names with capitals, and a name may come again."""

    def __init__(self, file: Path) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=["="])
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read_string(file.read_text())


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_every_unit_gives_up_what_it_does_not_need(file):
    service = Unit(file)["Service"]
    assert service["User"] == "portal"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["EnvironmentFile"] == "/etc/portal/portal.env"


def test_the_target_starts_what_is_there():
    wanted = Unit(DEPLOY / "systemd" / "portal.target")["Unit"]["Wants"].split()
    assert {re.sub(r"@\d", "@", name) for name in wanted} <= {file.name for file in UNITS}


def test_the_sockets_of_the_units_are_those_that_the_proxy_knows():
    command = Unit(DEPLOY / "systemd" / "portal@.service")["Service"]["ExecStart"]
    numbers = re.findall(r"portal@(\d)", (DEPLOY / "systemd" / "portal.target").read_text())
    upstream = (DEPLOY / "nginx" / "upstream.conf").read_text()
    metrics = (DEPLOY / "nginx" / "metrics.conf").read_text()
    assert re.findall(r"unix:(\S+):/metrics", metrics) == re.findall(r"server unix:(\S+)", upstream)
    assert re.findall(r"server unix:(\S+)", upstream) == [
        re.search(r"--unix (\S+)", command)[1].replace("%i", number) for number in numbers
    ]


def test_their_commands_have_the_settings_of_the_units():
    unit = (DEPLOY / "systemd" / "portal@.service").read_text()
    command = (DEPLOY / "manage").read_text()
    given = set(re.findall(r"^Environment=((?:DJANGO|PORTAL)_\S+)$", unit, re.MULTILINE))
    assert set(re.findall(r"-E (\S+)", command)) == given
    assert "-p EnvironmentFile=/etc/portal/portal.env " in command


def test_a_process_that_starts_anew_is_waited_for_at_its_own_socket(tmp_path):
    command = Unit(DEPLOY / "systemd" / "portal@.service")["Service"]["ExecStart"]
    folder = re.search(r"--unix (\S+)/%i\.sock", command)[1]
    assert f'expect_ready "{folder}/${{number%.service}}.sock"' in (DEPLOY / "renew").read_text()
    with asked(tmp_path / "1.sock", "200 OK") as door:
        assert healthy(door).returncode == 0
    with asked(tmp_path / "2.sock", "503 Service Unavailable") as door:
        assert healthy(door).returncode == 1
    assert healthy(tmp_path / "3.sock").returncode == 1


@contextmanager
def asked(door: Path, status: str) -> Iterator[Path]:
    """Whoever listens there says this, to one who asks for it by the portal's name."""

    def answer() -> None:
        line, _ = listening.accept()
        with line:
            said = line.recv(4096).decode()
            right = said.startswith("GET /health/ready ") and "Host: portal.example\r\n" in said
            line.sendall(f"HTTP/1.1 {status if right else '400 Bad Request'}\r\nContent-Length: 0\r\n\r\n".encode())

    with socket.socket(socket.AF_UNIX) as listening:
        listening.settimeout(PATIENCE)
        listening.bind(str(door))
        listening.listen()
        answering = Thread(target=answer)
        answering.start()
        yield door
        answering.join(PATIENCE)


def healthy(door: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "scripts" / "healthy.py"), str(door)]
    told = {"PORTAL_BASE_URL": "https://portal.example"}
    return subprocess.run(command, env=told, capture_output=True, text=True, timeout=PATIENCE)


def test_systemd_reads_its_units_without_a_complaint():
    analyse = shutil.which("systemd-analyze")
    if not analyse:
        pytest.skip("systemd is not on this machine")
    command = [analyse, "verify", *map(str, (DEPLOY / "systemd").iterdir())]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30).stderr
    # Its programs are installed nowhere here.
    assert [line for line in said.splitlines() if "is not executable" not in line] == []
