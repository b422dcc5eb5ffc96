"""What staff read about texts and calls is what was carried: every figure from a known set of rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Tally
from portal import figures
from tests.factories import person
from twofactor import gateways, numbers, policy
from twofactor.admin import REASONS
from twofactor.models import ClosedPrefix, Code, Delivery, Phone
from twofactor.models.delivery import is_failing

HONG_KONG, UNITED_STATES, INDIA = "+85291234567", "+12025550123", "+918123456789"
HALF_PAST_TWO = datetime(2027, 3, 10, 14, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def half_past_two(db, clock):
    """A Wednesday's afternoon: the hours and days before it have names."""
    clock.move_to(HALF_PAST_TWO)
    return clock


def phone_of(username: str, e164: str) -> Phone:
    number = numbers.read(e164, "HK", numbers.supported())
    return Phone.fresh(person(username), number)


@pytest.fixture
def mobile(mara):
    return Phone.fresh(mara, numbers.read(HONG_KONG, "HK", {"HK"}))


def carried(phone: Phone, state: str = "delivered", way: str = "text", used: bool = False, **fields) -> Delivery:
    """One row as the outbox leaves it behind; `ago` says when it was asked for."""
    at = timezone.now() - fields.pop("ago", timedelta(minutes=5))
    fields = {"kind": "sign-in", "cost": 50, "reports": True, "carrier": "twilio", **fields}
    if fields["kind"] == "sign-in" and "code" not in fields:
        fields["code"] = Code.objects.create(
            user=phone.user, phone=phone, state="used" if used else "replaced", created=at, expires=at
        )
    return Delivery.objects.create(
        user=phone.user, phone=phone, way=way, state=state, language="en", country=phone.country, prefix=phone.prefix,
        created=at, deadline=at, handed_at=None if state == "queued" else at, **fields,
    )  # fmt: skip


def test_a_country_is_counted_in_all_its_figures(mobile):
    texted = carried(mobile, used=True)
    carried(mobile, way="call", cost=150, code=texted.code)
    carried(mobile, "failed", reason="blocked", cost=0)
    carried(mobile, "handed")
    carried(phone_of("uma", UNITED_STATES), used=True, cost=75)

    day = figures.overview()["day"]

    hong_kong, united_states = day.countries
    assert (hong_kong.country, hong_kong.texts, hong_kong.calls, hong_kong.sent) == ("HK", 3, 1, 4)
    assert (hong_kong.delivered, hong_kong.delivered_share, hong_kong.failed, hong_kong.failed_share) == (2, 50, 1, 25)
    # A code that went out by text and by call is one code.
    assert (hong_kong.codes, hong_kong.used, hong_kong.used_share) == (3, 1, 33)
    assert str(hong_kong.money) == "0.25"
    assert (united_states.name, united_states.used_share, str(united_states.money)) == ("United States", 100, "0.075")
    assert (day.total.sent, day.total.delivered, day.total.codes, day.total.used) == (5, 3, 4, 2)
    assert str(day.total.money) == "0.325"


def test_a_notice_is_carried_but_is_no_code(mobile):
    carried(mobile, kind="phone-added")
    total = figures.overview()["day"].total
    assert (total.texts, total.codes, total.used_share) == (1, 0, None)


def test_mails_are_no_texts(mobile):
    carried(mobile, kind="test", way="mail")
    Delivery.objects.update(country="", phone=None)
    page = figures.overview()
    assert (page["day"].total.sent, page["week"].most) == (0, 0)


@pytest.mark.parametrize(
    ("ago", "hour", "day"),
    [
        (timedelta(minutes=30), 23, 6),  # on the stroke of two
        (timedelta(minutes=31), 22, 6),
        (timedelta(hours=14, minutes=31), 8, 5),  # a minute before midnight
        (timedelta(hours=23, minutes=30), 0, 5),
        (timedelta(hours=23, minutes=31), None, 5),
        (timedelta(days=6, hours=14), None, 0),
        (timedelta(days=6, hours=15), None, None),
    ],
)
def test_every_text_stands_in_its_hour_and_its_day(mobile, ago, hour, day):
    carried(mobile, ago=ago)
    page = figures.overview()
    for period, place in ((page["day"], hour), (page["week"], day)):
        assert [bar.total for bar in period.bars] == [int(each == place) for each in range(len(period.bars))]
        assert period.total.sent == sum(bar.total for bar in period.bars)


def test_days_begin_at_midnight_where_the_portal_is(mobile):
    carried(mobile, ago=timedelta(hours=22, minutes=30))
    with timezone.override("Asia/Hong_Kong"):
        week = figures.overview()["week"]
    # Four in the afternoon of the day before in UTC is midnight in Hong Kong.
    assert [bar.total for bar in week.bars] == [0, 0, 0, 0, 0, 0, 1]


