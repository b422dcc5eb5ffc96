"""Every number about applications and what they are given, once, each with its reason."""

from __future__ import annotations

from datetime import timedelta

# RFC 6749, section 4.1.2: ten minutes at most. The application's own server asks within seconds.
CODE_LIFE = timedelta(seconds=60)
# What an application may do is asked for again that often; a session that ends is noticed by then (RFC 9700, 2.2).
ACCESS_TOKEN_LIFE = timedelta(minutes=10)
# An application that nobody has used for so long asks its person anew; each use gives it a new one.
REFRESH_TOKEN_LIFE = timedelta(days=30)
# A new signing key is published so long before it signs, and an old one after it: clients keep the list for that time.
KEYS_KEPT_BY_CLIENTS = timedelta(hours=1)
