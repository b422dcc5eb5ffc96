"""Where things are kept, and what runs beside the pages: database, Redis, workers, static files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from accounts import redis
from portal.settings.base import BASE_DIR, PORTAL_DATA, env

_WHERE = env.str("DATABASE_URL", default=f"sqlite:///{quote(str(PORTAL_DATA.resolve()))}/portal.sqlite3")
try:
    if not _WHERE.startswith(("postgres://", "postgresql://", "sqlite://")):
        raise ValueError("of another kind")
    DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url_config(_WHERE)}  # type: ignore[no-untyped-call]
except ValueError:
    # SECURITY: it has a password, and what the library says of it may quote that.
    raise ImproperlyConfigured(
        "DATABASE_URL must be postgres://USER:PASSWORD@HOST:PORT/NAME, with other signs than letters and digits in the"
        " password as %40 and the like, or sqlite:///PATH."
    ) from None
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # One writer at a time, announced at the start of a transaction, so that two never fail each other half-way.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        # The driver would look at the type of each column of each statement, and Django makes of words what it finds.
        "detect_types": 0,
    }
else:
    # Nobody waits without an end: not for a server that is gone or hangs, not for a row that another one keeps (FI-04,
    # FI-06); and what nobody waits for any more ends there, too. What the address itself says wins.
    DATABASES["default"]["OPTIONS"] = {
        # Values travel beside their statement, which the server would plan anew for each page: a third of its work.
        "server_side_binding": True,
        "prepare_threshold": 2,
        "connect_timeout": 3,
        "tcp_user_timeout": 20_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=20s"
        " -c client_connection_check_interval=2s",
        **DATABASES["default"].get("OPTIONS", {}),
    }
# Seconds that a page waits for the answer to one statement (`portal.patience`).
PORTAL_DATABASE_PATIENCE = env.float("PORTAL_DATABASE_PATIENCE", default=5.0)

# Threads that answer pages are kept, and so are their connections: those of a burst go after ten minutes.
PORTAL_THREADS = env.int("PORTAL_THREADS", default=8)
DATABASES["default"]["CONN_MAX_AGE"] = 600
# Another database may have taken over meanwhile.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"

# The bell between processes (`twofactor.bell`) and the broker of the workers.
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL, _broker_options = "", dict[str, Any]()
if REDIS_URL:
    try:
        CELERY_BROKER_URL, _broker_options = redis.broker(REDIS_URL)
    except ValueError:
        # SECURITY: it has a password, and what a library says of it may quote that.
        raise ImproperlyConfigured(f"REDIS_URL must be {redis.FORM}.") from None
# Errands: by Celery's workers where there is Redis, else by threads of the process that has one to run.
PORTAL_ERRANDS = "celery" if REDIS_URL else "here"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# An errand is a hint to look at a row: one that is lost with its worker is found by the sweep.
CELERY_TASK_ACKS_LATE = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
# How long the thread of errands waits for a broker that is away or hangs: the row is written, and somebody finds it.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "max_retries": 0,
    **_broker_options,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "twofactor.sweep", "schedule": 5.0}}

STATIC_URL = "static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATIC_ROOT = Path(env.str("PORTAL_STATIC_ROOT", default=str(PORTAL_DATA / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.storage.HashedModules"},
}
