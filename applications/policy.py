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

# OpenID CIBA Core 1.0, section 7.3. An application may ask for less time than a question lives, and not for so little
# that nobody finds their phone.
BACKCHANNEL_LIFE = timedelta(minutes=5)
BACKCHANNEL_LIFE_SHORTEST = timedelta(seconds=30)
# So long before its end the phone is no longer asked: an answer in the last moment can still be fetched.
BACKCHANNEL_FETCHED_WITHIN = timedelta(seconds=10)
# Seconds between two questions of the application (section 7.3: 5), 5 more for whoever asks too soon (section 11), and
# how much too soon a question may arrive that left in time.
BACKCHANNEL_INTERVAL = 5
BACKCHANNEL_SLOWER = 5
# However often it asks too soon: a column of the database ends somewhere, and so does the patience of its person.
BACKCHANNEL_SLOWEST = 60
BACKCHANNEL_SLACK = timedelta(seconds=1)
# Characters of a binding message: what fits on one line of a phone, to be compared with another screen.
BINDING_MESSAGE_LONGEST = 64
# Section 7.1: at most 1024 characters; and bits enough that it cannot be guessed are the application's care.
NOTIFICATION_TOKEN_LONGEST = 1024
HINT_LONGEST = 4096
# What one application asks of all people, and what it asks by one hint, whether somebody is behind that or not.
BACKCHANNEL_APPLICATION = (Limit("backchannel-application/10m", 3000, 600),)
BACKCHANNEL_HINT = (Limit("backchannel-hint/10m", 20, 600),)
# "That was not me": so long the application asks this person nothing more. As a browser is refused (P-09).
APPLICATION_REFUSED = timedelta(hours=24)
# A ping that nobody takes: when it is tried again. The application may ask all the same, so it is not tried for long.
PING_WAITS = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=40))
PING_TOTAL = 5.0
PING_LEASE = timedelta(seconds=15)

# What an application may ask to be approved, in what a person can still read on a phone: a title, and facts of a label
# and a value each. A batch of payments is its total and its payees.
TITLE_LONGEST = 120
FACTS_MOST = 30
LABEL_LONGEST = 40
VALUE_LONGEST = 200
IDEMPOTENCY_LONGEST = 64
ACTION_BODY_LONGEST = 16 * 1024
# How long people have: as long as a question to a phone lives, or up to a day, in which they are asked anew.
ACTION_LIFE = timedelta(minutes=5)
ACTION_LIFE_SHORTEST = timedelta(seconds=60)
ACTION_LIFE_LONGEST = timedelta(hours=24)
# Actions that one application asks for, of all people, and of one person or account.
ACTIONS_APPLICATION = (Limit("actions-application/10m", 3000, 600),)
ACTIONS_PERSON = (Limit("actions-person/10m", 20, 600),)
# Questions of one action to one phone: the first, and "ask again" on its page.
QUESTIONS_AN_ACTION = 5
# What came to nothing stays so long for whoever asks what happened.
ASKED_KEPT = timedelta(days=7)

# RFC 8628. From the first request to the tokens: long enough to fetch a phone, sign in on it and type eight letters;
# short because every code that is alive may be guessed, and may be sent to somebody who did not ask for it.
DEVICE_LIFE = timedelta(minutes=10)
# Seconds between two questions of the program (section 3.5: 5, and 5 more for whoever asks too soon, up to a minute),
# and how much too soon a question may arrive that left in time.
DEVICE_INTERVAL = 5
DEVICE_SLOWER = 5
DEVICE_SLOWEST = 60
DEVICE_SLACK = timedelta(seconds=1)
# 8 characters of five bits: 40 bits, where section 6.1 asks for 34. With 1,000 codes alive, which is the most that one
# application has, one guess in a billion hits any of them.
USER_CODE_LENGTH = 8
# Wrong codes of one person, and from one address (IPv6: its /64).
USER_CODE_PERSON = (Limit("user-code/10m", 5, 600), Limit("user-code/1h", 20, 3600))
USER_CODE_ADDRESS = (Limit("user-code-address/10m", 20, 600),)
# Sign-ins that devices begin from one address (an office of many behind one), from the neighbours of an IPv6 address
# (its /48: otherwise one customer of a provider uses up what everybody shares), and at one application.
DEVICE_ADDRESS = (Limit("device-address/10m", 20, 600),)
DEVICE_NEIGHBOURS = (Limit("device-neighbours/10m", 60, 600),)
DEVICE_APPLICATION = (Limit("device-application/10m", 1000, 600),)
