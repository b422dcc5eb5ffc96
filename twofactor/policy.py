"""Every number about keys, challenges and activations, once, each with its reason."""

from __future__ import annotations

from datetime import timedelta

from accounts.overrides import own
from accounts.policy import TRACES_KEPT, Limit

# Decision 11. One life for tap, number and manual alike: short prompts are the loudest complaint about other systems,
# and NIST SP 800-63B-4 3.1.3.2 allows ten minutes.
CHALLENGE_LIFE = timedelta(minutes=5)
# P-10. Bytes of what a key signs to show that its answer is new (ASVS 5.0 6.7.2 asks for 8 at least).
NONCE_BYTES = 32
# P-13. Three challenges for one sign-in, three responses for one challenge (typed at the desk or signed on the phone).
CHALLENGES_A_LOGIN = 3
RESPONSES_A_CHALLENGE = 3
# P-06. A wrong number is a slip once; twice it is somebody who cannot see the desk.
NUMBERS_A_CHALLENGE = 2
# In the networks of so many finished sign-ins a sign-in is nothing new.
NETWORKS_KNOWN = 50
# Protocol section 1. A key never gets the same question again within this time, so no old response fits a new one.
QUESTION_REST = timedelta(days=30)

# P-07. Notifications without a finished sign-in in between; a finished one clears them (decision 18).
NOTIFICATIONS = own("NOTIFICATIONS", (Limit("notify/10m", 3, 600), Limit("notify/24h", 10, 86_400)))
# Tests from the key's page are asked for by somebody who is signed in; they take nothing from the sign-ins' budget.
TESTS = (Limit("test/1h", 10, 3600),)
# What somebody who is signed in, or the support desk, asks the phone for beside sign-ins: a session in wrong hands must
# not use up those.
ACTIONS = own("ACTIONS", (Limit("action/10m", 3, 600), Limit("action/24h", 10, 86_400)))
# Notifications that one application may cause with one person, and all of them together. They take nothing from the
# person's own sign-ins: who may ask for a payment must not be able to shut the door.
ASKED_BY_ONE = own("ASKED_BY_ONE", (Limit("asked-one/10m", 5, 600), Limit("asked-one/24h", 30, 86_400)))
ASKED_BY_ALL = own("ASKED_BY_ALL", (Limit("asked-all/10m", 10, 600), Limit("asked-all/24h", 60, 86_400)))
# P-07. "Send again" for one challenge: sooner than this, the first one may still be on its way.
RESEND_GAP = timedelta(seconds=30)
# P-08. After so many challenges in a row that were refused or left to expire, nothing is sent for an hour: whoever
# knows the password cannot wear the owner out. Challenge and response stay.
IGNORED_IN_A_ROW = 3
NOTIFICATION_PAUSE = own("NOTIFICATION_PAUSE", timedelta(minutes=60))
# Decision 1. What makes a known browser carry the number all the same.
REFUSAL_REMEMBERED = timedelta(hours=24)
UNANSWERED_REMEMBERED = timedelta(minutes=10)

# P-32, decision 4. Characters of a PIN after NFKC, any printable: few, because only the portal can tell a right one.
# The authenticator judges them (`static/authenticator/pin.js`); the portal never sees one.
PIN_SHORTEST, PIN_LONGEST = 4, 6
# P-39. PBKDF2-HMAC-SHA-256 on the phone, and bytes of its salt (ASVS 5.0 appendix C; protocol section 3).
PIN_ROUNDS, PIN_SALT = 600_000, 16
# P-33. Wrong PINs of one key in a row: a wait from the fifth on, locked at the tenth. NIST SP 800-63B-4 3.2.10.
PIN_FREE = 5
PIN_WAIT = timedelta(seconds=30)
PIN_LOCKS = own("PIN_LOCKS", 10)
# Questions for changing or showing the PIN of one key. Each of them rests for 30 days (QUESTION_REST).
PIN_QUESTIONS = (Limit("pin-questions/1h", 20, 3600),)
# Wrong PINs given there to one key; unlike the row of failures, no sign-in of the owner ends this count.
PINS_WRONG = (Limit("pins-wrong/24h", 10, 86_400),)
# A statement that opens a sealed message is taken once, for as long as its `iat` would be accepted (twice the leeway).
OPENED_ONCE = (Limit("opened/6m", 1, 360),)
# Messages that the phone lists, and how long a notice is among them.
MESSAGES_LISTED = 20
MESSAGES_ALIKE = 3
MESSAGE_LIFE = timedelta(days=30)
# P-23. Wrong responses typed at desks in a row, after which that way is closed until the phone approves something
# itself. They come from whoever knows the password, so they never lock the key. NIST SP 800-63B-4 3.2.2: at most 100.
DESK_LOCKS = own("DESK_LOCKS", 50)

