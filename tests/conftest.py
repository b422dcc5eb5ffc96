"""The portal as the tests run it: settings from the environment alone, real hashing, real sealing, its own folder."""

import base64
import os
import shutil
import socket
import tempfile
from pathlib import Path

import django
import pytest
from channels.layers import channel_layers
from django.conf import settings
from django.core.cache import cache

# Before Django loads, and whatever the shell that runs the tests carries for other work.
for name in [
    name for name in os.environ if name.startswith("PORTAL_") and name not in ("PORTAL_CHROMIUM", "PORTAL_LONG")
]:
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
    "PORTAL_PEPPER": "the pepper of the tests",
    "PORTAL_LOG_LEVEL": "ERROR",
    "PORTAL_FIELD_KEYS": "test:" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="),
}


# Here and not later: the conftest of a folder named on the command line is loaded before pytest-django sets Django up.
django.setup()

# Pages are rendered without collecting static files; the browser tests do collect them, into the real storage.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
# A file and not memory: it is what people run, and the threads of a server see the same rows as the tests.
settings.DATABASES["default"]["TEST"]["NAME"] = str(DATA / "tests.sqlite3")


def pytest_unconfigure():
    shutil.rmtree(DATA, ignore_errors=True)


def pytest_collection_modifyitems(items):
    """Browser tests last: asynchronous tests fail once Playwright's synchronous ones have run in the process."""
    items.sort(key=lambda item: "e2e" in item.path.parts)


@pytest.fixture(autouse=True)
def no_memory_between_tests():
    """What processes remember beside the database: the cache, and the groups of the channel layer."""
    cache.clear()
    channel_layers.backends.clear()
