"""Every address of the portal, and which doors stand open by right."""

import re

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]

# Open to everybody: the sign-in, help, probes, the authenticator. A new one belongs into this list, with a reason.
OPEN = {
    "sign-in",
    "verify",
    "verify-manual",
    "verify-again",
    "verify-code",
    "verify-code-again",
    "verify-code-call",
    "verify-choose",
    "verify-passkey",
    "verify-totp",
    "verify-lost",
    "verify-lost-text",
    "verify-recovery",
    "verify-passcode",
    "verify-desk",
    "sign-in-cancel",
    "sign-in-status",
    "sign-in-finish",
    "set-language",
    "help",
    "help-article",
    "health-live",
    "health-ready",
    "activate-link",
    "authenticator",
    "authenticator-screens",
    "authenticator-manifest",
    "authenticator-worker",
    # Sets a cookie that opens nothing.
    "authenticator-mark",
    # Whoever gets a notice can stop what it tells of, signed in or not: the signed address is the permission.
    "phone-stop",
    "proposal-cancel",
    # Who has forgotten the password is not signed in, and neither page signs anybody in; the link is the permission.
    "password-forgotten",
    "password-new",
    # Carriers sign what they send.
    "carrier-report",
    "carrier-call",
    # Programs ask these, without any session: each looks for a secret, a code or a token.
    *("openid-configuration", "oauth-server", "oauth-keys", "oauth-token", "oauth-revoke", "oauth-userinfo"),
    *("oauth-device", "oauth-backchannel", "actions-propose", "actions-action", "actions-cancel"),
    # Whoever is not signed in is sent to the sign-in with the way back, if an application of ours has sent them.
    # And whoever is not signed in has nothing left to end.
    *("oauth-authorize", "oauth-logout", "oauth-logout-confirm"),
    "login",  # of the admin: it only leads to ours
}
# For somebody signed in by password alone, without a key.
UNVERIFIED = {"home", "security", "sessions", "session-end", "sessions-end"} | {
    # What happened concerns also those who have no second factor yet.
    *("activity", "activity-event", "activity-receipt", "activity-not-me"),
    # Who has a password alone signs in once more for a device.
    *("device", "device-one"),
    # An application says itself how strong a sign-in it wants; what it was given is taken back by anybody it is about.
    *("oauth-go-on", "applications", "application-revoke"),
}
ENROLMENT = {
    # A door of its own for staff; clients are sent on to the key.
    "enrolment-code",
    "security-key",
    "key-invite",
    "key-move",
    "key-status",
    "key-confirm",
    "key-not-me",
    "security-phone",
    "phone-confirm",
    "phone-again",
    "phone-call",
    "phone-drop",
    "phone-texts",
    "phone-test",
    "phone-remove",
    "security-passkeys",
    "passkey-add",
    "passkey-rename",
    "passkey-end",
    "security-totp",
    "totp-make",
    "totp-prove",
    "totp-end",
}
# Says what leads on while a new password is due, and nothing else.
ALWAYS = {"sign-out", "password-due"}
PASSWORD = {"password-change"}


def routes(patterns=None, prefix="", names=()):
    """Every route: its name, a concrete address for it, and whether it is the device's API."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route, (*names, pattern.app_name))
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", "/" + concrete(route), "authenticator-api" in route or "/api/" in route


ARGUMENTS = {
    "<slug:slug>": "pin",
    "<path:object_id>": "1",
    "<int:content_type_id>": "1",
    "<path:content_type_id>": "1",
    "<path:url>": "accounts/",
    "<slug:activation_id>": "A" * 22,
    "<slug:challenge_id>": "A" * 22,
    "<slug:kid>": "A" * 43,
    "<anything:rest>": "anything/at/all",
    "<slug:name>": "http",
    "<slug:delivery_id>": "A" * 22,
    "<slug:step>": "greet",
    "<str:signed>": "forged:1:x",
    "(?P<app_label>auth|accounts|twofactor)": "accounts",
    "(?P<url>.*)": "no/such/page",
}


def concrete(route):
    for argument, value in ARGUMENTS.items():
        route = route.replace(argument, value)
    route = re.sub(r"\(\?P<app_label>[^)]*\)", "accounts", route)
    route = re.sub(r"<[^>]*>", "1", route)
    return route.replace("^", "").replace("$", "").replace("\\Z", "")


ROUTES = sorted(set(routes()))
CLOSED = [(name, path) for name, path, is_api in ROUTES if name not in OPEN and not is_api]