# Passkeys of one person: a laptop, a phone, a security key, and room for what comes next.
PASSKEYS_A_PERSON = 5
# Codes of an authenticator app (RFC 6238): secret in bytes as RFC 4226 section 4 recommends, digits, seconds of a step,
# and steps to each side that are accepted too, for clocks that differ (section 5.2: at most one for the network).
TOTP_BYTES = 20
TOTP_DIGITS = 6
TOTP_STEP = 30
TOTP_WINDOW = 1
# How long a new secret waits for the first code of the app.
TOTP_SETUP_LIFE = timedelta(minutes=10)
# P-23. Wrong codes in a row, after which it has to be set up anew; a browser that is known has as many again.
# NIST SP 800-63B-4 3.2.2: at most 100, so these two together.
TOTP_LOCKS = 50

# P-29, decision 5. Sixty bits for ten minutes, one claim.
ACTIVATION_LIFE = timedelta(minutes=10)
ACTIVATION_TRIES = 3
# Wrong activation codes, by address and on the whole site. A thousand guesses in ten minutes hit a live code among
# a thousand with a probability of 1e-12.
ACTIVATION_ADDRESS = own("ACTIVATION_ADDRESS", (Limit("activation-address/10m", 20, 600),))
ACTIVATION_SITE = own("ACTIVATION_SITE", (Limit("activation-site/10m", 1000, 600),))
# H11. How long the old phone's approval lets the browser that asked show codes for the new one.
MOVE_LIFE = timedelta(minutes=10)
# How long, after a move without the old phone, nobody changes how the person signs in. NIST SP 800-63B-4 4.2 wants the
# person to hear of it before it can do harm; so long its stop link works, too.
HOLD = timedelta(hours=24)
# P-30. The six digits that the phone shows and the desk types, where the operator demands it.
CONFIRM_LIFE = timedelta(minutes=2)
CONFIRM_TRIES = 3

# Protocol section 2.
BODY_LONGEST = 16 * 1024
LABEL_LONGEST = 64
PLATFORMS = ("android", "ios", "desktop", "other")
# One authenticator with more keys than this is not a person's.
KEYS_AN_AUTHENTICATOR = 16

# Seconds after which to come back when the database does not answer.
RETRY_DATABASE = 5

# FI-03. Seconds that Redis may take for a bell; it takes a thousandth. A thread of its own waits for it, and no page.
BELL_WAIT = 1.0
# How often a process says by the bell that it lives, and after how long a silence nobody is believed to hear.
BELL_BEAT = 2.0
BELL_SILENCE = 5.0
# Seconds after which a process that hears nothing tries again, at least; up to three times as many.
BELL_AGAIN = 0.2
# Seconds in which a server that is asked to end finishes what it has begun, and over which it sends sockets away.
DRAIN = 15.0
DRAIN_SPREAD = 2.0
# How often an open socket looks by itself while this process does not hear the others.
SOCKET_LOOKS_DEAF = 2.0
# But so many a second together at the most, as far as the time of SOCKET_LOOKS allows.
SOCKETS_LOOKING = 200

# P-46. Seconds between two looks of a page without a socket, a quarter more or less, until what it waits for is over.
POLL_BEAT = 2.0
# Decision 21, P-45. The ticket that lets a page open its socket, once.
TICKET_LIFE = timedelta(seconds=30)
TICKET_ONCE = Limit("ticket/1m", 1, 60)
# P-45. What one socket may say: frames, and bytes of one. The channel of a phone takes what the same statements may be
# by POST, because sixteen keys do not attach in four KiB; a page has nothing to say at all.
SOCKET_FRAMES = Limit("socket-frames/1m", 10, 60)
SOCKET_LONGEST = 4 * 1024
# P-45. Frames of every kind, and parts in which one arrives: above it the line is cut. A browser sends no pings, and
# what a phone says arrives in a dozen parts at the most; without a bound empty pings alone would fill a core.
SOCKET_PARTS = Limit("socket-parts/1m", 60, 60)
# P-45. Sockets at once, in one server process: of one waiting page, and from one address (IPv6: its /64). A phone with
# a key attached counts for the key, or an office behind one address would share ten. Whoever finds no room polls.
SOCKETS_PAGE = 3
SOCKETS_ADDRESS = own("SOCKETS_ADDRESS", 10)
SOCKETS_KEY = 10
# Sockets that one address may ask for, in one server process: each costs a signature to look at.
SOCKET_OPENINGS = own("SOCKET_OPENINGS", 120)
SOCKET_OPENINGS_WINDOW = 60
# Seconds from one statement that lets sockets in to the next, so that in a storm of pages each serves dozens and not
# two or three. Nobody sees it, and whoever comes alone does not wait.
SOCKETS_GATHER = 0.008
# How long a channel stays open to whoever has attached no key.
ATTACH_WITHIN = timedelta(seconds=30)
# Seconds after which an open socket looks again though no bell has rung. Less than the life of a ticket.
SOCKET_LOOKS = 25.0
# P-45. Seconds between two pings at most, and in which one is answered. Proxies end a line on which nothing was said
# for 60 seconds, unless they are told otherwise; Daphne has beats of its own, 20 and 30.
HEARTBEAT = 50
PING_WAIT = 20

