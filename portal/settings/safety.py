"""Who may come in, and what every answer says to the browser."""

from __future__ import annotations

from csp.constants import NONE, SELF

from accounts import policy
from portal.settings.base import PORTAL_DEMO, PORTAL_IS_SECURE, PORTAL_PROXIES

# --- Who may come in -----------------------------------------------------------------------------------------------

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["accounts.hashing.BoundedArgon2"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.NotGuessable"}]

_prefix = "__Host-" if PORTAL_IS_SECURE else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_prefix}language"
BROWSER_COOKIE_NAME = f"{_prefix}browser"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PORTAL_IS_SECURE
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = policy.SESSION_LIFE
SESSION_ENGINE = "accounts.keeping"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- What every answer says ----------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = PORTAL_IS_SECURE
# Django looks for a middleware of its own; ours says X-Frame-Options on every answer.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
SECURE_REDIRECT_EXEMPT = [r"^health/"]
# A demo's host has other things to serve on other days, some by plain http.
SECURE_HSTS_SECONDS = int(policy.HSTS_LIFE.total_seconds()) if PORTAL_IS_SECURE and not PORTAL_DEMO else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PORTAL_IS_SECURE
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
