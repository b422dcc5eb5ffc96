"""An application with ping is told once that an answer is there: by its own token, at its own address, nowhere else."""

import json

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent
from applications import pinging
from applications.models import PhoneSignIn
from tests.applications.asked.asker import Asker
from tests.applications.rp import registered
from tests.factories import PIN
from twofactor.gateways import wire
from twofactor.gateways.wire import Answer

AT = "https://bank.example/answers"


@pytest.fixture
def bank(db):
    return Asker(registered("Harbour Bank", asks_phones=True, delivery="ping", notified_at_url=AT))


@pytest.fixture
def there(monkeypatch):
    """The application's server: what it was sent, and what it answers."""
    sent, answers = [], []

    def exchange(url, body, headers, **options):
        sent.append((url, json.loads(body), headers, options))
        return answers.pop(0) if answers else Answer(204, b"", None)

    monkeypatch.setattr(wire, "exchange", exchange)
    return sent, answers


@pytest.fixture
def asked(mara, pocket, bank):
    return bank.begin(client_notification_token="8d67dc78-7faa-4d41-aabd-67707b374255")


def carry():
    ids, next_at = pinging._due()
    for each in ids:
        pinging.tell(each)
    return len(ids), next_at


def test_it_is_told_when_the_phone_has_answered(pocket, bank, asked, there):
    sent, _answers = there
    assert carry()[0] == 0
    pocket.approve(pocket.challenge(), PIN)
    assert carry()[0] == 1
    ((url, body, headers, options),) = sent
    assert (url, body) == (AT, {"auth_req_id": asked})
    assert headers["Authorization"] == "Bearer 8d67dc78-7faa-4d41-aabd-67707b374255"
    # SECURITY: only public addresses, each as it was looked at.
    assert options["public"] is True
    assert carry()[0] == 0
    assert bank.poll(asked).status_code == 200


def test_it_is_told_of_a_refusal_too(pocket, bank, asked, there):
    pocket.cancel(pocket.challenge())
    carry()
    assert len(there[0]) == 1


def test_one_that_is_away_is_told_again_and_then_no_more(one_clock, pocket, bank, asked, there):
    sent, answers = there
    answers += [None, Answer(0, None, None), Answer(503, b"", None), None]
    pocket.approve(pocket.challenge(), PIN)
    for wait in (0, 2, 10, 40, 600):
        one_clock.shift(wait)
        carry()
    assert len(sent) == 4
    assert PhoneSignIn.objects.get().ping == ""
    assert AuditEvent.objects.filter(kind="application.ping", reason="unreachable").exists()


@pytest.mark.parametrize(("status", "reason"), [(200, ""), (204, ""), (302, "refused"), (404, "refused")])
def test_two_answers_say_that_it_was_heard_and_no_redirect_is_followed(pocket, bank, asked, there, status, reason):
    """AT-321."""
    there[1].append(Answer(status, b"", None))
    pocket.approve(pocket.challenge(), PIN)
    carry()
    assert len(there[0]) == 1
    assert AuditEvent.objects.get(kind="application.ping").reason == reason


@pytest.mark.parametrize("url", ["http://bank.example/answers", "http://127.0.0.1/", "ftp://bank.example/"])
def test_nothing_is_sent_in_clear(pocket, bank, asked, there, url):
    """AT-320."""
    type(bank.application).objects.update(notified_at_url=url)
    pocket.approve(pocket.challenge(), PIN)
    carry()
    assert not there[0]
    assert AuditEvent.objects.get(kind="application.ping").reason == "setup"


NOWHERE = ["https://[", "https://", "https://a b.example/", "https://bank.example:99999/", "https://u:p@bank.example/"]


@pytest.mark.parametrize("url", NOWHERE)
def test_what_is_no_address_is_not_written_down_and_not_tried_for_ever(pocket, bank, asked, there, url):
    bank.application.notified_at_url, bank.application.delivery = url, "ping"
    with pytest.raises(ValidationError):
        bank.application.clean()
    type(bank.application).objects.update(notified_at_url=url)
    pocket.approve(pocket.challenge(), PIN)
    carry()
    assert not there[0]
    assert PhoneSignIn.objects.get().ping == ""
    assert AuditEvent.objects.get(kind="application.ping").reason == "setup"


@pytest.mark.parametrize("host", ["a" * 100, "xn--"])
def test_a_name_that_cannot_be_one_is_unreachable(host):
    answer = wire.exchange(f"https://{host}.example/", b"{}", {}, public=True)
    assert (answer.status, answer.body) == (0, None)


def test_of_two_processes_one_tells_it(pocket, bank, asked, there):
    pocket.approve(pocket.challenge(), PIN)
    (pk,) = pinging._due()[0]
    assert pinging.tell(pk)
    assert not pinging.tell(pk)


def test_what_a_process_leaves_behind_is_told_by_the_next(one_clock, pocket, bank, asked, there):
    pocket.approve(pocket.challenge(), PIN)
    row = PhoneSignIn.objects.get()
    from django.utils import timezone

    from applications import policy

    assert row.take_ping(timezone.now() + policy.PING_LEASE) is not None
    assert carry()[0] == 0
    one_clock.shift(16)
    assert carry()[0] == 1


def test_neither_the_token_nor_the_name_is_kept_in_clear(pocket, bank, asked):
    """AT-324."""
    kept = " ".join(str(value) for value in PhoneSignIn.objects.values().get().values())
    assert asked not in kept
    assert "8d67dc78" not in kept


@pytest.mark.parametrize("token", ["", "two words", "x" * 1025, "é"])
def test_without_a_token_that_it_knows_it_is_not_taken(mara, bank, token):
    answer = bank.ask(login_hint="mara", client_notification_token=token)
    assert answer.json()["error"] == "invalid_request"