# P-14, decision 8. One life for a code, however often it is sent again; NIST SP 800-63B-4 3.1.3.2 allows ten minutes.
CODE_LIFE = timedelta(minutes=5)
# Wrong codes for one sign-in or one confirmation. A new code does not refill them (3.1.3.2: regenerating SHALL NOT).
CODE_TRIES = 5
# P-15, decision 9. How long after the first, the second and every later text the next one may be asked for.
RESEND_WAITS = (timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=300))
# A call is at once after one wait, and again after the same: it rings for half a minute.
CALL_WAIT = timedelta(seconds=60)

# P-16. Texts that sign one person in at one number, however it is spelled. Browsers that are known to the person have
# as many again: whoever merely knows the password uses up none of those.
TEXT_NUMBER = own(
    "TEXT_NUMBER",
    (Limit("text-number/10m", 3, 600), Limit("text-number/1h", 5, 3600), Limit("text-number/24h", 10, 86_400)),
)
# Unlike the starts of sign-ins (decision 18) these count successes too: each of them costs money, and who owns the
# number at the other end of a pump can always type its codes.
# P-17. Texts for one person; from one address (IPv6: its /64), and how many different numbers.
TEXT_PERSON = own("TEXT_PERSON", (Limit("text-person/24h", 10, 86_400),))
TEXT_ADDRESS = own("TEXT_ADDRESS", (Limit("text-address/1h", 10, 3600),))
NUMBERS_ADDRESS = own("NUMBERS_ADDRESS", (Limit("numbers-address/1h", 5, 3600),))
NUMBER_SEEN = (Limit("number-seen/1h", 1, 3600),)
# Texts and calls that confirm one number, whoever asks: fewer than P-16 and P-18, and apart from the sign-ins, so that
# nobody shuts a stranger's sign-in by typing the stranger's number.
CONFIRM_NUMBER = own("CONFIRM_NUMBER", (Limit("confirm-number/10m", 3, 600), Limit("confirm-number/24h", 5, 86_400)))
CONFIRM_CALLS = own("CONFIRM_CALLS", (Limit("confirm-calls/24h", 3, 86_400),))
# The text that only shows that texts arrive takes nothing from those that let somebody in.
TEST_TEXT = (Limit("test-text/24h", 3, 86_400),)
# Notices by text have their own, so that codes asked for in a row cannot keep one from being sent.
NOTICE_NUMBER = (Limit("notice-number/1h", 6, 3600), Limit("notice-number/24h", 12, 86_400))
# Mails to one person. They cost nothing, and forty in a minute are read by nobody.
MAIL_PERSON = (Limit("mail-person/1h", 20, 3600),)
# What has really taken something away or added it is told whatever else was told: each kind has a count of its own at
# each place, which only the same change over and over fills.
CHANGES = frozenset(
    {
        "phone-changed",
        "phone-removed",
        "phone-ended",
        "texts-off",
        "texts-ended",
        "key-added",
        "key-first",
        "key-ended",
        "pin-changed",
        "password",
        "sealed-sent",
        "sealed-used",
        "locked",
        "unlocked",
        "woken",
        "sessions-ended",
        "key-locked",
        "key-tried",
        "details-changed",
        "key-given-up",
        "desk-proposed",
        "desk-cancelled",
        "moved",
        "not-me",
        "recovery-made",
        "recovery-used",
        "passcode-issued",
        "passcode-used",
        "passcode-ended",
        "refusal-lifted",
        "passkey-added",
        "passkey-ended",
        "passkey-locked",
        "others-ended",
        "totp-added",
        "totp-ended",
        "totp-closed",
        "application-copied",
    }
)
# Of these, what is done at the very phone in whose inbox the notice stands.
OWN_CHANGES = frozenset({"key-added", "key-first", "moved", "pin-changed"})
CHANGE_NOTICE = (Limit("change-notice/24h", 10, 86_400),)
# P-18. Calls have a budget of their own: a minute of a paid number costs many times a text. For one number of one
# person, and for one person whatever the numbers.
CALL_NUMBER = own("CALL_NUMBER", (Limit("call-number/1h", 3, 3600), Limit("call-number/24h", 5, 86_400)))
CALL_PERSON = own("CALL_PERSON", (Limit("call-person/24h", 5, 86_400),))
# P-19. Texts and calls of the whole site, and into one country.
CARRIED_SITE = own("CARRIED_SITE", (Limit("carried-site/1h", 500, 3600),))
CARRIED_COUNTRY = own("CARRIED_COUNTRY", (Limit("carried-country/1h", 100, 3600),))
# What is no sign-in may use half of that, and of the day's money: whoever signs in comes before whoever adds numbers.
ADDING_SITE = own("ADDING_SITE", (Limit("adding-site/1h", 250, 3600),))
ADDING_COUNTRY = own("ADDING_COUNTRY", (Limit("adding-country/1h", 50, 3600),))
ADDING_SHARE = 0.5
MONEY_DAY = 86_400
# P-21. A prefix that takes so many codes in an hour of which so few come back is somebody's pump: closed for a while.
PREFIX_WINDOW = timedelta(hours=1)
PREFIX_SENDS = own("PREFIX_SENDS", 20)
PREFIX_SHARE = 0.20
PREFIX_CLOSED = timedelta(hours=6)
# Sends that meet close it once.
PREFIX_CLOSING = (Limit("prefix-closing/6h", 1, 6 * 3600),)
# A number that has been confirmed for so long is its owner's and no pump's: its sign-ins go on.
PREFIX_TRUSTS = timedelta(days=1)
# A code that was sent within the last minute may still be on its way into the field.
PREFIX_GRACE = timedelta(seconds=60)

