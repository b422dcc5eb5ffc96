"""P-27 to P-51: activations, PINs, secrets, sessions, and what is kept."""

from __future__ import annotations

from accounts import policy as people
from twofactor import policy
from twofactor.protocol import activation
from twofactor.reference.kinds import Number, budget, span

_STORIES = "tests/stories"
_POLICY = "tests/unit/test_policy.py"
KEPT = (
    Number(
        "P-27",
        "activation: the secret in the square",
        f"{5 * activation.LENGTH} bits, in the fragment",
        "at least 112 without a name (NIST 4.1.2.2)",
        "128 bits: the protocol has one string for eyes and cameras. It serves 10 min and one claim; a "
        "thousand guesses hit one of a thousand open codes with a probability of 1e-12",
        "tests/unit/test_activation_codes.py::test_a_code_is_the_first_sixty_bits_of_its_secret",
    ),
    Number(
        "P-28",
        "activation: the code that is typed",
        f"{activation.LENGTH} letters and digits, {5 * activation.LENGTH} bits",
        "at least 40 with a name (NIST 4.1.2.2); does not start below",
        "50 bits with the user name",
        "tests/unit/test_activation_codes.py::test_a_code_is_the_first_sixty_bits_of_its_secret",
    ),
    Number(
        "P-29",
        "activation: life and tries",
        f"{span(policy.ACTIVATION_LIFE)}, one claim, {policy.ACTIVATION_TRIES} wrong PINs burn it; wrong codes "
        f"{budget(policy.ACTIVATION_ADDRESS)} from an address, {budget(policy.ACTIVATION_SITE)} of all",
        "at most 10 min, once (NIST 4.1.2.2); warns above",
        "5 wrong codes burn it: no name is typed with one, so a wrong code is nobody's",
        f"{_STORIES}/test_activation_guesses.py::test_twenty_wrong_codes_close_an_address",
        ("ACTIVATION_ADDRESS", "ACTIVATION_SITE"),
    ),
    Number(
        "P-30",
        "activation: confirmed at the desk",
        f"6 digits, {span(policy.CONFIRM_LIFE)}, {policy.CONFIRM_TRIES} tries, with `PORTAL_ACTIVATION_CONFIRM`",
        "",
        "always: off by default, the desk says at once who took the code, with a way to disown it",
        f"{_STORIES}/test_activation_confirm.py::test_three_wrong_numbers_end_the_activation",
    ),
    Number(
        "P-31",
        "active keys of one person",
        "1, by the database",
        "",
        "",
        f"{_STORIES}/test_activation.py::test_the_database_refuses_a_second_active_key",
    ),
    Number(
        "P-32",
        "PIN",
        f"{policy.PIN_SHORTEST} to {policy.PIN_LONGEST} characters, any printable; a list of what is tried first",
        "at least 4, SHOULD 6 (NIST 3.2.10); warns below",
        "at least 6: nothing on the device can test it, and the portal locks at the tenth",
        f"{_POLICY}::test_the_authenticator_has_the_numbers_of_the_policy",
    ),
    Number(
        "P-33",
        "wrong PINs of one key in a row",
        f"from {policy.PIN_FREE} on a wait of {span(policy.PIN_WAIT)}, locked at {policy.PIN_LOCKS}",
        "at most 10 (NIST 3.2.10); does not start above",
        "",
        f"{_STORIES}/test_pins.py::test_the_tenth_locks_the_key",
        ("PIN_LOCKS",),
    ),
    Number(
        "P-34",
        "temporary password",
        f"{people.TEMPORARY_LENGTH} characters of 5 bits, {span(people.TEMPORARY_LIFE)}, once, not to keys younger "
        f"than {span(people.TEMPORARY_KEY_AGE)}, {budget(people.TEMPORARY_PERSON)}",
        "ASVS 6.4.1",
        "",
        f"{_STORIES}/test_sealed_use.py::test_it_ends_after_fifteen_minutes_however_late_it_was_opened",
    ),
    Number(
        "P-35",
        "recovery codes",
        f"{policy.RECOVERY_CODES} of {5 * policy.RECOVERY_LENGTH} bits, once each",
        "at least 64 bits (NIST 4.2.1.1); warns below",
        "",
        f"{_STORIES}/test_recovery_sheets.py::test_ten_codes_of_eighty_bits_are_shown",
    ),
    Number(
        "P-36",
        "length of passwords",
        f"{people.PASSWORD_SHORTEST} to {people.PASSWORD_LONGEST}",
        "at least 8 with a second factor, 15 without (NIST 3.1.1.2); warns below 8",
        "a person without a second factor reaches little more than its activation",
        f"{_STORIES}/test_password_step.py::test_a_password_of_256_signs_counts_to_the_last",
    ),
    Number(
        "P-37",
        "hash of passwords",
        f"Argon2id, {people.ARGON2_MEMORY_KIB:,} KiB, t={people.ARGON2_TIME}, p={people.ARGON2_LANES}, "
        "one a core at once",
        "at least that (OWASP); warns below",
        "46 MiB, t=1: OWASP's other equal choice, half the memory; whoever waits for an approval is not starved",
        f"{_STORIES}/test_password_step.py::test_hashes_cost_what_the_policy_says",
    ),
    Number(
        "P-38",
        "codes at rest",
        "HMAC-SHA-256 under the pepper, bound to purpose and row; codes by text are derived",
        "OWASP",
        "",
        f"{_STORIES}/test_activation_code.py::test_no_table_holds_it_in_any_form",
    ),
    Number(
        "P-39",
        "PIN on the phone",
        f"PBKDF2-HMAC-SHA-256, {policy.PIN_ROUNDS:,} rounds, {8 * policy.PIN_SALT}-bit salt",
        "at least 600,000 (ASVS appendix C); warns below",
        "",
        f"{_POLICY}::test_the_authenticator_has_the_numbers_of_the_policy",
    ),
    Number(
        "P-40",
        "session: unused, at most",
        f"{span(people.SESSION_IDLE)}, {span(people.SESSION_LIFE)}; staff {span(people.STAFF_SESSION_IDLE)}, "
        f"{span(people.STAFF_SESSION_LIFE)}",
        "SHOULD 1 h, 24 h (NIST 2.2.3); warns above",
        "what a page asks for by itself is no use",
        f"{_STORIES}/test_sessions.py::test_staff_are_signed_out_sooner",
        ("SESSION_IDLE", "SESSION_LIFE", "STAFF_SESSION_IDLE", "STAFF_SESSION_LIFE"),
    ),
    Number(
        "P-41",
        "a session's id",
        f"{people.SESSION_ID_LENGTH} characters of 36, new at both steps and when it is lifted",
        "at least 128 bits (ASVS 7.2.3)",
        "",
        f"{_POLICY}::test_the_id_of_a_session_is_as_long_as_the_policy_says",
    ),
    Number(
        "P-42",
        "age of the sign-in for a change",
        f"{span(people.FRESH)}; in the administration {span(people.STEP_UP)}",
        "ASVS 7.5.1",
        "",
        f"{_STORIES}/test_password_change.py::test_it_asks_for_a_fresh_sign_in",
    ),
    Number(
        "P-43",
        "browsers signed in at once",
        f"{people.SESSIONS_AT_ONCE}, the oldest ends and its owner is told",
        "ASVS 7.1.2",
        "",
        f"{_STORIES}/test_session_list.py::test_the_sixth_sign_in_ends_the_oldest_and_says_so",
        ("SESSIONS_AT_ONCE",),
    ),
    Number(
        "P-44",
        "browsers that skip the second factor",
        "none, and no setting for it",
        "SHALL NOT replace authentication (NIST 5.1)",
        f"a browser known for {span(people.KNOWN_BROWSER_LIFE)} at most makes a tap possible",
        f"{_STORIES}/test_remembered.py::test_no_cookie_takes_the_place_of_the_second_factor",
        ("KNOWN_BROWSER_LIFE",),
    ),
    Number(
        "P-45",
        "sockets",
        f"ticket {span(policy.TICKET_LIFE)}, once; {policy.SOCKET_LONGEST // 1024} KiB and "
        f"{budget((policy.SOCKET_FRAMES,))} inbound, pings and parts of frames included "
        f"{budget((policy.SOCKET_PARTS,))}; {policy.SOCKETS_PAGE} of one page, "
        f"{policy.SOCKETS_ADDRESS} from one address; a ping every {policy.HEARTBEAT} s, answered within "
        f"{policy.PING_WAIT} s",
        "",
        "the channel of a phone takes more bytes: the statements of all its keys",
        "tests/doors/test_socket_doors.py::test_a_ticket_is_good_for_half_a_minute",
    ),
    Number(
        "P-46",
        "looking without a socket",
        f"every {span(policy.POLL_BEAT)}, a quarter more or less",
        "",
        "150 looks: until what is waited for is over, which is a sign-in's ten minutes",
        f"{_POLICY}::test_the_pages_look_as_often_as_the_policy_says",
    ),
    Number(
        "P-47",
        "a changed number",
        f"{span(policy.PHONE_HOLD)} before it serves recovery or alone",
        "",
        "",
        f"{_STORIES}/test_phone_changes.py::test_for_a_day_the_codes_go_to_the_number_that_was_there_before",
    ),
    Number(
        "P-48",
        "forgotten accounts",
        f"after {span(people.DORMANT_AFTER)} without a sign-in and no factor, none without a code of the operator's",
        "90 d (CISA AA22-074A); warns above",
        "",
        f"{_STORIES}/test_dormant.py::test_a_forgotten_account_sets_up_no_factor_by_its_password",
        ("DORMANT_AFTER",),
    ),
    Number(
        "P-49",
        "our clock and the database's",
        f"warns above {span(people.CLOCK_WARNS)}, does not start above {span(people.CLOCK_STOPS)}",
        "Authelia: 3 s",
        "the time of the world is the operator's: no server of ours asks another one for it",
        "tests/unit/test_starting.py::test_a_clock_that_is_far_off_starts_nothing",
    ),
    Number(
        "P-50",
        "HSTS",
        f"{span(people.HSTS_LIFE)}, all names below",
        "1 year (ASVS 3.4.1)",
        "",
        "tests/unit/test_production.py::test_browsers_keep_to_https_for_a_year",
    ),
    Number(
        "P-51",
        "the record; what a sign-in leaves beside it",
        f"{span(people.RECORD_KEPT)}; {span(people.TRACES_KEPT)}",
        "NIST 4.1",
        "24 h for unfinished sign-ins: so long their owner may still say that it was somebody else",
        f"{_STORIES}/test_record_kept.py::test_what_is_old_is_removed_and_the_rest_still_holds",
    ),
)
