"""The figures for Prometheus: closed without the token, moved by what happens, and without a word of anybody's."""

import re
from datetime import timedelta
from http.client import HTTPConnection

import pytest
from django.db import transaction
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts import audit, hashing, limits, vocabulary, watching
from accounts.policy import PASSWORD_ADDRESS
from portal import metrics, outcomes, worker_metrics
from portal.draining import draining
from tests.factories import PASSWORD, desk, finish, give_password, person
from tests.hashers import every_core_hashes
from tests.stories.ways import activated, approve, text
from twofactor import gateways, sockets
from twofactor.models import Delivery

TOKEN = "a token of these tests"
OPEN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def token(settings):
    settings.PORTAL_METRICS_TOKEN = TOKEN


def scraped(browser=None) -> dict[str, float]:
    """Every sample by its name and labels, as they stand on the page."""
    page = (browser or desk()).get("/metrics", headers=OPEN).content.decode()
    return samples(page)


def samples(page: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(page):
        for each in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(each.labels.items()))
            found[f"{each.name}{{{labels}}}" if labels else each.name] = each.value
    return found


@pytest.fixture
def moved(db):
    """What has grown since the test began, and by how much."""
    before = scraped()

    def since() -> dict[str, float]:
        now = scraped()
        return {name: value - before.get(name, 0) for name, value in now.items() if value != before.get(name, 0)}

    return since


# --- Who may read them ---


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer x{TOKEN}",
        "Bearer é",
    ],
)
def test_without_the_token_there_is_no_such_page(db, here, authorization):
    answer = here.get("/metrics", headers={"Authorization": authorization})
    nothing = here.get("/no-such-page")
    assert answer.status_code == nothing.status_code == 404
    assert text(answer) == text(nothing)
    assert dict(answer.items()).keys() == dict(nothing.items()).keys()


def test_where_no_token_is_set_nobody_reads_them(db, here, settings):
    settings.PORTAL_METRICS_TOKEN = ""
    for authorization in ("Bearer ", "Bearer", f"Bearer {TOKEN}"):
        assert here.get("/metrics", headers={"Authorization": authorization}).status_code == 404


def test_a_session_of_staff_is_no_token(db):
    browser = desk()
    activated(browser, person("root", is_staff=True, is_superuser=True))
    assert browser.get("/metrics").status_code == 404


def test_they_are_only_read(db, here):
    assert here.post("/metrics", headers=OPEN).status_code == 405


