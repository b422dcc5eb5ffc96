"""Recovery codes that meet: one of them is used, once, by one sign-in."""

import re

from tests.services.moments import many
from tests.services.people import Desk

SHEET = "/security/recovery-codes/"
USED = (
    "SELECT count(*) FROM twofactor_recoverycode c JOIN twofactor_recoverysheet s ON s.id = c.sheet_id"
    " WHERE s.user_id = %s AND c.used_at IS NOT NULL"
)
SHEETS = "SELECT count(*) FROM twofactor_recoverysheet WHERE user_id = %s AND state = 'active'"
ENDED = "SELECT count(*) FROM accounts_login WHERE user_id = %s AND factor = 'recovery' AND state = 'consumed'"


def codes_of(owner):
    """From a fresh sign-in to ten codes that count."""
    codes = new_codes(owner)
    assert owner.desk.post(f"{SHEET}prove/", code=codes[0]).leads_to == SHEET
    return codes


def new_codes(owner):
    owner.desk.post(f"{SHEET}make/")
    owner.desk.get(SHEET)
    return re.findall(r"<li>([0-9A-Z-]{19})</li>", owner.desk.page)


def test_of_twenty_uses_of_one_recovery_code_one_signs_in(cluster, moments, new_owner):
    """AT-028, RC-16: at two desks at once, before two processes."""

    def scene():
        owner = new_owner()
        code, *_more = codes_of(owner)
        owner.forget()
        desks = [owner.desk, Desk(cluster)]
        for desk in desks:
            owner.begin(desk)
        return owner, code, *desks

    for owner, code, *desks in moments(scene, 3):
        typed = [desk.message("POST", "/sign-in/verify/recovery/", code=code) for desk in desks]
        answers = cluster.race(typed * (many(20) // 2))
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert cluster.one(USED, owner.pk) == 1
        assert cluster.one(ENDED, owner.pk) == owner.recorded("recovery.use") == owner.recorded("login.claim") == 1


def test_a_sheet_that_is_proved_ten_times_at_once_counts_once(cluster, moments, new_owner):
    """RC-16."""

    def scene():
        owner = new_owner()
        return owner, new_codes(owner)

    for owner, codes in moments(scene, 2):
        cluster.race([owner.desk.message("POST", f"{SHEET}prove/", code=code) for code in codes[: many(10)]])
        assert cluster.one(SHEETS, owner.pk) == owner.recorded("recovery.prove") == 1
        assert cluster.one(USED, owner.pk) == 0
