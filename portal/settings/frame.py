"""What Django is made of here: its apps, what a request goes through, templates and languages."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import get_language_info, to_language

from portal.settings.base import BASE_DIR, PORTAL_BASE_URL, PORTAL_DEMO, PORTAL_HOSTS, PORTAL_ON_LOOPBACK, env


def languages(folder: Path) -> list[tuple[str, str]]:
    """English and whatever else has words in this folder: the code of each, and what it calls itself."""
    codes = ["en", *sorted(to_language(words.parent.name) for words in folder.glob("*/LC_MESSAGES"))]
    return [(code, get_language_info(code)["name_local"]) for code in codes]


DEBUG = False
ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ALLOWED_HOSTS = sorted(PORTAL_HOSTS | ({"localhost", "127.0.0.1", "[::1]"} if PORTAL_ON_LOOPBACK else set()))
CSRF_TRUSTED_ORIGINS = [PORTAL_BASE_URL]

INSTALLED_APPS = [
    "daphne",
    "channels",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "portal.apps.AdminConfig",
    "django_otp",
    "csp",
    "accounts",
    "twofactor",
    # First, so that what it shows in the administration can be taken out again.
    "oauth2_provider",
    "applications",
    *(["portal.demo"] if PORTAL_DEMO else []),
]

MIDDLEWARE = [
    "portal.requests.Named",
    "portal.headers.SecurityHeaders",
    "portal.metrics.Metrics",
    "portal.hosts.NothingPlain",
    "portal.middleware.Recording",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.hosts.Hosts",
    "portal.people.Sessions",
    "portal.languages.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.people.People",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.languages.PersonsLanguage",
    "portal.middleware.SignInFirst",
    "portal.middleware.ClosedDoors",
    "portal.middleware.Refusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "portal.settling.Loader",
                    ["portal.folding.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "libraries": {"helping": "portal.help.tags"},
            "builtins": ["portal.moments"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.portal",
            ],
        },
    }
]
FORM_RENDERER = "portal.fields.Fields"

# --- Languages -----------------------------------------------------------------------------------------------------

# The language of the sources. Every other one is a folder (docs/translating.md).
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = languages(LOCALE_PATHS[0])
USE_TZ = True
# Dates of the administration: "1:31 p.m." without a zone is worth nothing in a record.
FORMAT_MODULE_PATH = "portal.formats"
TIME_ZONE = env.str("PORTAL_TIME_ZONE", default="UTC")
try:
    ZoneInfo(TIME_ZONE)
except (OSError, ValueError, ZoneInfoNotFoundError):
    # The name of a folder of zones, of none, or of none that there could be.
    raise ImproperlyConfigured(f"PORTAL_TIME_ZONE names no zone: {TIME_ZONE[:40]!r}. One is Asia/Hong_Kong.") from None