def test_they_are_asked_for_at_the_address_of_each_process(db, here):
    """A scraper cannot say the portal's name; nothing in the answer is made from what it says."""
    answer = here.get("/metrics", headers={**OPEN, "Host": "10.0.0.7:8001"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer


# --- What they say ---


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_moves_what_it_should(mara, pocket, here, moved):
    give_password(here, mara)
    approve(here, pocket)
    finish(here)
    found = moved()
    assert found["portal_sign_ins_total{factor=password,outcome=begun}"] == 1
    assert found["portal_sign_ins_total{factor=key,outcome=completed}"] == 1
    assert found["portal_events_total{kind=login.claim,outcome=ok}"] == 1
    assert found["portal_requests_total{route=sign-in,status=3xx}"] == 1
    assert found["portal_request_seconds_count{route=sign-in}"] == 1
    assert found["portal_hash_seconds_count"] == 1
    assert not [name for name in found if "wrong" in name or "refusal" in name]


@pytest.mark.django_db(transaction=True)
def test_a_wrong_password_is_counted_as_one(mara, here, moved):
    give_password(here, mara, "not the password at all")
    assert moved()["portal_sign_ins_total{factor=password,outcome=wrong}"] == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_has_not_happened(mara, moved):
    with transaction.atomic():
        audit.record("login.claim", user=mara, by="key")
        transaction.set_rollback(True)
    assert "portal_events_total{kind=login.claim,outcome=ok}" not in moved()


def test_a_limit_that_refuses_is_counted_by_its_name(moved):
    limit = PASSWORD_ADDRESS[0]
    for _ in range(limit.count):
        limits.charge([limit], "192.0.2.1")
    with pytest.raises(limits.RateLimited):
        limits.charge([limit], "192.0.2.1")
    assert moved()[f"portal_limit_refusals_total{{limit={limit.name}}}"] == 1


def test_who_finds_every_core_hashing_is_counted(moved):
    with every_core_hashes(), pytest.raises(hashing.HashersBusy):
        hashing.BoundedArgon2().encode(PASSWORD, "salt-of-this-test")
    assert moved()["portal_hash_refusals_total"] == 1


def test_a_carrier_is_timed_by_what_it_answers(moved, monkeypatch):
    def carried(name, _message):
        if name == "http":
            raise gateways.DeliveryFailed("busy", permanent=False)
        return "1"

    monkeypatch.setattr(gateways, "_send", carried)
    message = gateways.Message(id="1", way="text", to="+85291234567", language="en", text="A code")
    gateways.send("twilio", message)
    with pytest.raises(gateways.DeliveryFailed):
        gateways.send("http", message)
    found = moved()
    assert found["portal_carrier_seconds_count{carrier=twilio,outcome=taken,way=text}"] == 1
    assert found["portal_carrier_seconds_count{carrier=http,outcome=busy,way=text}"] == 1


def test_what_has_not_happened_yet_stands_there_as_nothing(db):
    """A rate does not see the first of what was not there before."""
    found = scraped()
    for factor in outcomes.FACTORS:
        assert f"portal_sign_ins_total{{factor={factor},outcome=completed}}" in found
    for kind in vocabulary.ALERTS:
        assert f"portal_events_total{{kind={kind},outcome=refused}}" in found
    assert found["portal_hash_refusals_total"] >= 0


def test_open_sockets_the_queue_and_the_end_are_as_they_stand(db, mara, monkeypatch):
    monkeypatch.setattr(metrics, "_QUEUE_KEPT", -1.0)
    assert (scraped()["portal_queue_rows"], scraped()["portal_draining"]) == (0, 0)
    monkeypatch.setitem(sockets.present, "SignInStatus", 3)
    monkeypatch.setattr(draining, "is_set", lambda: True)
    now = timezone.now()
    old = now - timedelta(seconds=40)
    Delivery.objects.create(user=mara, way="text", kind="sign-in", language="en", created=old, deadline=now)
    found = scraped()
    assert found["portal_sockets{kind=SignInStatus}"] == 3
    assert found["portal_draining"] == 1
    assert found["portal_queue_rows"] == 1
    assert 40 <= found["portal_queue_age_seconds"] < 100


def test_the_queue_is_read_once_in_a_while(db, django_assert_num_queries):
    scraped()
    with django_assert_num_queries(0):
        scraped()


def test_a_worker_shows_the_same_at_an_address_of_its_own(db):
    door = worker_metrics.begin("127.0.0.1:0")
    try:
        answers = {}
        for headers in (OPEN, {"Authorization": "Bearer wrong"}):
            line = HTTPConnection(*door.server_address, timeout=10)
            line.request("GET", "/metrics", headers=headers)
            answer = line.getresponse()
            answers[answer.status] = answer.read().decode()
            line.close()
    finally:
        door.shutdown()
        door.server_close()
    assert set(answers) == {200, 404}
    assert "portal_requests_total" in answers[200]
    assert "portal" not in answers[404]


# --- What they do not say ---

TYPED = "Zaphod-8231"


def views(resolver: URLResolver, space: str = "") -> set[str]:
    """The names of all our pages, as a match calls them."""
    found = set()
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            found |= views(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif each.name:
            found.add(space + each.name)
    return found


ALLOWED = {
    "route": lambda: {"none", "static", *views(get_resolver())},
    "status": lambda: {"none", *(f"{each}xx" for each in range(1, 6))},
    "outcome": lambda: {
        *("ok", "refused", "taken", "broken", *gateways.REASONS),
        *(became for became, _factor in outcomes.OUTCOMES.values()),
    },
    "factor": lambda: {"none", *outcomes.FACTORS},
    "kind": lambda: None,
    "limit": lambda: None,
    "hop": lambda: set(metrics._HOPS.values()),
    "way": lambda: {"none", *metrics._WAYS},
    "carrier": lambda: {"none", *gateways.NAMES},
    "generation": lambda: {"0", "1", "2"},
    "le": lambda: None,
}


def labels(page):
    return set(re.findall(r'[{,](\w+)="((?:[^"\\]|\\.)*)"', page))


@pytest.mark.django_db(transaction=True)
def test_no_label_holds_what_somebody_has_typed(here):
    """Not a name, an address, a number or a path; every value is one of a list that is ours."""
    # What other tests have made up, such as carriers, stands there too.
    others = labels(desk().get("/metrics", headers=OPEN).content.decode())
    give_password(here, person(TYPED.lower()), f"wrong {TYPED}")
    here.get(f"/{TYPED}/?{TYPED}={TYPED}", headers={"User-Agent": TYPED, "X-Request-ID": TYPED, "Referer": TYPED})
    here.get(f"/help/{TYPED}/")
    here.get("/admin/accounts/user/1/")
    here.generic(TYPED.upper(), "/sign-in/")
    here.post("/sign-in/", {"username": TYPED, "password": TYPED}, headers={"Host": f"{TYPED}.example"})
    watching.tell("event", kind="key.hold", outcome="ok", reason=TYPED, by=f"staff-1 {TYPED}")
    watching.tell("event", kind="login.claim", outcome="ok", reason=TYPED, by=TYPED)
    watching.tell("event", kind="delivery.hand", outcome="ok", reason="", way=TYPED, carrier=TYPED)
    page = desk().get("/metrics", headers=OPEN).content.decode()
    assert TYPED.lower() not in page.lower()
    for name, value in labels(page) - others:
        allowed = ALLOWED[name]()
        assert allowed is None or value in allowed, (name, value)
        assert re.fullmatch(r"[\w.:+/-]+", value), (name, value)
