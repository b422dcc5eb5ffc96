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

# A passkey of a person. A counter that went back locks it: like a locked key it then signs nobody in, and still stands
# between a password and a session.
PASSKEY = machine(
    "active",
    lock=("active", "locked"),
    end=("active locked", "ended"),
)

# The secret that a person's authenticator app holds. It counts once a code of that app has been typed.
TOTP = machine(
    "new",
    prove=("new", "active"),
    drop=("new", "dropped"),
    end=("active", "ended"),
)

# What support may not do alone: take a last factor or a number away, or give a second passcode in a row. Of what is
# done at once `approve` and `execute` follow each other within one transaction.
PROPOSAL = machine(
    "proposed",
    approve=("proposed", "approved"),
    execute=("approved", "done"),
    cancel=("proposed approved", "cancelled"),
    lapse=("proposed approved", "lapsed"),
)

# A code that a console prints for the first key of somebody who administrates.
PERMIT = machine(
    "fresh",
    use=("fresh", "used"),
    burn=("fresh", "burned"),
)

# Where a phone can be woken. A manual sign-in makes it suspect, a push that arrives proves it, its service may end it.
SUBSCRIPTION = machine(
    "none",
    bring=("none new works suspect gone", "new"),
    forget=("new works suspect gone", "none"),
    prove=("new works suspect", "works"),
    doubt=("new works", "suspect"),
    end=("new works suspect", "gone"),
)

# A telephone number of a person. `retire` and `restore` are two ends of the 24 hours in which a change can be stopped.
PHONE = machine(
    "unverified",
    verify=("unverified", "verified"),
    drop=("unverified", "dropped"),
    retire=("verified", "retired"),
    restore=("retired", "verified"),
)

# A code that is carried to a phone by text or call. It is used once, and what was wrong counts.
CODE = machine(
    "live",
    use=("live", "used"),
    burn=("live", "burned"),
    replace=("live", "replaced"),
)

# One thing to carry: a row of the outbox, hop by hop. A carrier may report before we have noted that it took over, and
# a late "delivered" is better news than the failure before it.
DELIVERY = machine(
    "queued",
    take=("queued", "sending"),
    hand=("sending", "handed"),
    retry=("sending", "queued"),
    deliver=("queued sending handed failed", "delivered"),
    fail=("queued sending handed", "failed"),
)

# A sheet of recovery codes. `restore` is the other end of the 24 hours in which a change can be stopped.
SHEET = machine(
    "new",
    prove=("new", "active"),
    replace=("new active", "replaced"),
    revoke=("new active", "revoked"),
    restore=("replaced", "active"),
)

# A temporary passcode: shown to the caller until it has been typed once, good until it ends.
PASSCODE = machine(
    "issued",
    use=("issued", "used"),
    end=("issued used", "ended"),
)
