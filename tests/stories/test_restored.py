"""FI-24: a backup of an hour ago is put back. Everybody signs in again, and nothing that was used is good once more."""

from copy import deepcopy
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, KnownBrowser, OpenSession, User
from tests.factories import desk, finish, give_password, person, phone
from tests.pocket import Problem
from tests.stories.carried import NUMBER, OTHER, ask_number, by_key, code_to, press, stop_links, text_in, type_code
from tests.stories.forgetting import choose, link_for
from tests.stories.recovering import issued, sheet_of, type_passcode, type_recovery
from tests.stories.ways import approve, code_at, events, is_in, number_at, question_at, respond, sign_in
from twofactor import policy
from twofactor.models import Phone, PortalKey, Proposal, Totp
from twofactor.numbers import known as known_number
from twofactor.protocol import totp


def restored(*options):
    """The last step of putting a backup back; gives what it says."""
    said = StringIO()
    call_command("restored", *options, stdout=said)
    return said.getvalue()


class Backup:
    """The database as it stands, every row of every table, to be put back later."""

    def __init__(self):
        with connection.cursor() as cursor:
            self.tables = {name: self._rows(cursor, name) for name in connection.introspection.table_names(cursor)}

    @staticmethod
    def _rows(cursor, name):
        cursor.execute(f'SELECT * FROM "{name}"')
        return cursor.fetchall()

    def put_back(self):
        with connection.cursor() as cursor:
            for name in self.tables:
                cursor.execute(f'DELETE FROM "{name}"')
            cursor.execute("DELETE FROM sqlite_sequence")
            for name, rows in self.tables.items():
                signs = ", ".join(["%s"] * len(rows[0])) if rows else ""
                for row in rows:
                    cursor.execute(f'INSERT INTO "{name}" VALUES ({signs})', row)


def twin(browser):
    """Another browser with the same cookies: what a thief of them has, or whoever goes back in time."""
    other = desk()
    other.cookies = deepcopy(browser.cookies)
    return other


def test_everybody_signs_in_again(mara, pocket, known, here):
    sign_in(here, mara, pocket)
    epoch, backup = mara.auth_epoch, Backup()
    backup.put_back()
    assert is_in(here)
    said = restored()
    assert not is_in(here)
    assert not OpenSession.objects.exists()
    assert not KnownBrowser.objects.exists()
    assert User.objects.get(pk=mara.pk).auth_epoch >= epoch + 1000
    assert "Everybody signs in again" in said
    assert events("portal.restore") == [("ok", "")]
    sign_in(here, mara, pocket)


@pytest.mark.parametrize("step", [True, False])
def test_a_code_that_was_used_is_not_good_again(step, handset, eli, here):
    """And without the step it would be: that is what the step is for."""
    give_password(here, eli)
    code, before, backup = code_to(), twin(here), Backup()
    type_code(here, code)
    assert is_in(here)
    backup.put_back()
    if step:
        restored()
    type_code(before, code)
    assert is_in(before) is not step


def test_a_response_that_was_used_is_not_good_again(mara, pocket, here):
    give_password(here, mara)
    response, before, backup = pocket.respond(question_at(here), "24x7"), twin(here), Backup()
    respond(here, response)
    assert is_in(here)
    backup.put_back()
    restored()
    respond(before, response)
    assert not is_in(before)


def test_a_question_that_was_answered_is_not_answered_again(mara, pocket, here):
    give_password(here, mara)
    challenge, number, before, backup = pocket.challenge(), number_at(here), twin(here), Backup()
    approve(here, pocket)
    backup.put_back()
    restored()
    assert pocket.challenges() == []
    with pytest.raises(Problem) as refusal:
        pocket.approve(challenge, "24x7", number=number)
    assert refusal.value.code == "settled"
    finish(before)
    assert not is_in(before)


