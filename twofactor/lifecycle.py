"""The machines of this room as tables. Moves that are not here do not exist."""

from __future__ import annotations

from accounts.lifecycle import machine

# A question put to a key. The first move out of `pending` decides, once, whatever way it came.
CHALLENGE = machine(
    "pending",
    approve=("pending", "approved"),
    deny=("pending", "denied"),
    supersede=("pending", "superseded"),
    fail=("pending", "failed"),
    lapse=("pending", "expired"),
)

# A code shown at the desk. `confirm` stands between the phone's proof and the key only where the operator demands it.
ACTIVATION = machine(
    "fresh",
    claim=("fresh", "claimed"),
    ask=("claimed", "confirm"),
    use=("claimed confirm", "used"),
    burn=("fresh claimed confirm", "burned"),
    lapse=("fresh claimed confirm", "expired"),
)

# One person's key on one authenticator.
KEY = machine(
    "pending",
    activate=("pending", "active"),
    replace=("active locked", "replaced"),
    lock=("active", "locked"),
    revoke=("pending active locked", "revoked"),
)
