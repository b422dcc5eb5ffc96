"""Every number about people, passwords and sign-ins in progress, once, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from accounts.overrides import own


@dataclass(frozen=True)
class Limit:
    """At most `count` events in `seconds`, counted from the first of them, for one subject.

    Several limits of one kind belong together in a tuple: an event needs room in all of them.
    """

    name: str
    count: int
    seconds: int


@dataclass(frozen=True)
class Backoff:
    """Free tries, then a wait that doubles: never permanent, so that a stranger cannot lock an owner out for good."""

    name: str
    free: int
    window: int
    longest: int

    def wait(self, count: int) -> int:
        """Seconds to wait after `count` failures in a row: 0 within the free ones, then 1, 2, 4 up to `longest`."""
        over = count - self.free
        return 0 if over < 0 else min(self.longest, 2 ** min(over, 30))


# P-01. One sign-in from the right password to the session. Challenges live five minutes (decision 11); ten leave room
# for a second one without typing the password again. NIST SP 800-63B-4 3.1.3.2 ends any out-of-band sign-in at 10 min.
LOGIN_LIFE = timedelta(minutes=10)
# P-03. The desk's page claims an approval by itself within a second; a minute covers a slow network and a reload.
CLAIM_LIFE = timedelta(seconds=60)
# P-04. Sign-ins in progress for one person; one more ends the oldest.
LOGINS_AT_ONCE = own("LOGINS_AT_ONCE", 3)
# P-05. Sign-ins that were started and not finished, for one person. A finished one clears them (decision 18).
STARTS = own("STARTS", (Limit("start/10m", 10, 600), Limit("start/24h", 60, 86_400)))

# P-25. Wrong passwords for one name. Browsers known to the person have a count of their own, so a stranger's
# tries never make the owner wait at their own browser. Ends by itself: the longest wait is 15 minutes.
PASSWORD = Backoff("password", free=5, window=900, longest=900)
# P-26. Wrong passwords from one address (IPv6: its /64) and on the whole site.
PASSWORD_ADDRESS = own("PASSWORD_ADDRESS", (Limit("password-address/5m", 20, 300),))
PASSWORD_SITE = own("PASSWORD_SITE", (Limit("password-site/5m", 1000, 300),))
# FI-22. A proxy that does not say whom it serves is told of once an hour, however often it does not.
PROXY_SILENT = (Limit("proxy-silent/1h", 1, 3600),)

# P-22. Wrong second factors of one person, whatever the factor, browser or address. Six digits with 50 tries a day
# leave 5 in 100,000 a day; eight digits with seven candidate steps, 3.5 in a million.
FACTOR_PERSON = own(
    "FACTOR_PERSON", (Limit("factor/5m", 5, 300), Limit("factor/1h", 20, 3600), Limit("factor/24h", 50, 86_400))
)
# P-24. Wrong second factors from one address (IPv6: its /64).
FACTOR_ADDRESS = own("FACTOR_ADDRESS", (Limit("factor-address/5m", 10, 300), Limit("factor-address/1h", 50, 3600)))

# P-36. With a second factor NIST asks for 8; we ask for 12, and hash nothing longer than 256.
PASSWORD_SHORTEST = 12
PASSWORD_LONGEST = 256

# Nothing longer is hashed, by whatever way it comes: 256 characters are 1 KiB at most.
PASSWORD_BYTES = 4096
# From so many characters on, of so many different ones, a new password is called strong.
PASSWORD_STRONG, PASSWORD_VARIED = 18, 9

# How long the link to a new password works (OWASP: short, and once), counted from when it was asked for.
RESET_LIFE = timedelta(minutes=30)
# Links that are asked for, for one person or unknown name; at a browser known to the person they count apart.
# The first window is the life of a link: whoever is refused has one in the mailbox that still works.
FORGOTTEN_NAME = (Limit("forgotten/30m", 3, 1800), Limit("forgotten/24h", 12, 86_400))
# ... from one address (IPv6: its /64), and on the whole site.
FORGOTTEN_ADDRESS = (Limit("forgotten-address/1h", 10, 3600),)
FORGOTTEN_SITE = (Limit("forgotten-site/1h", 300, 3600),)

# P-34, R-41. A temporary password from the press of the button on, however late it is opened; and for one person a day.
# Its key has been there for a day: who has just brought a phone gets no password with it.
TEMPORARY_LIFE = timedelta(minutes=15)
# 16 characters of five bits: 80 bits.
TEMPORARY_LENGTH = 16
TEMPORARY_PERSON = (Limit("temporary/24h", 3, 86_400),)
TEMPORARY_KEY_AGE = timedelta(hours=24)

# P-37, decision 20. Argon2id as OWASP has it: 23 ms of one core. Django's default costs nine times as much and would
# starve the answers of people who are already waiting.
ARGON2_MEMORY_KIB = 19_456
ARGON2_TIME = 2
ARGON2_LANES = 1
# A sign-in waits this long for a free core to hash on, then is asked to come back (503 with Retry-After).
HASH_WAIT = 1.0
HASH_RETRY_AFTER = 2
# So long a page may stand in line for a thread, and a sign-in for its core before that: whoever has waited longer has
# perhaps pressed the button again.
PAGE_LINE = 5.0

# P-40. Absolute life of a session in seconds, and how long it may lie unused. NIST SP 800-63B-4 2.2.3 asks for at most
# 24 hours and one hour. What a page asks for by itself is no use.
SESSION_LIFE = own("SESSION_LIFE", 12 * 3600)
SESSION_IDLE = own("SESSION_IDLE", 30 * 60)
# P-40. Both for staff: what they may do to others is worth more to a thief than a session of one client.
STAFF_SESSION_LIFE = own("STAFF_SESSION_LIFE", 8 * 3600)
STAFF_SESSION_IDLE = own("STAFF_SESSION_IDLE", 15 * 60)
# The session is written at most this often for being used.
SESSION_TOUCH = 60
# P-43. Where one person may be signed in at once; one more ends the oldest.
SESSIONS_AT_ONCE = own("SESSIONS_AT_ONCE", 5)
# P-42. How fresh a sign-in must be to change a factor.
FRESH = timedelta(minutes=5)
# AT-100. How fresh a sign-in by key must be for whatever staff change in the administration; reading goes on.
STEP_UP = timedelta(minutes=15)

# Decision 10. A browser that finished a sign-in is known for 90 days. Being known skips nothing: it only allows a tap.
KNOWN_BROWSER_LIFE = own("KNOWN_BROWSER_LIFE", timedelta(days=90))
# P-48. Who has no second factor and has not signed in for so long needs more than the password to set one up: a
# forgotten account with a guessed password would otherwise get a key of the guesser's (CISA AA22-074A).
DORMANT_AFTER = own("DORMANT_AFTER", timedelta(days=90))
# P-09. A browser and an address that a person disowned stay refused for them this long.
REFUSED_FOR = timedelta(hours=24)
# P-51. How long the record is kept, unless its operator must keep it longer or shorter (NIST SP 800-63B-4 section 4.1).
RECORD_KEPT = timedelta(days=400)
# P-51. What a sign-in, a text or an activation leaves behind beside the record: as long as its owner may say that it
# was somebody else.
TRACES_KEPT = timedelta(days=30)

# P-41. Characters of a session's id, each of 36 (Django's own): 165 bits, where ASVS 5.0 7.2.3 asks for 128.
SESSION_ID_LENGTH = 32
# P-49. How far our clock may be from the database's before a warning, and before the portal does not start: expiry is
# judged by the database's, so what pages say would not be so. Authelia warns from 3 seconds on.
CLOCK_WARNS = timedelta(seconds=3)
CLOCK_STOPS = timedelta(seconds=30)
# P-50. How long browsers keep to https, for all names below ours too (ASVS 5.0 3.4.1).
HSTS_LIFE = timedelta(days=365)

USERNAME_LONGEST = 64
NAME_LONGEST = 64
