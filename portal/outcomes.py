"""What the record of events says of sign-ins: how its kinds count, for the metrics and for the page of the staff."""

from __future__ import annotations

from typing import Final

from twofactor.models.factors import KEY, PASSCODE, PASSKEY, RECOVERY, TEXT, TOTP

BEGUN, DONE, WRONG, DENIED, CANCELLED, LAPSED = "begun", "completed", "wrong", "denied", "cancelled", "lapsed"
PASSWORD = "password"  # noqa: S105 - the name of a factor
# As `login.claim` writes them in `by`.
FACTORS: Final = (KEY, PASSKEY, TOTP, TEXT, RECOVERY, PASSCODE, PASSWORD)

# By kind and outcome of an event: what became of a sign-in, and with which factor; "": as the event itself says.
OUTCOMES: Final = {
    ("login.begin", "ok"): (BEGUN, PASSWORD),
    ("login.claim", "ok"): (DONE, ""),
    ("login.claim", "refused"): (LAPSED, ""),
    ("login.cancel", "ok"): (CANCELLED, ""),
    ("challenge.deny", "ok"): (DENIED, KEY),
    ("challenge.number", "refused"): (WRONG, KEY),
    ("challenge.pin", "refused"): (WRONG, KEY),
    ("challenge.response", "refused"): (WRONG, KEY),
    ("code.check", "refused"): (WRONG, TEXT),
    ("passcode.use", "refused"): (WRONG, PASSCODE),
    ("passkey.use", "refused"): (WRONG, PASSKEY),
    ("password.check", "refused"): (WRONG, PASSWORD),
    ("recovery.use", "refused"): (WRONG, RECOVERY),
    ("totp.check", "refused"): (WRONG, TOTP),
}


def of_event(kind: str, outcome: str, by: str) -> tuple[str, str] | None:
    """What became of a sign-in, and its factor ("none" where there is no one); None: this event speaks of no sign-in.

    SECURITY: `by` holds names of staff in other events, so nothing but our own words comes out.
    """
    found = OUTCOMES.get((kind, outcome))
    if found is None:
        return None
    became, factor = found
    factor = factor or by
    return became, factor if factor in FACTORS else "none"
