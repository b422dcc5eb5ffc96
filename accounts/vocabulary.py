"""What log collectors call what we record: the names of the OWASP Application Logging Vocabulary (R-79).

A table, so that a new kind of event without a name is a red test and not a gap in somebody's alarms.
"""

from __future__ import annotations

from typing import Final

LOGIN, LOGIN_FAILED, LOGIN_LOCKED = "authn_login_success", "authn_login_fail", "authn_login_lock"
PASSWORD, PASSWORD_FAILED = "authn_password_change", "authn_password_change_fail"
BOUND, REVOKED, REUSED = "authn_token_created", "authn_token_revoked", "authn_token_reuse"
REFUSED, CHANGED, ADMIN = "authz_fail", "authz_change", "authz_admin"
ENDED, SEQUENCE, INPUT, TOO_MUCH = (
    "session_expired",
    "sequence_fail",
    "input_validation_fail",
    "excess_rate_limit_exceeded",
)
MADE, UPDATED, DELETED = "user_created", "user_updated", "user_deleted"
# Names of our own, in the same form, for what the vocabulary has none: one factor of several was right; what was
# carried to somebody.
FACTOR, SENT, SENT_NOT = "authn_factor_success", "message_sent", "message_fail"

# By kind, or by all before its dot: what it is called where it went well, and where it was refused.
_NAMES: Final = {
    "account": (ADMIN, REFUSED),
    "account.dormant": (LOGIN_LOCKED, REFUSED),
    "account.lock": (LOGIN_LOCKED, REFUSED),
    "account.unlock": (CHANGED, REFUSED),
    "account.wake": (CHANGED, REFUSED),
    "action": (FACTOR, REFUSED),
    "action.cancel": (SEQUENCE, SEQUENCE),
    "action.propose": (BOUND, REFUSED),
    "action.receipt": (BOUND, SEQUENCE),
    "activation": (BOUND, SEQUENCE),
    "activation.disown": (REVOKED, SEQUENCE),
    "alarm": (REUSED, REUSED),
    "application": (ADMIN, REFUSED),
    "application.client": (LOGIN, LOGIN_FAILED),
    "application.consent": (CHANGED, REFUSED),
    "application.disowned": (REUSED, REUSED),
    "application.enter": (LOGIN, SEQUENCE),
    "application.leave": (ENDED, REFUSED),
    "application.ping": (SENT, SENT_NOT),
    "application.reuse": (REUSED, REUSED),
    "application.revoke": (REVOKED, REFUSED),
    "backchannel": (BOUND, LOGIN_FAILED),
    "backchannel.sign-in": (LOGIN, SEQUENCE),
    "caller": (ADMIN, REFUSED),
    "caller.disowned": (REUSED, REUSED),
    "challenge": (BOUND, LOGIN_FAILED),
    "challenge.approve": (FACTOR, SEQUENCE),
    "challenge.deny": (LOGIN_FAILED, LOGIN_FAILED),
    "code": (BOUND, LOGIN_FAILED),
    "code.check": (FACTOR, LOGIN_FAILED),
    "device": (BOUND, LOGIN_FAILED),
    "device.approve": (FACTOR, SEQUENCE),
    "device.sign-in": (LOGIN, SEQUENCE),
    "delivery": (SENT, SENT_NOT),
    "factor": (FACTOR, REFUSED),
    "joint": (CHANGED, REFUSED),
    "key": (UPDATED, LOGIN_FAILED),
    "key.activate": (BOUND, SEQUENCE),
    "key.end": (REVOKED, REFUSED),
    "key.lock": (LOGIN_LOCKED, LOGIN_LOCKED),
    "key.replace": (REVOKED, SEQUENCE),
    "key.revoke": (REVOKED, REFUSED),
    "key.stop": (REVOKED, REUSED),
    "key.surrender": (REVOKED, SEQUENCE),
    "login.begin": (FACTOR, LOGIN_FAILED),
    "login.cancel": (ENDED, SEQUENCE),
    "login.claim": (LOGIN, SEQUENCE),
    "notice": (SENT, SENT_NOT),
    "passcode": (BOUND, LOGIN_FAILED),
    "passcode.end": (REVOKED, SEQUENCE),
    "passcode.use": (FACTOR, LOGIN_FAILED),
    "passkey": (UPDATED, LOGIN_FAILED),
    "passkey.add": (BOUND, SEQUENCE),
    "passkey.copied": (REUSED, REUSED),
    "passkey.end": (REVOKED, REFUSED),
    "passkey.use": (FACTOR, LOGIN_FAILED),
    "password": (PASSWORD, PASSWORD_FAILED),
    "password.check": (FACTOR, LOGIN_FAILED),
    "password.forgotten": (BOUND, TOO_MUCH),
    "permit": (BOUND, LOGIN_FAILED),
    "phone": (UPDATED, REFUSED),
    "phone.verify": (BOUND, LOGIN_FAILED),
    "portal.accident": ("sys_crash", "sys_crash"),
    "portal.restore": ("sys_restart", "sys_crash"),
    "portal.rotate": (CHANGED, "crypt_decrypt_fail"),
    "prefix": (CHANGED, TOO_MUCH),
    "proposal": (ADMIN, REFUSED),
    "push": (UPDATED, INPUT),
    "record": ("sensitive_delete", "sensitive_delete"),
    "recovery": (BOUND, LOGIN_FAILED),
    "recovery.use": (FACTOR, LOGIN_FAILED),
    "refusal": (ADMIN, REFUSED),
    "sealed": (BOUND, LOGIN_FAILED),
    "sealed.use": (FACTOR, LOGIN_FAILED),
    "secret": ("crypt_decrypt_fail", "crypt_decrypt_fail"),
    "session": (ENDED, REFUSED),
    "texts": (UPDATED, REFUSED),
    "totp": (UPDATED, LOGIN_FAILED),
    "totp.add": (BOUND, SEQUENCE),
    "totp.check": (FACTOR, LOGIN_FAILED),
    "totp.close": (LOGIN_LOCKED, LOGIN_LOCKED),
    "totp.end": (REVOKED, REFUSED),
    "user.delete": (DELETED, REFUSED),
    "user.edit": (UPDATED, REFUSED),
    "user.make": (MADE, REFUSED),
}

# What staff must see soon: each writes a line `ALERT` to the log, too.
ALERTS = (
    *("alarm.raise", "application.disowned", "application.reuse", "caller.disowned", "key.stop", "passkey.copied"),
    *("portal.accident", "prefix.close", "proposal.disowned", "secret.unreadable"),
)


def named(kind: str, *, ok: bool) -> str:
    """The vocabulary's name of an event of ours. Raises KeyError for a kind that has none."""
    names = _NAMES.get(kind) or _NAMES[kind.partition(".")[0]]
    return names[0 if ok else 1]
