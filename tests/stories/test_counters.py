"""The counters themselves, without a page: what they count, when they are full, what is given back, whom they mean."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from accounts import limits
from accounts.limits import RateLimited
from accounts.models import Tally
from accounts.policy import Backoff, Limit

SHORT, LONG = Limit("short", 2, 60), Limit("long", 3, 3600)
BACKOFF = Backoff("backoff", free=2, window=900, longest=4)


def counts(*who):
    subject = ":".join(map(str, who))
    return dict(Tally.objects.filter(subject=subject).values_list("name", "count"))


@pytest.fixture
def now(db, clock):
    """The moment at which the clock stands."""
    return timezone.now()


def test_it_counts_up_to_the_limit_and_says_until_when_it_is_full(now):
    """R-51: what is refused is not counted."""
    limits.charge([SHORT], 8)
    limits.charge([SHORT], 7)
    limits.charge([SHORT], 7)
    with pytest.raises(RateLimited) as refused:
        limits.charge([SHORT], 7)
    assert (refused.value.retry_at, refused.value.limit) == (now + timedelta(seconds=60), "short")
    assert str(refused.value) == f"short until {now + timedelta(seconds=60):%H:%M:%S}"
    assert counts(7) == {"short": 2}


def test_an_event_finds_room_in_all_limits_or_counts_in_none(now, clock):
    for _ in range(3):
        limits.charge([LONG], 7)
    with pytest.raises(RateLimited) as refused:
        limits.charge([SHORT, LONG], 7)
    assert refused.value.limit == "long"
    assert counts(7) == {"long": 3, "short": 0}


def test_a_limit_begins_anew_at_its_end_and_not_before(now, clock):
    limits.charge([SHORT], 7, amount=2)
    clock.shift(59.9)
    with pytest.raises(RateLimited):
        limits.charge([SHORT], 7)
    clock.shift(0.1)
    limits.charge([SHORT], 7)
    assert counts(7) == {"short": 1}
    row = Tally.objects.get(name="short")
    assert row.resets == now + timedelta(seconds=120)


def test_what_weighs_more_needs_more_room(now):
    limits.charge([LONG], 7, amount=2)
    with pytest.raises(RateLimited):
        limits.charge([LONG], 7, amount=2)
    limits.charge([LONG], 7)
    assert counts(7) == {"long": 3}


def test_what_never_fits_is_refused_also_by_an_empty_counter(now):
    with pytest.raises(RateLimited) as refused:
        limits.charge([SHORT], 7, amount=3)
    assert refused.value.retry_at == now + timedelta(seconds=60)
    assert counts(7) == {}
    limits.charge([SHORT], 7, amount=2)
    assert counts(7) == {"short": 2}


def test_a_subject_is_all_its_parts(now):
    limits.charge([SHORT], 7, "any")
    limits.charge([SHORT], 7, "known")
    assert (counts(7, "any"), counts(7, "known"), counts(7)) == ({"short": 1}, {"short": 1}, {})


def test_what_is_given_back_is_one_event_of_one_subject_and_never_less_than_none(now):
    for who in (7, 8):
        limits.charge([SHORT, LONG], who)
    limits.charge([SHORT, LONG], 7)
    limits.refund([SHORT, LONG], 7)
    assert (counts(7), counts(8)) == ({"short": 1, "long": 1}, {"short": 1, "long": 1})
    limits.refund([SHORT], 7, amount=2)
    assert counts(7) == {"short": 1, "long": 1}
    limits.refund([SHORT], 7)
    limits.refund([SHORT], 7)
    assert counts(7) == {"short": 0, "long": 1}
    limits.charge([LONG], 8, amount=2)
    limits.refund([LONG], 8, amount=3)
    assert counts(8)["long"] == 0


def test_what_is_forgotten_is_of_one_subject(now):
    for who in (7, 8):
        limits.charge([SHORT, LONG], who)
    limits.clear([SHORT], 7)
    assert (counts(7), counts(8)) == ({"long": 1}, {"short": 1, "long": 1})


def test_it_says_when_there_is_room_again_in_all_of_them_and_counts_nothing(now, clock):
    assert limits.opens_at([SHORT, LONG], 7) is None
    limits.charge([SHORT, LONG], 7, amount=2)
    limits.charge([SHORT, LONG], 8)
    assert limits.opens_at([SHORT, LONG], 7) == now + timedelta(seconds=60)
    limits.charge([LONG], 7)
    assert limits.opens_at([SHORT, LONG], 7) == now + timedelta(seconds=3600)
    assert limits.opens_at([SHORT], 7) == now + timedelta(seconds=60)
    assert limits.opens_at([SHORT, LONG], 8) is None
    clock.shift(60)
    assert limits.opens_at([SHORT], 7) is None
    assert counts(7) == {"short": 2, "long": 3}


def test_the_wait_after_a_failure_doubles_to_its_longest(now, clock):
    """P-25, on a small scale: two are free, then one second, two, four and never more."""
    limits.charge_backoff(BACKOFF, 7)
    for wait in (1, 2, 4, 4):
        limits.charge_backoff(BACKOFF, 7)
        clock.shift(wait - 0.01)
        with pytest.raises(RateLimited) as refused:
            limits.charge_backoff(BACKOFF, 7)
        assert refused.value.retry_at == timezone.now() + timedelta(seconds=0.01)
        clock.shift(0.01)
    assert counts(7) == {"backoff": 5}
    limits.charge_backoff(BACKOFF, 8)
    assert counts(8) == {"backoff": 1}


def test_failures_are_forgotten_a_window_after_the_last_wait(now, clock):
    for _ in range(2):
        limits.charge_backoff(BACKOFF, 7)
    assert Tally.objects.get(name="backoff").resets == now + timedelta(seconds=901)
    clock.shift(900.9)
    limits.charge_backoff(BACKOFF, 7)
    assert counts(7) == {"backoff": 3}
    clock.shift(902)
    limits.charge_backoff(BACKOFF, 7)
    assert counts(7) == {"backoff": 1}


def test_a_failure_that_is_taken_back_takes_its_wait_along_and_no_others(now, clock):
    """P-25: what was never compared neither counts nor keeps anybody waiting; what was, does."""
    for _ in range(2):
        limits.charge_backoff(BACKOFF, 7)
    clock.shift(1)
    opens = limits.charge_backoff(BACKOFF, 7)
    assert opens == now + timedelta(seconds=3)
    limits.refund_backoff(BACKOFF, opens, 7)
    assert counts(7) == {"backoff": 2}
    slow = limits.charge_backoff(BACKOFF, 7)
    clock.shift(2)
    earned = limits.charge_backoff(BACKOFF, 7)
    limits.refund_backoff(BACKOFF, slow, 7)
    assert counts(7) == {"backoff": 3}
    with pytest.raises(RateLimited) as refused:
        limits.charge_backoff(BACKOFF, 7)
    assert refused.value.retry_at == earned


def test_the_first_failure_is_taken_back_once_and_another_persons_stays(now):
    opens = limits.charge_backoff(BACKOFF, 7)
    assert limits.charge_backoff(BACKOFF, 8) == opens == now
    for _ in range(2):
        limits.refund_backoff(BACKOFF, opens, 7)
    assert (counts(7), counts(8)) == ({"backoff": 0}, {"backoff": 1})
    assert Tally.objects.get(subject="8").opens == now


@pytest.mark.parametrize("change", [{"count": 2}, {"resets": timedelta(seconds=901)}, {"opens": timedelta(seconds=-1)}])
def test_a_failure_that_another_one_overtook_is_counted_after_it(now, monkeypatch, change):
    """RC-11: the row is written only as it was read; who comes second reads again."""
    real, reads = limits._ROW.first, []

    def first(**named):
        row = real(**named)
        reads.append(row)
        if len(reads) == 1:
            moved = {name: now + by if isinstance(by, timedelta) else by for name, by in change.items()}
            Tally.objects.filter(pk=row.pk).update(**moved)
        return row

    limits.charge_backoff(BACKOFF, 7)
    monkeypatch.setattr(limits._ROW, "first", first)
    limits.charge_backoff(BACKOFF, 7)
    assert len(reads) == 2
    assert counts(7) == {"backoff": 1 + change.get("count", 1)}


def test_a_failure_whose_row_a_success_takes_away_is_the_first_one_again(now, monkeypatch):
    real, reads = limits._ROW.first, []

    def first(**named):
        limits.clear([BACKOFF], 7)
        reads.append(real(**named))
        return reads[-1]

    limits.charge_backoff(BACKOFF, 7)
    monkeypatch.setattr(limits._ROW, "first", first)
    limits.charge_backoff(BACKOFF, 7)
    assert reads == [None]
    assert counts(7) == {"backoff": 1}


def test_what_weighs_more_than_a_limit_takes_is_counted_against_none(now):
    with pytest.raises(RateLimited) as refused:
        limits.charge([LONG, SHORT], 7, amount=3)
    assert (refused.value.limit, refused.value.retry_at) == ("short", now + timedelta(seconds=60))
    with pytest.raises(RateLimited):
        limits.charge([SHORT], 7, amount=3)
    assert counts(7) == {"long": 0}


def test_failures_of_the_same_moment_are_each_persons_own(now):
    limits.charge([SHORT], 7)
    for who in (7, 8, 7):
        limits.charge_backoff(BACKOFF, who)
    assert (counts(7), counts(8)) == ({"short": 1, "backoff": 2}, {"backoff": 1})


def test_of_many_each_is_the_first_once_and_their_number_makes_few_statements(db, monkeypatch):
    """Each statement that differs would be planned for itself, and kept by the driver in the place of another."""
    asked, real, limit = set(), limits.ask, Limit("first-of-many", 1, 60)
    monkeypatch.setattr(limits, "ask", lambda sql, values: asked.add(sql) or real(sql, values))
    for many in range(1, 9):
        named = {f"{many}:{at}" for at in range(many)}
        assert limits.firsts(limit, named) == named
        assert limits.firsts(limit, named) == set()
    assert len(asked) == 4


@pytest.mark.parametrize(("seconds", "header"), [(-5, 1), (0.4, 1), (1.4, 1), (1.6, 2), (900, 900)])
def test_the_header_is_whole_seconds_and_at_least_one(clock, seconds, header):
    assert RateLimited(timezone.now() + timedelta(seconds=seconds), "any").retry_after == header


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.9", "203.0.113.7"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "192.0.2.1, 198.51.100.9", "198.51.100.9"),
        (2, "192.0.2.66, 192.0.2.1 , 198.51.100.9", "192.0.2.1"),
        (2, "192.0.2.1,, 198.51.100.9,", "192.0.2.1"),
        # Fewer hops than proxies of ours: somebody came past them, and is who stands before us.
        (2, "198.51.100.9", "203.0.113.7"),
        (1, "", "203.0.113.7"),
        (1, "unknown", None),
        (1, "2001:DB8::0:1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        # What some libraries read as an address, and no proxy writes.
        (1, "198.51.100.09", None),
        (1, "198.51.100", None),
        (1, "198.51.100.9\0", None),
    ],
)
def test_the_address_is_counted_from_our_side(db, settings, proxies, forwarded, address):
    """R-52, AT-097: of what is forwarded only as many hops are believed as proxies of ours stand in front."""
    settings.PORTAL_PROXIES = proxies
    page = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=forwarded)
    assert limits.client_address(page) == address


def test_without_headers_the_address_is_the_peers_or_none(db, settings):
    settings.PORTAL_PROXIES = 1
    page = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7")
    assert limits.client_address(page) == "203.0.113.7"
    del page.META["REMOTE_ADDR"]
    assert limits.client_address(page) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (None, "unknown"),
        ("", "unknown"),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_one_subscriber_is_one_network(address, network):
    """P-24."""
    assert limits.network(address) == network


def test_a_proxy_that_says_nothing_stands_for_all_whom_it_hides_and_is_told_of(settings, now, caplog):
    """FI-22, R-52."""

    def address(forwarded=None, **meta):
        headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
        request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.1")
        request.META.update(meta)
        return limits.client_address(request)

    assert (address(), address("198.51.100.7"), address(REMOTE_ADDR="nobody")) == ("10.0.0.1", "10.0.0.1", None)
    settings.PORTAL_PROXIES = 1
    assert (address("198.51.100.7"), address("198.51.100.8, 198.51.100.7")) == ("198.51.100.7", "198.51.100.7")
    assert not limits.proxy_silent()
    assert address() == "10.0.0.1"
    assert [(record.name, record.levelname) for record in caplog.records] == [("portal.limits", "ERROR")]
    assert limits.proxy_silent() is True
    settings.PORTAL_PROXIES = 0
    assert limits.proxy_silent() is False
