"""The machines of this room as tables. Moves that are not here do not exist."""

from __future__ import annotations

from accounts.lifecycle import machine

# A sign-in that an application asks for at a person's phone. What the phone says decides; the application takes the
# answer once.
PHONE_SIGN_IN = machine(
    "pending",
    approve=("pending", "approved"),
    deny=("pending approved", "denied"),
    use=("approved", "used"),
    lapse=("pending approved", "expired"),
)

# Something that an application asks one or two people to approve. Any change of it is another one.
ACTION = machine(
    "pending",
    approve=("pending", "approved"),
    decline=("pending", "declined"),
    cancel=("pending", "cancelled"),
    lapse=("pending", "expired"),
)

# What one of the people who are asked says about it, once. An approval that is no longer meant lapses.
PART = machine(
    "waiting",
    approve=("waiting", "approved"),
    decline=("waiting", "declined"),
    lapse=("approved", "waiting"),
)

# A sign-in that a program without a browser has begun. Whoever types its code first has claimed it; what their phone
# says decides; the program uses the answer once.
DEVICE = machine(
    "fresh",
    claim=("fresh", "claimed"),
    approve=("claimed", "approved"),
    deny=("fresh claimed approved", "denied"),
    use=("approved", "used"),
    lapse=("fresh claimed approved", "expired"),
)