def test_an_activation_code_that_was_used_is_not_good_again(mara, here):
    give_password(here, mara)
    code, backup = code_at(here), Backup()
    backup.put_back()
    restored()
    with pytest.raises(Problem) as refusal:
        phone().claim(code)
    assert refusal.value.code == "code-unknown"


@pytest.mark.parametrize(("options", "good"), [((), False), (("--keep-recovery-codes",), True)])
def test_recovery_codes_are_void_unless_the_operator_knows(options, good, eli, both, here):
    """One may have been used since the backup; the log says which, and only the operator can read that."""
    by_key(here, eli, both)
    codes, backup = sheet_of(here), Backup()
    backup.put_back()
    restored(*options)
    browser = desk()
    give_password(browser, eli)
    type_recovery(browser, codes[3])
    assert is_in(browser) is good


def test_a_passcode_is_over(mara, pocket, here):
    code, backup = issued(here, mara, person("sol", is_staff=True)), Backup()
    backup.put_back()
    restored()
    browser = desk()
    give_password(browser, mara)
    type_passcode(browser, code)
    assert not is_in(browser)


def steps_now():
    """Those whose codes an app may show now, by its clock."""
    here = int(timezone.now().timestamp()) // policy.TOTP_STEP
    return range(here - policy.TOTP_WINDOW, here + policy.TOTP_WINDOW + 1)


def test_the_code_that_an_app_shows_may_have_been_used(one_clock, mara):
    """R-19: none of this minute is taken; the next one is."""
    row = Totp.begin(mara)
    secret = row._secret
    shown = {step: totp.code(secret, step) for step in steps_now()}
    assert row.prove(shown[min(shown) + 1])
    backup = Backup()
    backup.put_back()
    restored()
    row = Totp.objects.get()
    assert [row.take(code) for code in shown.values()] == [False] * len(shown)
    one_clock.shift((policy.TOTP_WINDOW + 1) * policy.TOTP_STEP)
    assert row.take(totp.code(secret, steps_now()[-2]))


def test_a_link_of_after_the_backup_names_nothing_of_now(handset, one_clock, eli, thief):
    """Links name rows by their numbers, and the database would give the same numbers out again."""
    backup = Backup()
    ask_number(thief, OTHER)
    (link,) = stop_links(NUMBER)
    backup.put_back()
    restored()
    browser = desk()
    text_in(browser, eli)
    ask_number(browser, OTHER)
    assert press(link).status_code in (404, 410)
    assert Phone.objects.filter(state="unverified").exists()


def test_a_link_to_a_new_password_of_after_the_backup_is_dead(handset, one_clock, mara):
    backup = Backup()
    link = link_for(one_clock, mara)
    backup.put_back()
    restored()
    choose(desk(), link)
    mara.refresh_from_db()
    assert not mara.check_password("four entirely different words")


def test_what_staff_had_proposed_is_not_done(mara, pocket):
    """Its owner may have cancelled it since."""
    key = PortalKey.objects.get()
    staff = person("sol", is_staff=True)
    Proposal.objects.create(user=mara, what="key", key=key, by=staff, reason="lost", state="approved")
    backup = Backup()
    backup.put_back()
    assert "proposals of staff: 1 ended." in restored()
    assert Proposal.objects.get().ended == "restored"


def test_it_says_from_when_on_things_are_lost(one_clock, mara, pocket):
    """Also when it is run once more, an hour later."""
    at = AuditEvent.objects.order_by("-at").first().at
    one_clock.shift(3600)
    assert f"The last event of this backup: {at:%Y-%m-%d %H:%M:%S} UTC" in restored()
    one_clock.shift(3600)
    assert f"The last event of this backup: {at:%Y-%m-%d %H:%M:%S} UTC" in restored()


def test_every_table_goes_on_with_numbers_of_its_own(mara, pocket):
    """Also one that was empty in the backup, and as often as it is run."""
    restored()
    restored()
    assert Phone.fresh(mara, known_number(NUMBER, "HK")).pk > 2_000_000
    assert person("dana").pk > 2_000_000
