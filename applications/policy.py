"""Every number about applications and what they are given, once, each with its reason."""

from __future__ import annotations

from datetime import timedelta

from accounts.overrides import own
from accounts.policy import Limit

# RFC 6749, section 4.1.2: ten minutes at most. The application's own server asks within seconds.
CODE_LIFE = timedelta(seconds=60)
# What an application may do is asked for again that often; a session that ends is noticed by then (RFC 9700, 2.2).
ACCESS_TOKEN_LIFE = timedelta(minutes=10)
# An application that nobody has used for so long asks its person anew; each use gives it a new one.
REFRESH_TOKEN_LIFE = timedelta(days=30)
# A new signing key is published so long before it signs, and an old one after it: clients keep the list for that time.
KEYS_KEPT_BY_CLIENTS = timedelta(hours=1)
# How exactly the last use of an application is known: a write for each of its questions would be too many.
USE_NOTED_EVERY = timedelta(minutes=1)
# A request of an application waits so long for its person: a sign-in (P-01), with time to find the phone and to read.
ARRIVAL_LIFE = timedelta(minutes=30)

# Requests that an application's person brings with them, from one address (IPv6: its /64). An office of hundreds comes
# through one; a page that sends a browser round in circles is stopped within seconds.
ARRIVALS = own("ARRIVALS", (Limit("arrivals/5m", 300, 300),))
# Wrong secrets of applications, from one address. What is granted is not counted (decision 18), and neither are codes
# and tokens whose time is over: an application's server brings those of all its people.
STRANGERS = own("APPLICATION_STRANGERS", (Limit("application-strangers/5m", 60, 300),))

# A signing key that another one has followed verifies what it has signed: tokens of minutes, and the ID token that an
# application shows to sign its person out at the end of a session's day.
KEY_KEPT = timedelta(days=1)
# What is over stays so long for whoever asks what happened; the record keeps the rest (P-51).
VISIT_KEPT = timedelta(days=90)
# Nobody waits for it.
TIDY_EVERY = timedelta(hours=1)
