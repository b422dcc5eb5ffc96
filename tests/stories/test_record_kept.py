"""The record is only added to: by one function, for so many days, and it can be carried elsewhere."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import audit, chain
from accounts.models import AuditEvent, ChainMark, User
from accounts.records import Unchangeable
from tests.factories import person
from tests.stories.records import TABLE, change, command, event, findings, raw, write


def test_events_are_neither_changed_nor_deleted(mara):
    write(2, mara)
    one = AuditEvent.objects.latest("id")
    one.reason = "another"
    for act in (one.save, one.delete, lambda: AuditEvent.objects.update(reason=""), AuditEvent.objects.all().delete):
        with pytest.raises(Unchangeable):
            act()
    assert findings() == []
    with pytest.raises(Unchangeable):
        AuditEvent.objects.bulk_update([one], ["reason"])


def test_a_person_may_go_and_the_record_still_says_who_it_was(db):
    gone = person("gone")
    pks = write(2, gone)
    number = gone.pk
    gone.delete()
    kept = event(pks[0])
    assert (kept.user, kept.user_number, kept.username) == (None, number, "gone")
    assert findings() == []


def test_an_event_has_its_place_right_after_the_commit(transactional_db):
    """And none while its transaction runs: no sign-in waits for another one's."""
    with transaction.atomic():
        first = audit.record("login.begin")
        assert event(first.pk).seq is None
    second = audit.record("login.begin")
    assert [event(each.pk).seq for each in (first, second)] == [1, 2]
    assert findings() == []


def test_an_event_whose_transaction_was_taken_back_leaves_no_gap(transactional_db):
    audit.record("login.begin")
    with transaction.atomic():
        audit.record("login.begin")
        transaction.set_rollback(True)
    audit.record("login.begin")
    assert findings() == []
    assert ChainMark.objects.get(pk="head").seq == 2


def test_what_cannot_be_linked_now_is_recorded_all_the_same(transactional_db, monkeypatch):
    monkeypatch.setattr(chain, "_locked_head", broken)
    left = audit.record("login.begin")
    assert event(left.pk).seq is None
    monkeypatch.undo()
    assert chain.link() == 1


def broken():
    raise OSError("the disk is gone")


def test_an_event_that_waits_too_long_for_its_place_is_a_finding(db):
    write(1)
    audit.record("login.begin")
    assert command("verify")[0] == 0
    assert "1 more wait for their place." in command("verify")[1]
    old = AuditEvent(name="C" * 22, kind="login.begin", outcome="ok", at=timezone.now() - timedelta(minutes=2))
    old.mac = chain.seal(old)
    old.save()
    code, said = command("verify")
    assert code == 1
    assert "has waited for its place for more than a minute" in said


def older(days, count):
    """Events as they were recorded so many days ago."""
    for _each in range(count):
        at = timezone.now() - timedelta(days=days)
        old = AuditEvent(name=f"{AuditEvent.objects.count():022d}", kind="login.begin", outcome="ok", at=at)
        old.mac = chain.seal(old)
        old.save()
    chain.link()


def test_what_is_old_is_removed_and_the_rest_still_holds(db, monkeypatch):
    """P-51: step by step, told as it goes; what is left can be checked from the mark on."""
    monkeypatch.setattr(chain, "_AT_ONCE", 2)
    older(500, 5)
    older(10, 2)
    code, said = command("prune", "--days", "400")
    assert code == 0
    assert said.splitlines() == [
        "2 events are removed so far.",
        "4 events are removed so far.",
        "5 events are removed so far.",
        "5 events older than 400 days are removed.",
    ]
    chain.link()
    assert findings() == []
    assert list(AuditEvent.objects.order_by("seq").values_list("seq", flat=True)) == [6, 7, 8]
    assert event(AuditEvent.objects.get(seq=8).pk).facts["count"] == 5
    raw(f"DELETE FROM {TABLE} WHERE seq = 6")
    assert findings() == [("missing", 6)]


def test_pruning_that_was_stopped_goes_on(db, monkeypatch):
    monkeypatch.setattr(chain, "_AT_ONCE", 2)
    older(500, 5)

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chain.prune(timezone.now(), stop)
    assert findings() == []
    assert chain.prune(timezone.now()) == 3


def test_what_does_not_hold_is_not_pruned_away(db):
    """SECURITY: or whoever changed an event would only have to wait."""
    older(500, 3)
    change(AuditEvent.objects.get(seq=2).pk, "reason", "another")
    code, said = command("prune", "--days", "400")
    assert code == 1
    assert "place 2" in said
    assert AuditEvent.objects.count() == 3


def test_the_record_is_written_out_as_json_lines(mara):
    older(3, 2)
    write(2, mara)
    lines = [json.loads(line) for line in command("export")[1].splitlines()]
    assert len(lines) == AuditEvent.objects.count()
    assert lines[0]["seq"] == 1
    last = AuditEvent.objects.latest("id")
    assert lines[-1]["mac"] == last.mac
    assert (lines[-1]["user"], lines[-1]["username"], lines[-1]["facts"]) == (mara.pk, "mara", {"left": 1})
    yesterday = f"{timezone.now() - timedelta(days=1):%Y-%m-%d}"
    assert len(command("export", "--until", yesterday)[1].splitlines()) == 2
    assert len(command("export", "--since", yesterday, "--user", "Mara")[1].splitlines()) == len(lines) - 2
    assert command("export", "--user", "nobody")[1] == ""


def test_events_of_before_are_taken_in_by_hand_alone(mara):
    """A record that is older than the chain: nothing but this command may vouch for it."""
    write(1, mara)
    raw(
        f"INSERT INTO {TABLE} (at, kind, outcome, reason, username, login_id, browser, facts, before, mac, user_id)"
        " VALUES ('2026-01-01 00:00:00', 'login.claim', 'ok', '', '', '', '', '{}', '', '', %s)",
        mara.pk,
    )
    assert chain.link() == 0
    assert findings() == [("older", None)]
    assert command("adopt")[1] == "1 events are taken into the chain.\n"
    chain.link()
    assert findings() == []
    adopted = AuditEvent.objects.get(kind="login.claim")
    assert (adopted.username, adopted.user_number) == ("mara", mara.pk)
    assert User.objects.filter(pk=mara.pk).exists()
