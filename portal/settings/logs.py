"""Logs and figures: how they are written, and who may read them."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import PORTAL_DEMO, env

# "line" for people, "json" for whatever collects them.
_LOG_FORMAT = env.str("PORTAL_LOG_FORMAT", default="line")
if _LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("PORTAL_LOG_FORMAT must be line or json.")
_LOG_LEVEL = env.str("PORTAL_LOG_LEVEL", default="WARNING" if PORTAL_DEMO else "INFO").upper()
if _LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
    raise ImproperlyConfigured("PORTAL_LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
# Whoever has it may read the figures of each process at /metrics. Unset: there is no such page.
PORTAL_METRICS_TOKEN = env.str("PORTAL_METRICS_TOKEN", default="")
# Where a worker shows its own, which serves no pages: 127.0.0.1:9108. Unset: nowhere.
PORTAL_WORKER_METRICS = env.str("PORTAL_WORKER_METRICS", default="")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.logs.OneLine",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        },
        "json": {"()": "portal.logs.Json"},
    },
    "filters": {"sweep": {"()": "portal.logs.NoSweep"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": _LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "portal": {"level": _LOG_LEVEL},
        # A refused door or host is not an accident, and anybody can cause one.
        "django.security": {"level": "CRITICAL"},
        "django.request": {"level": "ERROR"},
        "django.channels.server": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
        # SECURITY: when it debugs, it writes the codes down that it makes.
        "oauthlib": {"level": "INFO"},
        # What Celery says of each task, when it comes and when it is done.
        "celery.worker.strategy": {"filters": ["sweep"]},
        "celery.app.trace": {"filters": ["sweep"]},
        # "error" is its name for all that it says.
        "uvicorn.error": {"level": "WARNING"},
    },
}
