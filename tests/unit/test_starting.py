"""AT-129, R-92, R-95: what a server process looks at before it serves anybody, whatever command has started it."""

import fcntl
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from accounts import policy
from portal import starting
from twofactor.reference import BOUNDS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def begins(monkeypatch, settings, tmp_path, caplog):
    """Begin in a folder of its own, with a clock that is off by so many seconds; says what it refuses."""
    settings.PORTAL_DATA = tmp_path
    caplog.set_level("WARNING", logger="portal")

    def begin(off=0.0):
        monkeypatch.setattr(starting, "clock_error", lambda: off)
        monkeypatch.setattr(starting, "connection", SimpleNamespace(vendor="sqlite"))
        try:
            starting.begin()
        except SystemExit as refused:
            return str(refused)
        return ""

    return begin


def test_what_ships_starts(begins):
    assert begins() == ""


def test_one_unsafe_setting_starts_nothing(begins, settings):
    settings.DEBUG = True
    assert begins() == "The portal does not start.\nDEBUG shows secrets on error pages; it is never on. (portal.E05)"


def test_a_warning_is_logged_and_stops_nothing(begins, settings, caplog):
    settings.PORTAL_NUMBER_MATCH = "never"
    assert begins() == ""
    assert "portal.W02" in caplog.text


@pytest.fixture
def collected(settings, tmp_path):
    """Files as they are kept where people are served, and not yet collected."""
    settings.STATIC_ROOT = str(tmp_path / "static")
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "portal.storage.HashedModules"}}


def test_without_its_collected_files_nothing_starts(begins, collected):
    """Else every probe would be green, and every page an accident."""
    assert "is not among the collected files" in begins()


def test_with_a_file_that_is_newer_than_what_was_collected_nothing_starts(begins, collected, settings, tmp_path):
    call_command("collectstatic", interactive=False, verbosity=0)
    assert begins() == ""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "later.css").write_text("")
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, tmp_path / "more"]
    assert "later.css is not among the collected files" in begins()


@pytest.mark.parametrize("off", [30.5, -31.0, 86_400.0])
def test_a_clock_that_is_far_off_starts_nothing(begins, off):
    """P-49."""
    assert f"{abs(off):.0f} seconds apart" in begins(off)
    assert timedelta(seconds=30) == policy.CLOCK_STOPS


@pytest.mark.parametrize(("off", "warns"), [(2.9, False), (3.1, True), (-29.0, True)])
def test_a_clock_that_is_a_little_off_is_said_in_the_log(begins, caplog, off, warns):
    """P-49."""
    assert begins(off) == ""
    assert ("seconds apart" in caplog.text) == warns
    assert timedelta(seconds=3) == policy.CLOCK_WARNS


def test_without_a_database_it_starts_and_is_not_ready(begins, monkeypatch):
    """FI-04: the probe looks again."""

    def away():
        raise DatabaseError

    begins()
    monkeypatch.setattr(starting, "clock_error", away)
    assert starting._wrong_clock() == []


def test_a_second_process_on_one_folder_starts_only_with_redis(begins, settings, tmp_path):
    """AT-129: what one of them announces the other would not hear."""
    first = os.open(tmp_path / "serving.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(first, fcntl.LOCK_EX)
    assert "Another process serves from this PORTAL_DATA already" in begins()
    settings.REDIS_URL = "redis://localhost"
    assert "Another process" not in begins()
    settings.REDIS_URL = ""
    os.close(first)
    assert begins() == ""


@pytest.mark.django_db
def test_the_probe_does_not_send_people_to_a_wrong_clock(client, monkeypatch):
    """P-49: also when it goes wrong later."""
    assert client.get("/health/ready").json()["clock"] == "right"
    monkeypatch.setattr(starting, "clock_error", lambda: -31.0)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"], answer.json()["clock"]) == (503, False, "wrong")


def test_the_command_of_the_server_itself_refuses(tmp_path):
    """Daphne runs none of Django's checks: the application that it loads does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {
        "PORTAL_BASE_URL": "http://portal.example",
        "PORTAL_DATA": str(tmp_path),
        "PORTAL_SECRET_KEY": "short",
        "PORTAL_PEPPER": os.environ["PORTAL_PEPPER"],
        "PORTAL_FIELD_KEYS": os.environ["PORTAL_FIELD_KEYS"],
        "PORTAL_P_DESK_LOCKS": "101",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import portal.asgi"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    for finding in ("portal.E01", "portal.E03", "portal.E19", "portal.E24"):
        assert finding in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert "short" not in done.stderr.replace("shortest", "")
    assert any(bound.name == "DESK_LOCKS" for bound in BOUNDS)
