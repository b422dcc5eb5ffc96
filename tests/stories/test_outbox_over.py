"""What is not worth carrying any more, and how the outbox is woken (FI-03, FI-08, R-89)."""

import threading
from types import SimpleNamespace

import pytest
from django.utils import timezone

from tests.factories import desk, give_password
from tests.stories.carried import (
    NUMBER,
    Carrier,
    again,
    ask_number,
    carry,
    code_to,
    failing,
    given_to_the_broker,
    messages,
    sent,
    text_in,
    texts,
    type_code,
)
from tests.stories.ways import is_in
from twofactor import policy, tasks
from twofactor.models import Code, Delivery

PAGE = "/sign-in/verify/code/"


@pytest.fixture
def waiting(eli, here):
    """Eli's password was right; nobody has carried anything yet."""
    give_password(here, eli)
    return here


def row(**fields):
    return Delivery.objects.get(kind="sign-in", **fields)


# --- What is not worth carrying any more ---


def test_a_number_that_was_given_up_gets_nothing(handset, mara, here):
    give_password(here, mara)
    ask_number(here)
    here.post("/security/phone/drop/")
    carry()
    assert messages() == []


def test_a_code_that_was_replaced_is_not_sent(one_clock, eli, waiting):
    Code.objects.filter(login__isnull=False).update(state="replaced")
    carry()
    assert texts(NUMBER) == []


def test_a_sign_in_that_was_decided_is_sent_no_code(eli, here):
    for end in ("/sign-in/cancel/", "/sign-in/"):
        give_password(here, eli)
        here.post(end, {"username": "eli", "password": "correct horse battery staple"} if end == "/sign-in/" else {})
    carry()
    assert len(texts(NUMBER)) == 1


def test_a_second_text_of_a_code_that_was_used_meanwhile_is_not_sent(one_clock, waiting):
    code = code_to()
    one_clock.shift(60)
    again(waiting)
    type_code(waiting, code)
    assert is_in(waiting)
    carry()
    assert len(texts(NUMBER)) == 1
    assert [state for _kind, _way, state in sent(kind="sign-in")] == ["handed", "failed"]


def test_a_notice_waits_a_day_for_its_carrier(one_clock, handset, eli, here):
    """FI-25."""
    text_in(here, eli)
    handset.refuse("unreachable", "mail")
    here.post("/security/phone/texts/", {"texts": "off"})
    for _ in range(20):
        carry()
        one_clock.shift(3600)
    handset.refuse("")
    carry()
    assert [message.subject for message in messages(eli.email)] == ["Codes by text were switched off"]


# --- How it is asked for ---


def test_an_errand_names_the_row_and_nothing_else(django_capture_on_commit_callbacks, settings, monkeypatch, eli, here):
    """R-22: where workers carry, the queue holds an id."""
    asked = []
    settings.PORTAL_ERRANDS = "celery"
    monkeypatch.setattr(
        "celery.current_app", SimpleNamespace(send_task=lambda *given, **more: asked.append((given, more)))
    )
    monkeypatch.setattr(tasks.runner, "wake", lambda: None)
    with django_capture_on_commit_callbacks(execute=True):
        give_password(here, eli)
    given_to_the_broker()
    assert asked == [(("twofactor.deliver",), {"args": [row().pk], "headers": {}, "ignore_result": True})]


def test_a_queue_that_is_away_delays_and_refuses_nothing(
    django_capture_on_commit_callbacks, settings, monkeypatch, eli, here, caplog
):
    """R-89: what is committed is carried by whoever sweeps."""

    def away(*_given, **_more):
        raise ConnectionError("no broker")

    woken = []
    settings.PORTAL_ERRANDS = "celery"
    monkeypatch.setattr("celery.current_app", SimpleNamespace(send_task=away))
    monkeypatch.setattr(tasks.runner, "wake", lambda: woken.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        assert give_password(here, eli)["Location"] == PAGE
    given_to_the_broker()
    assert woken
    assert tasks.due() == [row().pk]
    assert "5123" not in caplog.text


def test_no_page_waits_for_a_queue_that_hangs(django_capture_on_commit_callbacks, settings, monkeypatch, eli, here):
    let_go, taken = threading.Event(), []

    def hang(*_given, **_more):
        let_go.wait(10)
        taken.append(True)

    settings.PORTAL_ERRANDS = "celery"
    monkeypatch.setattr("celery.current_app", SimpleNamespace(send_task=hang))
    monkeypatch.setattr(tasks.runner, "wake", lambda: None)
    with django_capture_on_commit_callbacks(execute=True):
        assert give_password(here, eli)["Location"] == PAGE
    assert taken == []
    let_go.set()
    given_to_the_broker()
    assert taken == [True]


def test_where_workers_carry_a_server_takes_only_what_none_of_them_has(one_clock, settings, waiting):
    settings.PORTAL_ERRANDS = "celery"
    assert tasks._find()[0] == []
    one_clock.shift(policy.UNTAKEN.total_seconds())
    assert tasks._find()[0] == [row().pk]


def test_whoever_sleeps_knows_when_to_look_again(one_clock, waiting, carriers):
    carriers(one=Carrier(failing("busy", after=30)))
    carry()
    ids, next_at = tasks._find()
    assert ids == []
    assert 29 < (next_at - timezone.now()).total_seconds() <= 30
    one_clock.shift(31)
    row().take()
    ids, next_at = tasks._find()
    assert ids == []
    assert 29 < (next_at - timezone.now()).total_seconds() <= 30


def test_with_an_empty_outbox_there_is_nothing_to_wait_for(handset, db):
    assert tasks._waiting() == ([], None)
    assert desk()
