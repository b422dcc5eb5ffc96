"""Settings: one file, the environment on top. DATABASE_URL and REDIS_URL alone make the shared form of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from accounts import policy, redis
from accounts.reading import Environment
from twofactor.protocol.sealing import Keyring
from twofactor.protocol.webpush import Sender

env = Environment()
# Of each variable that is read here, its default: for the page that lists them.
PORTAL_VARIABLES = env.read
BASE_DIR = Path(__file__).resolve().parent.parent

# The demo's messages go no further than its virtual phone, so it may serve more than one country.
_DEMO_COUNTRIES = (
    [
        "AU",
        "CA",
        "CN",
        "DE",
        "ES",
        "FR",
        "GB",
        "IE",
        "IN",
        "IT",
        "JP",
        "KR",
        "MO",
        "MY",
        "NL",
        "NZ",
        "PH",
        "SG",
        "TH",
        "TW",
        "US",
    ]
    if env.bool("PORTAL_DEMO", default=False)
    else []
)

# --- The portal itself ---------------------------------------------------------------------------------------------

PORTAL_DEMO = env.bool("PORTAL_DEMO", default=False)
PORTAL_DEMO_ANYWHERE = env.bool("PORTAL_DEMO_ANYWHERE", default=False)
PORTAL_NAME = env.str("PORTAL_NAME", default="Client Portal")
PORTAL_KEY_NAME = env.str("PORTAL_KEY_NAME", default="Portal Key")
# Whom clients ask for help, as pages name them: a name with a telephone number or a room.
PORTAL_SUPPORT = env.str("PORTAL_SUPPORT", default="")
PORTAL_DATA = Path(env.str("PORTAL_DATA", default="."))
# Where people reach the portal: scheme, host and port. Links, codes and the audience of every statement are made from
# it and never from what a browser claims.
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL").rstrip("/")
PORTAL_AUTHENTICATOR_URL = env.str("PORTAL_AUTHENTICATOR_URL", default=PORTAL_BASE_URL).rstrip("/")
# How many proxies of ours stand in front; forwarded headers are believed from that many hops and no further.
PORTAL_PROXIES = env.int("PORTAL_PROXIES", default=0)
# always, risk or never. NIST SP 800-63B-4 asks for always.
PORTAL_NUMBER_MATCH = env.str("PORTAL_NUMBER_MATCH", default="risk")
PORTAL_ACTIVATION_CONFIRM = env.bool("PORTAL_ACTIVATION_CONFIRM", default=False)
# Days of grace for setting up a second factor; unset: it stays the person's choice.
PORTAL_REQUIRE_SECOND_FACTOR = env.int("PORTAL_REQUIRE_SECOND_FACTOR", default=-1)

# An operator who is alone approves what they have proposed themselves; the day of waiting and the notices stay.
PORTAL_ONE_PERSON_DESK = env.bool("PORTAL_ONE_PERSON_DESK", default=False)

# --- Texts, calls and mail: who carries them, where to, and for how much ---------------------------------------------

# Carriers in the order in which they are tried: demo, console, http, twilio, apprise.
PORTAL_CARRIERS = env.list("PORTAL_CARRIERS", default=["demo"] if PORTAL_DEMO else [])
if "demo" in PORTAL_CARRIERS and not PORTAL_DEMO:
    raise ImproperlyConfigured("PORTAL_CARRIERS names demo: its texts go nowhere but to the demo's virtual phone.")
# The portal's own country, and which others may be sent to: closed but for these (P-20).
PORTAL_COUNTRY = env.str("PORTAL_COUNTRY", default="HK" if PORTAL_DEMO else "").upper()
PORTAL_COUNTRIES = frozenset(
    country.strip().upper()
    for country in [PORTAL_COUNTRY, *env.list("PORTAL_COUNTRIES", default=_DEMO_COUNTRIES)]
    if country
)
# Whether a person with an active key may keep texts as a second way to sign in (decision 7).
PORTAL_TEXTS_WITH_KEY = env.bool("PORTAL_TEXTS_WITH_KEY", default=True)
# Whether texts that rest for a key let a person in whose phone is gone; never where PORTAL_TEXTS_WITH_KEY is off.
PORTAL_TEXTS_RECOVER = env.bool("PORTAL_TEXTS_RECOVER", default=True)
# What a text and a call cost, by country ("*": all others), and the most a day may cost: in the operator's money.
PORTAL_TEXT_PRICES = env.dict("PORTAL_TEXT_PRICES", cast={"value": float}, default={"*": 0.05})
PORTAL_CALL_PRICES = env.dict("PORTAL_CALL_PRICES", cast={"value": float}, default={"*": 0.15})
PORTAL_MONEY_A_DAY = env.float("PORTAL_MONEY_A_DAY", default=50.0)
# The generic HTTP carrier: where to post, who we are there, and the secret that signs what it reports.
PORTAL_HTTP_TEXT_URL = env.str("PORTAL_HTTP_TEXT_URL", default="")
PORTAL_HTTP_CALL_URL = env.str("PORTAL_HTTP_CALL_URL", default="")
PORTAL_HTTP_TOKEN = env.str("PORTAL_HTTP_TOKEN", default="")
PORTAL_HTTP_SECRET = env.str("PORTAL_HTTP_SECRET", default="")
PORTAL_TWILIO_ACCOUNT = env.str("PORTAL_TWILIO_ACCOUNT", default="")
PORTAL_TWILIO_TOKEN = env.str("PORTAL_TWILIO_TOKEN", default="")
PORTAL_TWILIO_FROM = env.str("PORTAL_TWILIO_FROM", default="")
PORTAL_TWILIO_API = env.str("PORTAL_TWILIO_API", default="https://api.twilio.com").rstrip("/")
# An address of Apprise with {to} where the number belongs.
PORTAL_APPRISE_URL = env.str("PORTAL_APPRISE_URL", default="")
# Notices by e-mail, as in smtp+tls://user:password@mail.example:587. Unset: none are sent.
PORTAL_MAIL_URL = env.str("PORTAL_MAIL_URL", default="")
PORTAL_MAIL_FROM = env.str("PORTAL_MAIL_FROM", default="")
if PORTAL_MAIL_URL:
    vars().update(env.email_url_config(PORTAL_MAIL_URL))  # type: ignore[no-untyped-call]
    EMAIL_TIMEOUT = 10
    PORTAL_CARRIERS = [*PORTAL_CARRIERS, "mail"]
DEFAULT_FROM_EMAIL = PORTAL_MAIL_FROM or "webmaster@localhost"

# --- Notifications: who we are to the push services of browsers, and which of them are written to --------------------

# Made by `manage.py vapid_key`. Unset: nothing is pushed, and an open authenticator hears by its socket alone.
PORTAL_VAPID_KEY = env.str("PORTAL_VAPID_KEY", default="")
# At which address the operator of a push service reaches us: mailto: or https:.
PORTAL_PUSH_SUBJECT = env.str(
    "PORTAL_PUSH_SUBJECT",
    default=PORTAL_BASE_URL if PORTAL_BASE_URL.startswith("https:") else f"mailto:{DEFAULT_FROM_EMAIL}",
)
# Hosts of push services; one that begins with a dot stands for all names below it. SECURITY: a phone names the address
# that we write to, so it can only be one of these. On a developer's own machine also an origin such as
# http://localhost:9000.
PORTAL_PUSH_SERVICES = env.list(
    "PORTAL_PUSH_SERVICES",
    default=[
        "fcm.googleapis.com",
        "jmt17.google.com",
        ".push.services.mozilla.com",
        ".push.apple.com",
        ".notify.windows.com",
    ],
)
if PORTAL_VAPID_KEY:
    try:
        PORTAL_VAPID: Sender | None = Sender(PORTAL_VAPID_KEY)
    except ValueError as problem:
        raise ImproperlyConfigured(f"PORTAL_VAPID_KEY is {problem}: make one with manage.py vapid_key.") from None
    PORTAL_CARRIERS = [*PORTAL_CARRIERS, "webpush"]
else:
    PORTAL_VAPID = None


def _origin(name: str, address: str) -> SplitResult:
    """The parts of an origin. It is compared letter by letter with what browsers say, so it is written as they do."""
    parts = urlsplit(address)
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    spelled = f"{parts.scheme}://{(parts.netloc.lower()).removesuffix(usual)}"
    if not usual or not parts.hostname or parts.username or address != spelled:
        raise ImproperlyConfigured(
            f"{name} must be a scheme, a host and perhaps a port, as a browser writes them, such as "
            "https://portal.example"
        )
    return parts


_base = _origin("PORTAL_BASE_URL", PORTAL_BASE_URL)
_apart = _origin("PORTAL_AUTHENTICATOR_URL", PORTAL_AUTHENTICATOR_URL)
if PORTAL_AUTHENTICATOR_URL != PORTAL_BASE_URL and (_apart.hostname == _base.hostname or _apart.scheme != _base.scheme):
    raise ImproperlyConfigured(
        "PORTAL_AUTHENTICATOR_URL must have a host name of its own, and the scheme of PORTAL_BASE_URL: "
        "another port alone shares the cookies."
    )
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTAL_ON_LOOPBACK = all(
    parts.hostname in _LOOPBACK or str(parts.hostname).endswith(".localhost") for parts in (_base, _apart)
)
# Contract: over plain http on loopback the cookies work for any client; everywhere else they are locked to https.
_SECURE = not (_base.scheme == "http" and PORTAL_ON_LOOPBACK)

# --- Secrets: none has a default -----------------------------------------------------------------------------------

SECRET_KEY = env.str("PORTAL_SECRET_KEY")
# Earlier ones, for the days in which a new one takes over: what they have signed still holds (docs/operating.md).
SECRET_KEY_FALLBACKS = env.list("PORTAL_SECRET_KEY_FALLBACKS", default=[])
# Derives codes that are never stored and digests of codes that are looked up.
PORTAL_PEPPER = env.str("PORTAL_PEPPER").encode()
# Earlier ones: the record of their time can be checked, and recovery codes on paper go on being good.
PORTAL_PEPPER_FALLBACKS = [earlier.encode() for earlier in env.list("PORTAL_PEPPER_FALLBACKS", default=[])]
# Seals response keys at rest: "id:key,..." with the current one first.
PORTAL_KEYRING = Keyring.parse(env.str("PORTAL_FIELD_KEYS"))

# --- Django --------------------------------------------------------------------------------------------------------

DEBUG = False
ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ALLOWED_HOSTS = sorted(
    {str(_base.hostname), str(_apart.hostname)} | ({"localhost", "127.0.0.1", "[::1]"} if PORTAL_ON_LOOPBACK else set())
)
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
    *(["portal.demo"] if PORTAL_DEMO else []),
]

MIDDLEWARE = [
    "portal.requests.Named",
    "portal.headers.SecurityHeaders",
    "portal.headers.ContentPolicy",
    "portal.metrics.Metrics",
    "portal.hosts.NothingPlain",
    "portal.middleware.Recording",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.hosts.Hosts",
    "portal.middleware.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.middleware.People",
    "portal.middleware.Verified",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.middleware.PersonsLanguage",
    "portal.middleware.SignInFirst",
    "portal.middleware.ClosedDoors",
    "portal.middleware.Refusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
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
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Where things are kept -----------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{quote(str(PORTAL_DATA.resolve()))}/portal.sqlite3")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # One writer at a time, announced at the start of a transaction, so that two never fail each other half-way.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # Nobody waits without an end: not for a server that is gone or hangs, not for a row that another one keeps (FI-04,
    # FI-06). What the address itself says wins.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 20_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=20s",
        **DATABASES["default"].get("OPTIONS", {}),
    }
# Seconds that a server process or a worker waits for the answer to one statement (`portal.patience`).
PORTAL_DATABASE_PATIENCE = env.float("PORTAL_DATABASE_PATIENCE", default=20.0)

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
    except ValueError as problem:
        raise ImproperlyConfigured(f"REDIS_URL cannot be read: {problem}.") from None
# Errands: by Celery's workers where there is Redis, else by threads of the process that has one to run.
PORTAL_ERRANDS = "celery" if REDIS_URL else "here"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# An errand is a hint to look at a row: one that is lost with its worker is found by the sweep.
CELERY_TASK_ACKS_LATE = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
# How long the thread of an errand waits for a broker that is away or hangs: the row is written, and somebody finds it.
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

# --- Who may come in -----------------------------------------------------------------------------------------------

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["accounts.hashing.BoundedArgon2"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.NotGuessable"}]

_prefix = "__Host-" if _SECURE else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_prefix}language"
BROWSER_COOKIE_NAME = f"{_prefix}browser"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _SECURE
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = policy.SESSION_LIFE
SESSION_ENGINE = "accounts.keeping"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- What every answer says ----------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = _SECURE
# Django looks for a middleware of its own; ours says X-Frame-Options on every answer.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
SECURE_REDIRECT_EXEMPT = [r"^health/"]
# A demo's host has other things to serve on other days, some by plain http.
SECURE_HSTS_SECONDS = int(policy.HSTS_LIFE.total_seconds()) if _SECURE and not PORTAL_DEMO else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _SECURE
# "no-referrer" would make browsers send "Origin: null" with our own forms, and the CSRF check would refuse them.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PORTAL_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
# Of the pages that hold keys, on whichever host: nothing is loaded but what they need, and nothing is sent by a form.
AUTHENTICATOR_SECURITY_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "manifest-src": [SELF],
    "worker-src": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
    "form-action": [NONE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

# --- Languages -----------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
# Dates of the administration: "1:31 p.m." without a zone is worth nothing in a record.
FORMAT_MODULE_PATH = "portal.formats"
TIME_ZONE = env.str("PORTAL_TIME_ZONE", default="UTC")

# --- Logs and figures ----------------------------------------------------------------------------------------------

# "line" for people, "json" for whatever collects them.
_LOG_FORMAT = env.str("PORTAL_LOG_FORMAT", default="line")
if _LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("PORTAL_LOG_FORMAT must be line or json.")
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
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": _LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "portal": {"level": env.str("PORTAL_LOG_LEVEL", default="WARNING" if PORTAL_DEMO else "INFO")},
        # A refused door or host is not an accident, and anybody can cause one.
        "django.security": {"level": "CRITICAL"},
        "django.request": {"level": "ERROR"},
        "django.channels.server": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
    },
}
