"""What staff read about sign-ins is what the record holds: every figure from a known set of events."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.functions import TruncHour
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import AuditEvent, Login
from portal import charts, service
from tests.factories import person
from twofactor.models import Delivery

HALF_PAST_TWO = datetime(2027, 3, 10, 14, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def half_past_two(db, clock):
    clock.move_to(HALF_PAST_TWO)
    with translation.override("en"):
        yield


def recorded(kind: str, outcome: str = "ok", ago: timedelta = timedelta(minutes=5), **facts) -> None:
    """One row as the record has it; its place in the chain says nothing here."""
    AuditEvent.objects.bulk_create(
        [AuditEvent(name=None, at=timezone.now() - ago, kind=kind, outcome=outcome, facts=facts)]
    )


def sent(user, way: str, state: str, ago: timedelta = timedelta(minutes=5)) -> None:
    at = timezone.now() - ago
    handed = None if state == "queued" else at
    fields = {"user": user, "way": way, "kind": "test", "language": "en", "deadline": at, "handed_at": handed}
    Delivery.objects.create(**fields, state=state, created=at)


def names(period):
    return {str(each.name): (each.done, each.wrong, each.share) for each in period.factors}


def test_sign_ins_are_counted_by_what_became_of_them():
    for kind, outcome in (
        ("login.begin", "ok"),
        ("login.begin", "ok"),
        ("login.cancel", "ok"),
        ("challenge.deny", "ok"),
    ):
        recorded(kind, outcome)
    recorded("login.claim", by="key")
    recorded("login.claim", "refused")
    recorded("password.check", "refused")
    recorded("password.check")
    day = service.overview()["day"]
    assert (day.begun, day.done, day.share) == (2, 1, 50)
    (bar,) = [each for each in day.bars if each.pieces]
    assert (bar.done, bar.left, bar.wrong) == (1, 2, 2)
    assert [piece.name for piece in bar.pieces] == ["delivered", "open", "failed"]


def test_factors_stand_in_the_order_of_their_use_with_their_shares():
    for factor in ("passkey", "key", "key", "key", "text"):
        recorded("login.claim", by=factor)
    recorded("code.check", "refused")
    recorded("totp.check", "refused")
    found = names(service.overview()["day"])
    assert found == {
        "Key on the phone": (3, 0, 60),
        "Code by text or call": (1, 1, 20),
        "Passkey": (1, 0, 20),
        "Authenticator app": (0, 1, 0),
    }
    assert next(iter(found)) == "Key on the phone"


def test_who_of_the_staff_it_was_is_not_read():
    recorded("login.cancel", by="staff-7 sol")
    hours = charts.hours(timezone.localtime())
    assert [row["by"] for row in service._events(hours[0], TruncHour)] == [""]
    recorded("login.claim", by="staff-7 sol")
    page = service.overview()
    assert "sol" not in repr(page)
    assert names(page["day"]) == {}


@pytest.mark.parametrize(
    ("ago", "hour", "day"),
    [
        (timedelta(minutes=30), 23, 6),
        (timedelta(minutes=31), 22, 6),
        (timedelta(hours=14, minutes=31), 8, 5),
        (timedelta(hours=23, minutes=31), None, 5),
        (timedelta(days=6, hours=14), None, 0),
        (timedelta(days=6, hours=15), None, None),
    ],
)
def test_every_sign_in_stands_in_its_hour_and_its_day(ago, hour, day):
    recorded("login.claim", by="key", ago=ago)
    page = service.overview()
    for period, place in ((page["day"], hour), (page["week"], day)):
        assert [bar.done for bar in period.bars] == [int(each == place) for each in range(len(period.bars))]


def test_messages_are_counted_by_way_and_hop(mara):
    sent(mara, "text", "delivered")
    sent(mara, "text", "failed", ago=timedelta(days=3))
    sent(mara, "push", "handed")
    sent(mara, "mail", "queued")
    sent(mara, "text", "delivered", ago=timedelta(days=8))
    hops = {str(each["words"]): (each["day"], each["week"]) for each in service.overview()["hops"]}
    assert list(hops) == ["Notification", "Text", "E-mail"]
    assert hops["Text"] == (
        {"asked": 1, "handed": 1, "delivered": 1, "failed": 0},
        {"asked": 2, "handed": 2, "delivered": 1, "failed": 1},
    )
    assert hops["E-mail"][0] == {"asked": 1, "handed": 0, "delivered": 0, "failed": 0}


def test_who_waits_now_is_counted_and_nobody_else(mara):
    now = timezone.now()
    for state, created, expires in (("pending", -1, 9), ("pending", -11, 9), ("pending", -5, -1), ("approved", -1, 9)):
        moments = {"created": now + timedelta(minutes=created), "expires": now + timedelta(minutes=expires)}
        Login.objects.create(user=mara, state=state, auth_epoch=1, browser="", **moments)
    assert service.overview()["waiting"] == 1


def test_its_queries_are_five_however_much_has_happened():
    def asked():
        with CaptureQueriesContext(connection) as seen:
            service.overview()
        return [each["sql"] for each in seen]

    before = asked()
    for each in range(30):
        recorded("login.claim", by="key", ago=timedelta(hours=each))
        sent(person(f"p{each}"), "text", "delivered")
    assert len(before) == len(asked()) == 5


def test_only_the_period_is_read():
    """Each of them goes by an index on the time, and not through all that ever happened."""
    with CaptureQueriesContext(connection) as seen:
        service.overview()
    for each in list(seen):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {each['sql']}")
            plan = " ".join(row[3] for row in cursor.fetchall())
        # That index holds what is open and nothing else.
        assert "SEARCH" in plan or plan.endswith("USING INDEX outbox"), (plan, each["sql"])


def test_a_bar_shows_what_is_little_beside_the_rest():
    pieces = {each.name: each.size for each in charts.cut({"a": 998, "b": 1, "c": 1}, 1000)}
    assert min(pieces.values()) >= 2
    assert sum(pieces.values()) <= 100
