"""The record tells of every change that was made behind the portal's back, and names the row (R-81)."""

import pytest
from django.db import connection

from accounts import chain
from accounts.checking import check
from accounts.models import AuditEvent, ChainMark
from tests.stories.records import TABLE, change, command, event, findings, raw, write

COLUMNS = {
    "name": "AAAAAAAAAAAAAAAAAAAAAA",
    "at": "2026-01-01 00:00:00",
    "kind": "login.claim",
    "outcome": "refused",
    "reason": "",
    "user_number": 4711,
    "username": "eli",
    "login_id": "AAAAAAAAAAAAAAAAAAAAAA",
    "browser": "Safari / macOS",
    "address": "203.0.113.9",
    "facts": '{"left": 9}',
    "before": "0" * 64,
    "mac": "f" * 64,
}


def test_a_record_that_nobody_touched_holds(mara):
    """R-81: the command says so in one sentence, with the count and the head."""
    write(3, mara)
    total = AuditEvent.objects.count()
    head = ChainMark.objects.get(pk="head")
    assert head.seq == total
    assert command("verify") == (0, f"The record holds: {total} events, the head is {head.seq}:{head.mac}.\n")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_named(db, column):
    """R-81: every column of an event counts, those of the chain too."""
    pks = write(4)
    change(pks[1], column, COLUMNS[column])
    assert findings() == [("changed", 2)]
    code, said = command("verify")
    assert code == 1
    assert f"Event {pks[1]}, place 2" in said


def test_every_column_is_tried(db):
    """What a later change adds to an event has to be a part of its link."""
    columns = {field.column for field in AuditEvent._meta.fields}
    assert columns == {*COLUMNS, "id", "seq", "user_id"}


def test_another_number_in_the_table_is_a_change(db):
    pks = write(3)
    raw(f"UPDATE {TABLE} SET id = 99999 WHERE id = %s", pks[1])
    assert findings() == [("changed", 2)]


def test_an_event_that_is_hung_on_another_person_is_named(mara, eli):
    """The activity page goes by this reference, and it is not what is linked: the two must agree."""
    pks = write(3, mara)
    change(pks[1], "user_id", eli.pk)
    assert [finding.id for finding in check().findings] == [pks[1]]
    change(pks[1], "user_id", None)
    assert [finding.id for finding in check().findings] == [pks[1]]


def test_what_cannot_be_read_any_more_is_named_too(db):
    pks = write(5)
    change(pks[2], "at", "no time at all")
    assert findings() == [("changed", 3)]
    assert "unreadable" in command("verify")[1]


@pytest.mark.parametrize(("gone", "missing"), [((0,), [1]), ((2,), [3]), ((1, 2), [2]), ((1, 3), [2, 4]), ((4,), [5])])
def test_a_deleted_event_is_missed(db, gone, missing):
    """R-81: the first, one in the middle, several, and the last, which the head remembers."""
    pks = write(5)
    for each in gone:
        raw(f"DELETE FROM {TABLE} WHERE id = %s", pks[each])
    assert findings() == [("missing", seq) for seq in missing]
    assert "Missing:" in command("verify")[1]


def test_events_that_have_changed_places_are_both_named(db):
    pks = write(5)
    change(pks[1], "seq", 999)
    change(pks[2], "seq", 2)
    change(pks[1], "seq", 3)
    assert findings() == [("moved", 2), ("moved", 3)]
    assert "was moved here from place 3" in command("verify")[1]


def test_an_event_that_was_put_elsewhere_leaves_no_other_riddle(db):
    pks = write(5)
    change(pks[1], "seq", 77)
    assert findings() == [("moved", 77)]


HINT = "perhaps the pepper of their time is missing from PORTAL_PEPPER_FALLBACKS"


def test_a_record_under_another_pepper_begins_with_what_may_be_missing(settings, db):
    """SECURITY: and is found all the same, for it may have been written by another hand."""
    write(12)
    right, settings.PORTAL_PEPPER = settings.PORTAL_PEPPER, b"another pepper, which is long enough"
    code, said = command("verify")
    assert code == 1
    assert said.startswith(f"No event holds: {HINT}")
    assert f"Event {AuditEvent.objects.order_by('seq').first().pk}, place 1" in said
    assert "The record does not hold" in said
    # What is recorded from then on holds.
    write(3)
    code, said = command("verify")
    assert code == 1
    assert said.startswith(f"None of 12 events in a row holds: {HINT}")
    settings.PORTAL_PEPPER_FALLBACKS = [right]
    assert HINT not in command("verify")[1]


