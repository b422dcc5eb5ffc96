"""Texts, calls, mail and notifications: who carries them, where to, and for how much."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from accounts.reading import prices
from portal.settings.base import PORTAL_BASE_URL, PORTAL_DEMO, env
from twofactor.protocol.webpush import Sender

# The demo's messages go no further than its virtual phone, so it may serve more than one country.
_DEMO_COUNTRIES = "AU CA CN DE ES FR GB IE IN IT JP KR MO MY NL NZ PH SG TH TW US"

# --- Texts, calls and mail: who carries them, where to, and for how much ---------------------------------------------

# Carriers in the order in which they are tried: demo, console, http, twilio, apprise.
PORTAL_CARRIERS = env.list("PORTAL_CARRIERS", default=["demo"] if PORTAL_DEMO else [])
if "demo" in PORTAL_CARRIERS and not PORTAL_DEMO:
    raise ImproperlyConfigured("PORTAL_CARRIERS names demo: its texts go nowhere but to the demo's virtual phone.")
# The portal's own country, and which others may be sent to: closed but for these (P-20).
PORTAL_COUNTRY = env.str("PORTAL_COUNTRY", default="HK" if PORTAL_DEMO else "").upper()
PORTAL_COUNTRIES = frozenset(
    country.strip().upper()
    for country in [
        PORTAL_COUNTRY,
        *env.list("PORTAL_COUNTRIES", default=_DEMO_COUNTRIES.split() if PORTAL_DEMO else []),
    ]
    if country
)
# Whether a person with an active key may keep texts as a second way to sign in (decision 7).
PORTAL_TEXTS_WITH_KEY = env.bool("PORTAL_TEXTS_WITH_KEY", default=True)
# Whether texts that rest for a key let a person in whose phone is gone; never where PORTAL_TEXTS_WITH_KEY is off.
PORTAL_TEXTS_RECOVER = env.bool("PORTAL_TEXTS_RECOVER", default=True)
# What a text and a call cost, by country ("*": all others), and the most a day may cost: in the operator's money.
PORTAL_TEXT_PRICES = env.dict("PORTAL_TEXT_PRICES", cast=prices, default={"*": 0.05})
PORTAL_CALL_PRICES = env.dict("PORTAL_CALL_PRICES", cast=prices, default={"*": 0.15})
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
    try:
        vars().update(env.email_url_config(PORTAL_MAIL_URL))  # type: ignore[no-untyped-call]
    except (ValueError, ImproperlyConfigured):
        # SECURITY: it has a password, and what the library says of it may quote that.
        raise ImproperlyConfigured("PORTAL_MAIL_URL must be as smtp+tls://user:password@mail.example:587.") from None
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
    except ValueError as _problem:
        raise ImproperlyConfigured(f"PORTAL_VAPID_KEY is {_problem}: make one with manage.py vapid_key.") from None
    PORTAL_CARRIERS = [*PORTAL_CARRIERS, "webpush"]
else:
    PORTAL_VAPID = None
