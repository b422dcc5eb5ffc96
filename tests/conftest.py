"""The portal as the tests run it: settings from the environment alone, real hashing, real sealing, its own folder."""

import base64
import gc
import os
import shutil
import socket
import tempfile
from collections import Counter
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.core.cache import cache

from tests.given import LONG
from tests.prepared import give_tables

# What these tests share says what it found, and not only that something was wrong.
pytest.register_assert_rewrite("tests.e2e", "tests.faults", "tests.services")

# Before Django loads, and whatever the shell that runs the tests carries for other work.
KEPT = ("PORTAL_CHROMIUM", "PORTAL_LONG", "PORTAL_GALLERY")
for name in [name for name in os.environ if name.startswith("PORTAL_") and name not in KEPT]:
    del os.environ[name]
for name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(name, None)
# Kept from other processes until the browser tests listen on it: so the base URL is right from the start.
PORT = socket.create_server(("127.0.0.1", 0))
DATA = Path(tempfile.mkdtemp(prefix="portal-tests-"))
(DATA / "static").mkdir()
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    # Synchronous Playwright keeps an event loop in the thread in which the tests use the database.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    "PORTAL_BASE_URL": f"http://localhost:{PORT.getsockname()[1]}",
    "PORTAL_DATA": str(DATA),
    "PORTAL_SECRET_KEY": "the secret key of the tests, which is long enough to be one",
    "PORTAL_PEPPER": "the pepper of the tests, which is long enough to be one",
    "PORTAL_LOG_LEVEL": "ERROR",
    "PORTAL_FIELD_KEYS": "test:" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="),
}


# Thousands of tests are kept in memory until the last one has run, and looking through them again and again for what
# nobody needs any more took an eighth of all computing.
gc.set_threshold(50_000, 50, 1_000)

# Here and not later: the conftest of a folder named on the command line is loaded before pytest-django sets Django up.
django.setup()

# Pages are rendered without collecting static files; the browser tests do collect them, into the real storage.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
# Of several processes each has a folder of its own, although they inherit the environment of the first.
settings.PORTAL_DATA = DATA
# A file and not memory: it is what people run, and the threads of a server see the same rows as the tests.
settings.DATABASES["default"]["TEST"]["NAME"] = str(DATA / "tests.sqlite3")


def pytest_unconfigure():
    shutil.rmtree(DATA, ignore_errors=True)


def pytest_collection_finish():
    gc.freeze()


def pytest_collection_modifyitems(config, items):
    """Browser tests last: asynchronous tests fail once Playwright's synchronous ones have run in the process.

    What takes long is left out unless PORTAL_LONG=1 asks for it (`make long`): tests that are marked so, and of the
    cases of one browser test those between the first and the last.
    """
    items.sort(key=lambda item: "e2e" in item.path.parts)
    named = any("::" in argument for argument in config.args)
    if LONG or named or os.environ.get("PORTAL_GALLERY"):
        return
    cases = Counter(_case(item) for item in items)
    seen: Counter[tuple[object, str]] = Counter()
    left_out = set()
    for item in items:
        seen[_case(item)] += 1
        between = "e2e" in item.path.parts and 1 < seen[_case(item)] < cases[_case(item)]
        if between or item.get_closest_marker("long"):
            left_out.add(item)
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _case(item):
    return item.path, getattr(item, "originalname", item.name)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings) -> bool:
    """Tables are those that were made once for all processes; they go with the folder."""
    give_tables(Path(settings.DATABASES["default"]["TEST"]["NAME"]))
    return True


@pytest.fixture(autouse=True)
def no_memory_between_tests():
    """What processes remember beside the database: cache, who is at the sockets."""
    cache.clear()
    # Not above: it needs the settings that are made there.
    from twofactor import sockets

    sockets.crowd.clear()
    sockets.openings.clear()