def test_a_process_that_still_has_the_earlier_pepper_is_seen_too(settings, db):
    write(3)
    right, settings.PORTAL_PEPPER = settings.PORTAL_PEPPER, b"another pepper, which is long enough"
    write(10)
    settings.PORTAL_PEPPER = right
    code, said = command("verify")
    assert code == 1
    assert said.startswith(f"None of 10 events in a row holds: {HINT}")


@pytest.mark.parametrize("which", [[0], [4], [2, 3], [0, 4], [0, 2, 4]])
def test_some_changed_events_are_no_matter_of_the_pepper(db, which):
    """SECURITY: nobody who changes a few of them is given an excuse."""
    pks = write(5)
    for each in which:
        change(pks[each], "reason", "")
    code, said = command("verify")
    assert code == 1
    assert "pepper" not in said


def insert(seq, mac, name="BBBBBBBBBBBBBBBBBBBBBB"):
    raw(
        f"INSERT INTO {TABLE} (name, at, kind, outcome, reason, username, login_id, browser, facts, seq, before, mac)"
        " VALUES (%s, '2026-01-01 00:00:00', 'login.claim', 'ok', '', '', '', '', '{}', %s, %s, %s)",
        *(name, seq, "0" * 64, mac),
    )


def test_an_event_of_another_hand_is_not_linked(db):
    """SECURITY: what waits for its place was sealed by the portal, or it waits for ever."""
    write(2)
    insert(None, "e" * 64)
    write(2)
    assert findings() == [("unknown", None)]
    assert ChainMark.objects.get(pk="head").seq == 4


def test_an_event_that_was_put_behind_the_last_one_is_unknown_and_stops_nobody(db):
    write(2)
    insert(3, "e" * 64)
    assert findings() == [("unknown", 3)]
    write(2)
    assert findings() == [("unknown", 3)]
    raw(f"DELETE FROM {TABLE} WHERE seq = 3")
    assert findings() == []


@pytest.mark.parametrize("place", [0, -7])
def test_an_event_that_was_put_before_the_first_is_unknown(db, place):
    write(2)
    insert(place, "e" * 64)
    assert findings() == [("unknown", place)]


def test_an_event_that_is_written_a_second_time_is_unknown(db):
    """A copy of an event has its name, which there is but once; with another name it is not what was sealed."""
    pks = write(2)
    insert(None, chain.seal(event(pks[0])))
    assert chain.link() == 0
    assert findings() == [("unknown", None)]


def test_an_event_that_takes_the_place_of_another_is_named(db):
    pks = write(4)
    raw(f"DELETE FROM {TABLE} WHERE id = %s", pks[1])
    insert(2, "e" * 64)
    assert findings() == [("changed", 2)]


def test_the_end_cannot_be_cut_off_with_its_mark(db):
    """Neither by moving the mark to the event before, nor by taking it away: both were made with the pepper."""
    pks = write(4)
    raw(f"DELETE FROM {TABLE} WHERE id = %s", pks[3])
    last = event(pks[2])
    raw("UPDATE accounts_chainmark SET seq = %s, mac = %s WHERE name = 'head'", last.seq, last.mac)
    assert findings() == [("end", 3)]
    raw("DELETE FROM accounts_chainmark")
    assert findings() == [("end", None)]
    write(2)
    assert findings() == [("lost", 4)]


def test_a_record_without_its_beginning_and_with_a_mark_of_another_hand_does_not_hold(db):
    pks = write(4)
    raw(f"DELETE FROM {TABLE} WHERE id = %s", pks[0])
    raw("INSERT INTO accounts_chainmark (name, seq, mac, seal) VALUES ('start', 1, %s, %s)", "1" * 64, "2" * 64)
    assert findings() == [("end", 1), ("missing", 1)]


def test_a_head_that_was_noted_finds_what_the_database_cannot(db):
    """Who puts everything back to how it once was is caught by the head that stands elsewhere."""
    write(2)
    early = ChainMark.objects.values_list("seq", "mac", "seal").get(name="head")
    pks = write(2)
    noted = command("head")[1].strip()
    assert command("verify", "--head", noted)[0] == 0
    for pk in pks:
        raw(f"DELETE FROM {TABLE} WHERE id = %s", pk)
    raw("UPDATE accounts_chainmark SET seq = %s, mac = %s, seal = %s WHERE name = 'head'", *early)
    assert command("verify")[0] == 0
    code, said = command("verify", "--head", noted)
    assert code == 1
    assert "The noted head 4 is not in the record" in said


def test_another_pepper_makes_no_links(db, settings):
    write(2)
    settings.PORTAL_PEPPER = b"a pepper that somebody has guessed"
    assert {what for what, _seq in findings()} == {"changed", "end"}
    assert connection.vendor == "sqlite"