def test_a_bar_shows_what_is_little_beside_the_rest():
    pieces = {piece.name: piece for piece in figures._pieces(total=1000, delivered=998, failed=1, whole=1000)}
    assert pieces["failed"].size >= 2
    assert pieces["open"].size >= 2
    assert sum(piece.size for piece in pieces.values()) <= 100
    assert [piece.start for piece in pieces.values()] == [0, pieces["open"].start, pieces["failed"].start]
    assert figures._pieces(total=0, delivered=0, failed=0, whole=5) == []


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 0, None), (0, 9, 0), (9, 9, 100), (1, 1000, 1), (999, 1000, 99), (1, 3, 33)]
)
def test_a_share_is_all_or_nothing_only_when_it_is(part, whole, expected):
    assert figures.share(part, whole) == expected


def failing_india():
    phones = [phone_of(f"indira{each}", INDIA) for each in range(policy.HEALTH_LEAST)]
    return [carried(phone, "failed", reason="unreachable") for phone in phones]


def test_a_route_is_failing_here_when_it_is_for_those_who_sign_in(mobile):
    failing_india()
    for each in range(policy.HEALTH_LEAST):
        carried(phone_of(f"hana{each}", HONG_KONG))
    carried(mobile, "failed", way="call")
    page = figures.overview()
    found = {(route["country"], route["way"]): route["state"] for route in page["routes"]}
    assert found == {("HK", "text"): "working", ("HK", "call"): "unknown", ("IN", "text"): "failing"}
    assert {route for route in found if is_failing(*route)} == {("IN", "text")}
    assert page["failing"] == 1


def test_a_route_that_fails_no_longer_is_forgotten_after_an_hour(half_past_two):
    failing_india()
    half_past_two.shift(policy.HEALTH_WINDOW)
    assert (figures.overview()["routes"], figures.overview()["failing"]) == ([], 0)


def test_the_reasons_of_the_day_come_most_frequent_first(mobile):
    carried(mobile, "failed", reason="number")
    for _ in range(2):
        carried(mobile, "failed", reason="blocked")
    for _ in range(3):
        carried(mobile, "failed", reason="setup", carrier="http", ago=timedelta(days=3))
    carried(mobile, "failed", reason="busy", ago=timedelta(days=8))
    found = [(row["reason"], row["carrier"], row["day"], row["week"]) for row in figures.overview()["reasons"]]
    assert found == [("blocked", "twilio", 2, 2), ("number", "twilio", 1, 1), ("setup", "http", 0, 3)]


def test_every_reason_of_the_carriers_has_words():
    assert set(REASONS) == set(gateways.REASONS)


def test_the_queue_says_how_long_the_oldest_has_waited(mobile):
    assert figures.overview()["queue"] == {"count": 0, "oldest": None, "seconds": 0, "slow": False}
    carried(mobile, "queued", ago=timedelta(seconds=10))
    assert not figures.overview()["queue"]["slow"]
    carried(mobile, "sending", ago=timedelta(seconds=40))
    queue = figures.overview()["queue"]
    assert (queue["count"], queue["seconds"], queue["slow"]) == (2, 40, True)


def test_the_money_is_what_the_cap_counts(mobile, settings):
    settings.PORTAL_MONEY_A_DAY = 10.0
    Tally.objects.create(name="money/24h", subject="site", count=2500, resets=timezone.now() + timedelta(days=1))
    money = figures.overview()["money"]
    assert (str(money["spent"]), str(money["most"]), money["share"], money["full"]) == ("2.5", "10", 25, False)
    assert money["ends"] == timezone.now() + timedelta(seconds=policy.MONEY_DAY)
    Tally.objects.filter(name="money/24h").update(count=10_000)
    money = figures.overview()["money"]
    assert (money["share"], money["full"]) == (100, True)


def test_a_day_that_may_cost_nothing_is_full(settings):
    settings.PORTAL_MONEY_A_DAY = 0
    money = figures.overview()["money"]
    assert (money["share"], money["full"]) == (None, True)


def test_prefixes_stand_there_while_they_are_closed(half_past_two):
    until = timezone.now() + policy.PREFIX_CLOSED
    ClosedPrefix.objects.create(prefix="+918123", country="IN", until=until, sends=24, used=2)
    assert [row.prefix for row in figures.overview()["closed"]] == ["+918123"]
    half_past_two.shift(policy.PREFIX_CLOSED)
    assert figures.overview()["closed"] == []


@pytest.mark.parametrize("many", [0, 40])
def test_it_asks_the_database_nine_times_however_much_was_carried(mobile, many, django_assert_num_queries):
    for number in range(many):
        carried(mobile, "failed" if number % 3 else "delivered", ago=timedelta(hours=number), reason="blocked")
    if many:
        failing_india()
    with django_assert_num_queries(9):
        figures.overview()


def test_reading_it_writes_nothing(mobile):
    carried(mobile, "queued")
    before = list(Delivery.objects.values())
    figures.overview()
    assert list(Delivery.objects.values()) == before