# P-47. How long a changed number serves neither recovery nor as the only factor, and how long a change can be stopped.
PHONE_HOLD = timedelta(hours=24)
# A number that waits for its confirmation: as long as a few codes sent again take, not as long as a session lasts.
UNCONFIRMED_LIFE = timedelta(minutes=15)
# Different numbers that one person may ask for within the window. Each of them warns the owner of the earlier one.
NEW_NUMBERS = 3
NEW_NUMBERS_WINDOW = timedelta(hours=1)

# What two people of the staff have decided about a factor waits this long, in which its owner can cancel it.
PROPOSAL_DELAY = timedelta(hours=24)
# A proposal that nobody has approved by then is forgotten.
PROPOSAL_LIFE = timedelta(days=7)
# What staff say about why: short enough for the record. A proposal has room for the whole story.
REASON_LONGEST = 64
STORY_LONGEST = 500
# AT-106. How long the code from the console serves, and how many wrong ones are compared.
PERMIT_LIFE = timedelta(minutes=30)
PERMIT_TRIES = 5

# The outbox. A lease is longer than any carrier may take; waits grow, and end with what is carried.
SEND_LEASE = timedelta(seconds=30)
SEND_WAITS = (
    timedelta(seconds=2),
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(seconds=40),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
SENDERS = 4
CARRIER_CONNECT = 3.0
CARRIER_TOTAL = 10.0
CARRIER_ANSWER_LONGEST = 64 * 1024
# What nobody has taken after this long is taken by whoever sweeps; the page offers other ways after it.
UNTAKEN = timedelta(seconds=10)
SLOW = timedelta(seconds=15)
# FI-25. Notices are carried for a day; a code never outlives itself.
NOTICE_LIFE = timedelta(hours=24)

# Seconds that a push service may take, and how long its messages may introduce us with one signature (RFC 8292:
# at most a day).
PUSH_TOTAL = 5.0
PUSH_INTRODUCED = timedelta(hours=12)
# Subscriptions that one key may bring: a phone renews a few times a day at most (AT-068).
SUBSCRIPTIONS = (Limit("subscription/1h", 20, 3600),)
# How long a phone that was off is still told that a question has ended.
PUSH_WITHDRAWN = timedelta(minutes=10)
# FI-11. After so long at one hop the desk names what may be wrong and puts the other way first.
PUSH_STAGES = (timedelta(seconds=10), timedelta(seconds=30))

# N13. A route (country and way) is failing when of its last messages of an hour so few arrived.
HEALTH_WINDOW = timedelta(hours=1)
HEALTH_LEAST = 5
HEALTH_SHARE = 0.5

# P-35. Codes on a sheet, and characters of each at five bits. NIST SP 800-63B-4 4.2.1.1 asks for 64 bits.
RECOVERY_CODES = 10
RECOVERY_LENGTH = 16
# At so few left the portal reminds of a new sheet.
RECOVERY_FEW = 3
# A sheet that nobody has proved: as long as writing it down takes.
SHEET_LIFE = timedelta(minutes=30)

# Two days in full, then ten in which it opens the way to a new phone and nothing else.
PASSCODE_FULL = timedelta(days=2)
PASSCODE_LIFE = timedelta(days=12)

# How long a person may say of an event that it was not them: after that, what it opened is over anyway.
DISOWN_WITHIN = TRACES_KEPT
